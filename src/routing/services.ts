import type { LocalDomains, ServiceLabel } from '../accounts/domains.ts'
import { type DomainJid, domainOf, isDomain, type Jid, parseJid } from '../protocol/jid.ts'
import { type Problem, problem } from '../protocol/problems.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { Answer, Feature } from './feature.ts'

/**
 * A part of this server with a domain of its own below the first one: uploads, rooms. It is listed in the disco#items of
 * every domain; what its disco#info tells follows from here.
 */
export interface Service {
  readonly jid: DomainJid
  /** Domains may have it under a name of their own as well: it looks at the `to` of what it is asked. */
  readonly ownable?: true
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
export function serviceJid(label: ServiceLabel, domain: string): DomainJid {
  const jid = parseJid(`${label}.${domain}`)
  if (jid === undefined || !isDomain(jid)) throw new Error(`A service cannot be called ${label}.`)
  return jid
}

/**
 * Where the people of a domain find a service: below the first domain, where it is for everybody, or below their own if
 * that domain has services of its own.
 */
export function serviceFor(service: Service, domain: string, domains: LocalDomains): DomainJid {
  const isOwn = service.ownable === true && domains.setting(domain, 'services') === 'own'
  return isOwn && domain !== domains.first ? serviceJid(labelOf(service, domains), domain) : service.jid
}

function labelOf({ jid }: Service, { first }: LocalDomains): ServiceLabel {
  return jid.slice(0, -first.length - 1) as ServiceLabel
}

/** A service, and the domain whose people it is for. */
export interface FoundService {
  readonly service: Service
  readonly of: string
}

/** The services by the domains that they answer at. */
export class Services {
  readonly #domains: LocalDomains
  readonly #shared = new Map<string, FoundService>()
  readonly #ownable = new Map<string, Service>()

  /** @throws Error where two want the same domain, or one that people have addresses in: a mistake in the list of features */
  constructor(features: readonly Feature[], domains: LocalDomains) {
    this.#domains = domains
    for (const { name, service } of features) {
      if (service === undefined) continue
      const { jid } = service
      if (this.#shared.has(jid) || domains.has(jid)) throw new Error(`The domain of the feature “${name}” is taken.`)
      this.#shared.set(jid, { service, of: domains.first })
      if (service.ownable === true) this.#ownable.set(labelOf(service, domains), service)
    }
  }

  at(domain: string): FoundService | undefined {
    return this.#shared.get(domain) ?? this.#own(domain)
  }

  /**
   * Whether one domain of ours does not want to talk to another: inside the program the same holds as between servers.
   * The services of the first domain are for everybody.
   */
  apart(from: Jid, to: Jid): boolean {
    const [here, there] = [domainOf(from), domainOf(to)]
    if (here === there) return false
    const [one, other] = [this.#sideOf(here), this.#sideOf(there)]
    if (one === undefined || other === undefined || one === other) return false
    return !this.#domains.lets(one, other) || !this.#domains.lets(other, one)
  }

  #sideOf(domain: string): string | undefined {
    return this.#domains.has(domain) ? domain : this.#own(domain)?.of
  }

  #own(domain: string): FoundService | undefined {
    const dot = domain.indexOf('.')
    const service = dot === -1 ? undefined : this.#ownable.get(domain.slice(0, dot))
    if (service === undefined) return undefined
    const of = domain.slice(dot + 1)
    return this.#domains.has(of) && this.#domains.setting(of, 'services') === 'own' ? { service, of } : undefined
  }
}

/** What is told where two domains of ours do not talk. */
export const notNeighbours = (): Problem => problem('policy-violation', 'These domains do not talk to each other.')
