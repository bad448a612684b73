import { type DomainJid, isDomain, type Jid, parseJid } from '../protocol/jid.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { Answer, Feature } from './feature.ts'

/**
 * A part of this server with a domain of its own below the server's: uploads, rooms. It is listed in the server's
 * disco#items; what its disco#info tells follows from here.
 */
export interface Service {
  readonly jid: DomainJid
  /** XEP-0030, and its registry of categories and types. */
  readonly identity: { readonly category: string; readonly type: string; readonly name: string }
  /** Features that its disco#info names, apart from what every service can do. */
  readonly advertises: readonly string[]
  /** Extension forms in its disco#info (XEP-0128). */
  readonly forms?: () => readonly Element[]
  /**
   * What it answers at its own address. What every service answers alike is an `Answer` `of: ['service']` of some feature;
   * where both answer, the service does.
   */
  readonly answers?: readonly Omit<Answer, 'of'>[]
  /**
   * Takes every stanza to an address at its domain, apart from requests to the domain itself: rooms and who is in them.
   * Called in the order of arrival, before anything is awaited. A promise means: hand on nothing else of that sender's
   * session until it settles. Throw a `Problem` to refuse. Without this, such stanzas are refused.
   */
  takes?(stanza: Element, from: Jid, to: Jid): void | Promise<void>
}

/** `upload`, `example.org` → `upload.example.org` */
export function serviceJid(name: string, domain: string): DomainJid {
  const jid = parseJid(`${name}.${domain}`)
  if (jid === undefined || !isDomain(jid)) throw new Error(`A service cannot be called ${name}.`)
  return jid
}

/**
 * All services by their domains.
 * @throws Error where two want the same domain, or one that people have addresses in: a mistake in the list of features
 */
export function servicesOf(features: readonly Feature[], domains: ReadonlySet<string>): ReadonlyMap<string, Service> {
  const services = new Map<string, Service>()
  for (const { name, service } of features) {
    if (service === undefined) continue
    const { jid } = service
    if (services.has(jid) || domains.has(jid)) throw new Error(`The domain of the feature “${name}” is taken.`)
    services.set(jid, service)
  }
  return services
}
