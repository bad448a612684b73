import { createServer, type Server } from 'node:net'
import type { Certificates } from '../connections/certificates.ts'
import { Entrance, type Guest } from '../connections/entrance.ts'
import { listening } from '../connections/listening.ts'
import { TlsDoor } from '../connections/tls.ts'
import type { Limiter } from '../operations/limits.ts'
import type { Log } from '../operations/log.ts'
import { domainOf, parseJid } from '../protocol/jid.ts'
import { errorReply } from '../protocol/problems.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { XmlLimits } from '../protocol/xml/parser.ts'
import type { Router } from '../routing/router.ts'
import type { Settings } from '../settings/schema.ts'
import { apart, Border, type OurDomains } from './border/border.ts'
import { DialbackKeys } from './dialback.ts'
import { Federation } from './federation.ts'
import { openVerifier } from './identity/ways.ts'
import { DomainPace, Paces } from './pace.ts'
import type { PeerHost, StreamParts } from './parts.ts'
import { PeerResolver } from './reaching/resolver.ts'

export interface OpenParts {
  readonly settings: Settings
  readonly certificates: Certificates
  readonly domains: OurDomains
  readonly router: Router
  readonly limiter: Limiter
  readonly log: Log
  readonly afterCommit: (then: () => void) => void
}

export interface OpenedFederation {
  /** 0 where nothing listens. */
  readonly ports: { readonly s2s: number; readonly s2sTls: number }
  readonly figures: Federation['figures']
  close(): Promise<void>
}

const island: OpenedFederation = {
  ports: { s2s: 0, s2sTls: 0 },
  figures: { streams: 0, waiting: 0, bounced: 0 },
  close: async () => undefined,
}

/** Talks to other servers as the settings say. Throws an Error whose sentence says what to do. */
export async function openFederation(parts: OpenParts): Promise<OpenedFederation> {
  const { settings, certificates, domains, router, limiter, log } = parts
  if (!settings.federation.enabled) return island
  const { federation, limits, listen, streams } = settings
  const now = () => performance.now()
  const door = new TlsDoor({
    certificates,
    protocols: ['xmpp-server'],
    handshakeMs: streams.loginSeconds * 1000,
    mutual: true,
  })
  const paces = new Paces(() => new DomainPace(federation.stanzasPerSecond, federation.bytesPerSecond, now))
  const unlimited = new DomainPace(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, now)
  const resolver = new PeerResolver({ servers: federation.resolver, now })
  const border = new Border({ settings: federation, domains, ask: (iq, from, to) => router.ask(iq, from, to), log })
  const streamParts: StreamParts = {
    host: peerHost(parts, border, stanza => opened.send(stanza)),
    log,
    settings,
    verifier: openVerifier({ settings: federation, resolver, now }),
    keys: new DialbackKeys(),
    door,
    strangers: xmlLimits(limits.stanzaBytesBeforeLogin),
    peers: xmlLimits(limits.stanzaBytes),
    lets: (our, their) => border.lets(our, their),
    paceOf: domain => (limits.enabled ? paces.of(domain) : unlimited),
    shownBy: domain => certificates.for(domain).context,
    now,
  }
  const opened: Federation = new Federation({
    streams: streamParts,
    resolver,
    answer: (stanza, from, to) => router.route(stanza, from, to),
  })
  const own = { ...settings, limits: { ...limits, connections: federation.connections } }
  const entrance = new Entrance({ settings: own, limiter, log })
  const servers: Server[] = []
  const listenFor = async (port: number | false, direct: boolean): Promise<number> => {
    if (port === false) return 0
    const welcome = ({ socket, release }: Guest) => opened.accept(socket, direct, release)
    const server = createServer({ noDelay: true }, socket => entrance.admit(socket, welcome))
    server.on('error', thrown => log.warning('servers could not be accepted', undefined, thrown))
    servers.push(server)
    return listening(server, port, listen.address)
  }
  const stopListening = () => {
    for (const server of servers) server.close()
    entrance.close()
  }
  try {
    const ports = { s2s: await listenFor(listen.s2s, false), s2sTls: await listenFor(listen.s2sTls, true) }
    router.outlets.attachAbroad(stanza => leave(stanza, border, opened, router))
    opened.start()
    border.start()
    return {
      ports,
      get figures() {
        return opened.figures
      },
      async close() {
        border.stop()
        stopListening()
        await opened.close()
        router.outlets.attachAbroad(undefined)
      },
    }
  } catch (thrown) {
    stopListening()
    throw thrown
  }
}

/** What comes in passes the border first. Whoever is not let in is told so on the way back, which nobody else could be. */
function peerHost({ router, afterCommit }: OpenParts, border: Border, sendBack: (stanza: Element) => void): PeerHost {
  return {
    hosts: domain => router.hosts(domain),
    peer: (became, our, their) => router.peer(became, our, their),
    admit(stanza, from, to) {
      const refusal = border.whyNot(from, to)
      if (refusal === undefined) return border.hears(stanza, from, to) ? undefined : router.admit(stanza, from, to)
      const reply = stanza.name === 'presence' ? undefined : errorReply(stanza, refusal)
      if (reply !== undefined) sendBack(reply)
    },
    afterCommit,
  }
}

/** What goes out does so, too. */
function leave(stanza: Element, border: Border, federation: Federation, router: Router): void {
  const [from, to] = [parseJid(stanza.attr('from') ?? ''), parseJid(stanza.attr('to') ?? '')]
  if (from === undefined || to === undefined || border.lets(domainOf(from), domainOf(to))) {
    federation.send(stanza)
    return
  }
  const reply = stanza.name === 'presence' ? undefined : errorReply(stanza, apart())
  if (reply !== undefined) router.route(reply, to, from)
}

function xmlLimits(stanzaBytes: number): XmlLimits {
  return { stanzaBytes, depth: 100, attributes: 100, nameLength: 256 }
}
