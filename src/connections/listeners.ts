import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import type { SignIn } from '../accounts/sign-in/sign-in.ts'
import type { Limiter } from '../operations/limits.ts'
import type { Log } from '../operations/log.ts'
import type { Host } from '../routing/host.ts'
import type { Settings } from '../settings/schema.ts'
import { Reception } from './clients/reception.ts'
import { TlsDoor } from './tls.ts'

export interface ClientListenersParts {
  readonly settings: Settings
  readonly host: Host
  readonly signIn: SignIn
  readonly limiter: Limiter
  readonly log: Log
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/** Where clients come in. */
export interface ClientListeners {
  /** The ports that are listened on; 0 where one is off. */
  readonly ports: { readonly c2s: number; readonly c2sTls: number }
  /** Connections that are open now. */
  readonly connections: number
  /** Reads the certificate again; open streams go on. Throws, changing nothing, if it cannot be used. */
  reload(): Promise<void>
  /** Looks after deadlines; happens by itself every few seconds. */
  sweep(): void
  /** Listens no longer, ends every stream with `system-shutdown` and resolves when all are gone or time is up. */
  close(): Promise<void>
}

/**
 * Listens for clients on `settings.listen`.
 * Rejects with an Error that says what to do if a port or the certificate cannot be used.
 */
export async function createClientListeners(parts: ClientListenersParts): Promise<ClientListeners> {
  const { settings, log, now = () => performance.now() } = parts
  const door = await TlsDoor.open({
    files: settings.tls,
    protocols: ['xmpp-client'],
    handshakeMs: settings.streams.loginSeconds * 1000,
  })
  const clients = new Reception({ ...parts, now, door })
  const { address, c2s, c2sTls } = settings.listen
  const servers: Server[] = []
  const listen = async (port: number | false, encryptFirst: boolean): Promise<number> => {
    if (port === false) return 0
    const server = createServer({ noDelay: true }, socket => clients.accept(socket, encryptFirst))
    server.on('error', thrown => log.warning('connections could not be accepted', undefined, thrown))
    servers.push(server)
    return listening(server, port, address)
  }
  try {
    const ports = { c2s: await listen(c2s, false), c2sTls: await listen(c2sTls, true) }
    clients.start()
    return {
      ports,
      get connections() {
        return clients.size
      },
      reload: () => door.reload(),
      sweep: () => clients.sweep(),
      close: () => {
        for (const server of servers) server.close()
        return clients.close()
      },
    }
  } catch (thrown) {
    for (const server of servers) server.close()
    throw thrown
  }
}

function listening(server: Server, port: number, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const refused = (cause: NodeJS.ErrnoException) => reject(new Error(whyNot(cause.code, port, address), { cause }))
    server.once('error', refused)
    server.listen(port, address, () => {
      server.removeListener('error', refused)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function whyNot(code: string | undefined, port: number, address: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Another program already listens on port ${port} of ${address}. Stop it or choose another port under [listen].`
    case 'EACCES':
      return `This user may not listen on port ${port}. Choose one above 1023 under [listen], or allow it to.`
    case 'EADDRNOTAVAIL':
      return `This machine does not have the address ${address}. Correct listen.address.`
    default:
      return `Listening on port ${port} of ${address} failed (${code ?? 'no reason given'}).`
  }
}
