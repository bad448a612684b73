import { createServer, type Server } from 'node:net'
import type { Domains } from '../accounts/domains.ts'
import type { SignIn } from '../accounts/sign-in/sign-in.ts'
import type { Page } from '../http/page.ts'
import { HttpServer, type Refusal } from '../http/server.ts'
import type { Limiter } from '../operations/limits.ts'
import type { Log } from '../operations/log.ts'
import type { Host } from '../routing/host.ts'
import type { Settings } from '../settings/schema.ts'
import { boshDoor } from './bosh/door.ts'
import type { Certificates } from './certificates.ts'
import { Reception } from './clients/reception.ts'
import { Entrance, type Guest } from './entrance.ts'
import { hostMeta, type ServerPorts } from './host-meta.ts'
import { listening } from './listening.ts'
import { TlsDoor } from './tls.ts'
import { webEntrance } from './web-entrance.ts'
import { webSocketDoor } from './websocket/door.ts'

export interface ClientListenersParts {
  readonly settings: Settings
  readonly domains: Domains
  readonly certificates: Certificates
  readonly host: Host
  readonly signIn: SignIn
  readonly limiter: Limiter
  readonly log: Log
  /** What there is at the HTTPS port besides streams. */
  readonly pages?: readonly Page[]
  /** Where other servers come in; asked for at each visit. */
  readonly serverPorts?: () => ServerPorts
  /** How refusals there look to people. */
  readonly refusal?: Refusal | undefined
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/** Where clients come in. */
export interface ClientListeners {
  /** The ports that are listened on; 0 where one is off. */
  readonly ports: Ports
  /** Connections that are open now. */
  readonly connections: number
  /** Looks after deadlines; happens by itself every few seconds. */
  sweep(): void
  /** Listens no longer, ends every stream with `system-shutdown` and resolves when all are gone or time is up. */
  close(): Promise<void>
}

interface Ports {
  readonly c2s: number
  readonly c2sTls: number
  readonly https: number
}

/**
 * Listens for clients on `settings.listen`.
 * Rejects with an Error that says what to do if a port or the certificate cannot be used.
 */
export async function createClientListeners(parts: ClientListenersParts): Promise<ClientListeners> {
  const {
    settings,
    domains,
    certificates,
    limiter,
    log,
    pages = [],
    serverPorts = closed,
    now = () => performance.now(),
  } = parts
  const { limits } = settings
  const { address, c2s, c2sTls, https } = settings.listen
  const shared = https !== false && https !== 0 && https === c2sTls
  const openDoor = (protocols: readonly string[]) =>
    new TlsDoor({ certificates, protocols, handshakeMs: settings.streams.loginSeconds * 1000 })
  const door = openDoor(['xmpp-client'])
  const webDoor = openDoor(shared ? ['xmpp-client', 'http/1.1'] : ['http/1.1'])
  const entrance = new Entrance({ settings, limiter, log })
  const clients = new Reception({ ...parts, now, door })
  const http = new HttpServer({
    log,
    limiter,
    clock: clients.clock,
    pages: [
      ...hostMeta({ settings, domains, ports: () => ports, serverPorts }),
      boshDoor(clients, entrance, limiter, limits.connections),
      ...pages,
    ],
    upgrades: [webSocketDoor(clients, entrance, webDoor)],
    refusal: parts.refusal,
  })
  clients.also(http)
  const web = webEntrance(entrance, webDoor, http, (guest, socket) => clients.acceptSecured(guest, socket))
  const servers: Server[] = []
  let ports: Ports = { c2s: 0, c2sTls: 0, https: 0 }
  const listen = async (port: number | false, welcome: (guest: Guest) => void): Promise<number> => {
    if (port === false) return 0
    const server = createServer({ noDelay: true }, socket => entrance.admit(socket, welcome))
    server.on('error', thrown => log.warning('connections could not be accepted', undefined, thrown))
    servers.push(server)
    return listening(server, port, address)
  }
  try {
    ports = {
      c2s: await listen(c2s, guest => clients.accept(guest, false)),
      c2sTls: await listen(c2sTls, shared ? web : guest => clients.accept(guest, true)),
      https: shared ? https : await listen(https, web),
    }
    clients.start()
    return {
      ports,
      get connections() {
        return entrance.size
      },
      sweep: () => clients.sweep(),
      async close() {
        for (const server of servers) server.close()
        entrance.close()
        const answered = http.close()
        // What a page tells only when something happens is told when the streams end.
        await clients.close()
        const patience = setTimeout(() => http.destroy(), httpFarewellMs)
        await answered
        clearTimeout(patience)
      },
    }
  } catch (thrown) {
    for (const server of servers) server.close()
    throw thrown
  }
}

/** How long answers that are being sent may take once all streams have ended, in milliseconds. */
const httpFarewellMs = 2_000

const closed = (): ServerPorts => ({ s2s: 0, s2sTls: 0 })
