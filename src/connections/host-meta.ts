import { domainToASCII } from 'node:url'
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

/** How long what is told here may be relied on, in seconds. */
const ttlSeconds = 3600

const relation = 'urn:xmpp:alt-connections'

/**
 * Where else than in DNS a client can look up how to connect: XEP-0156, and XEP-0487 where the addresses of the service
 * are known. Pages of any site may read it: web clients come from anywhere.
 * @param ports asked for at each visit: they are not known before they are listened on
 */
export function hostMeta(settings: Settings, ports: () => Ports): readonly Page[] {
  const cors = {}
  const headers = { 'cache-control': `public, max-age=${ttlSeconds}` }
  return [
    {
      path: '/.well-known/host-meta',
      methods: ['GET'],
      cors,
      handle: visit => visit.send(200, 'application/xrd+xml; charset=utf-8', xrd(settings, ports()), headers),
    },
    {
      path: '/.well-known/host-meta.json',
      methods: ['GET'],
      cors,
      handle: visit => visit.send(200, 'application/json', `${JSON.stringify(jrd(settings, ports()))}\n`, headers),
    },
  ]
}

interface Links {
  readonly websocket: string
  readonly xbosh: string
}

/** XEP-0156#httpexamples */
function links(settings: Settings, { https }: Ports): Links {
  const web = webAddress(settings, https)
  return { websocket: `${web.replace(/^https:/, 'wss:')}${webSocketPath}`, xbosh: `${web}${boshPath}` }
}

function xrd(settings: Settings, ports: Ports): string {
  const written = Object.entries(links(settings, ports)).map(
    ([name, href]) => `  <Link rel='${relation}:${name}' href='${escapeAttr(href)}'/>\n`,
  )
  return `<?xml version='1.0' encoding='utf-8'?>\n<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\n${written.join('')}</XRD>\n`
}

/** RFC 6415 Appendix A. With XEP-0487#httpformat `xmpp` says that nothing else need be looked up, so it must all be here. */
function jrd(settings: Settings, ports: Ports): unknown {
  const plain = Object.entries(links(settings, ports)).map(([name, href]) => ({ rel: `${relation}:${name}`, href }))
  const ips = settings.listen.publicAddresses
  if (ips.length === 0) return { links: plain }
  const sni = domainToASCII(settings.service.domain)
  const where = { ips, priority: 20, weight: 50, sni: new URL(webAddress(settings, ports.https)).hostname }
  const tls = { rel: `${relation}:tls`, port: ports.c2sTls, ips, priority: 10, weight: 50, sni }
  return {
    xmpp: { ttl: ttlSeconds },
    links: [...(ports.c2sTls === 0 ? [] : [tls]), ...plain.map(link => ({ ...link, ...where }))],
  }
}
