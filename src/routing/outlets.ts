import { domainOf, type Jid } from '../protocol/jid.ts'
import { type Problem, problem } from '../protocol/problems.ts'
import type { Element } from '../protocol/xml/element.ts'

/** Takes stanzas for a domain. Never throws. */
export type Outlet = (stanza: Element) => void

/** Where stanzas for domains go that are not this service's own: to components (XEP-0114), and to other servers. */
export class Outlets {
  readonly #outlets = new Map<string, Outlet | undefined>()
  #abroad: Outlet | undefined

  /** There is somebody for that domain, though not always. */
  expect(domain: string): void {
    if (!this.#outlets.has(domain)) this.#outlets.set(domain, undefined)
  }

  /** @returns how to detach it again */
  attach(domain: string, outlet: Outlet): () => void {
    this.#outlets.set(domain, outlet)
    return () => {
      if (this.#outlets.get(domain) === outlet) this.#outlets.set(domain, undefined)
    }
  }

  /** Takes stanzas for every domain that nobody here is there for. */
  attachAbroad(outlet: Outlet | undefined): void {
    this.#abroad = outlet
  }

  /** Is that the domain of a component, there or not? */
  has(domain: string): boolean {
    return this.#outlets.has(domain)
  }

  /** The domains that somebody is there for now. */
  present(): string[] {
    return [...this.#outlets].filter(([, outlet]) => outlet !== undefined).map(([domain]) => domain)
  }

  /** Hands a stanza over. @returns why not */
  take(stanza: Element, to: Jid): Problem | undefined {
    const domain = domainOf(to)
    const outlet = this.#outlets.get(domain)
    if (outlet !== undefined) return void outlet(stanza)
    if (this.#outlets.has(domain)) {
      return problem('service-unavailable', 'This service is not there at the moment.', { type: 'wait' })
    }
    return this.#abroad !== undefined
      ? void this.#abroad(stanza)
      : problem('remote-server-not-found', 'This server does not talk to others.')
  }
}
