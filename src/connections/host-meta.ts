import { domainToASCII } from 'node:url'
import type { Domains, LocalDomains } from '../accounts/domains.ts'
import type { Page } from '../http/page.ts'
import { escapeAttr } from '../protocol/xml/write.ts'
import { webAddress } from '../settings/load.ts'
import type { Settings } from '../settings/schema.ts'
import { webSocketPath } from './websocket/door.ts'

export const boshPath = '/http-bind'

/** Ports as they are listened on; 0 where one is off. */
interface Ports {
  readonly c2sTls: number
  readonly https: number
}

/** Ports where other servers come in. */
export interface ServerPorts {
  readonly s2s: number
  readonly s2sTls: number
}

/** How long what is told here may be relied on, in seconds. */
const ttlSeconds = 3600

const relation = 'urn:xmpp:alt-connections'

export interface HostMetaParts {
  readonly settings: Settings
  readonly domains: LocalDomains & Pick<Domains, 'under'>
  /** Asked for at each visit: they are not known before they are listened on. */
  ports(): Ports
  serverPorts(): ServerPorts
}

/**
 * Where else than in DNS a client can look up how to connect: XEP-0156, and XEP-0487 where the addresses of the service
 * are known. The host that is asked for says which domain it is about. Pages of any site may read it: web clients come
 * from anywhere.
 */
export function hostMeta(parts: HostMetaParts): readonly Page[] {
  const cors = {}
  const headers = { 'cache-control': `public, max-age=${ttlSeconds}` }
  const domainAt = (host: string) => parts.domains.under(host) ?? parts.domains.first
  return [
    {
      path: '/.well-known/host-meta',
      methods: ['GET'],
      cors,
      handle: visit => visit.send(200, 'application/xrd+xml; charset=utf-8', xrd(parts, domainAt(visit.host)), headers),
    },
    {
      path: '/.well-known/host-meta.json',
      methods: ['GET'],
      cors,
      handle: visit =>
        visit.send(200, 'application/json', `${JSON.stringify(jrd(parts, domainAt(visit.host)))}\n`, headers),
    },
  ]
}

interface Links {
  readonly websocket: string
  readonly xbosh: string
}

function webOf({ settings, domains, ports }: HostMetaParts, domain: string): string {
  return webAddress(settings, ports().https, domains.setting(domain, 'webAddress'))
}

/** XEP-0156#httpexamples */
function links(parts: HostMetaParts, domain: string): Links {
  const web = webOf(parts, domain)
  return { websocket: `${web.replace(/^https:/, 'wss:')}${webSocketPath}`, xbosh: `${web}${boshPath}` }
}

function xrd(parts: HostMetaParts, domain: string): string {
  const written = Object.entries(links(parts, domain)).map(
    ([name, href]) => `  <Link rel='${relation}:${name}' href='${escapeAttr(href)}'/>\n`,
  )
  return `<?xml version='1.0' encoding='utf-8'?>\n<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\n${written.join('')}</XRD>\n`
}

/**
 * RFC 6415 Appendix A. With XEP-0487#httpformat `xmpp` says that nothing else need be looked up, neither by clients nor by
 * servers, so it must all be here. Where servers can come in by STARTTLS only, which has no link, it cannot be.
 */
function jrd(parts: HostMetaParts, domain: string): unknown {
  const plain = Object.entries(links(parts, domain)).map(([name, href]) => ({ rel: `${relation}:${name}`, href }))
  const ips = parts.settings.listen.publicAddresses
  const { s2s, s2sTls } = parts.serverPorts()
  if (ips.length === 0 || (s2s !== 0 && s2sTls === 0)) return { links: plain }
  const where = { ips, priority: 20, weight: 50, sni: new URL(webOf(parts, domain)).hostname }
  const tls = (name: string, port: number) =>
    port === 0 ? [] : [{ rel: `${relation}:${name}`, port, ips, priority: 10, weight: 50, sni: domainToASCII(domain) }]
  return {
    xmpp: { ttl: ttlSeconds },
    links: [
      ...tls('tls', parts.ports().c2sTls),
      ...tls('s2s-tls', s2sTls),
      ...plain.map(link => ({ ...link, ...where })),
    ],
  }
}
