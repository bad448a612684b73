import type { Log } from '../../operations/log.ts'
import { domainJid, domainOf, type Jid, parseJid } from '../../protocol/jid.ts'
import { type Problem, problem } from '../../protocol/problems.ts'
import type { Element } from '../../protocol/xml/element.ts'
import type { Settings } from '../../settings/schema.ts'
import { BlockList, type BlockListParts } from './block-list.ts'

/** What has to be known of our domains. */
export interface OurDomains {
  readonly first: string
  /** Does a domain of ours, or a service below it, talk to that other domain? */
  lets(our: string, their: string): boolean
}

export interface BorderParts {
  readonly settings: Settings['federation']
  readonly domains: OurDomains
  readonly ask: BlockListParts['ask']
  readonly log: Log
}

/** Who may talk to whom across it: the lists of those who run this service, and the lists of others that they trust. */
export class Border {
  readonly #parts: BorderParts
  readonly #lists: readonly BlockList[]

  constructor(parts: BorderParts) {
    this.#parts = parts
    const { settings, domains, ask, log } = parts
    this.#lists = settings.blockLists.map(entry => {
      const [service = '', node = ''] = entry.split(' ')
      return new BlockList({ service: parseJid(service)!, node, reader: domainJid(domains.first), ask, log })
    })
  }

  start(): void {
    for (const list of this.#lists) list.start()
  }

  stop(): void {
    for (const list of this.#lists) list.stop()
  }

  /** May a domain of ours and one elsewhere talk at all? */
  lets(our: string, their: string): boolean {
    return this.#parts.domains.lets(our, their)
  }

  /** Why somebody elsewhere is not let in; undefined if they are. */
  whyNot(from: Jid, to: Jid): Problem | undefined {
    if (!this.lets(domainOf(to), domainOf(from))) return apart()
    if (!this.#lists.some(list => list.has(from))) return undefined
    return problem('policy-violation', 'You are on a list of those who are not let in here.', { type: 'cancel' })
  }

  /** @returns whether a stanza was news of a list, which is for nobody else */
  hears(stanza: Element, from: Jid, to: Jid): boolean {
    return to === this.#parts.domains.first && this.#lists.some(list => list.hears(stanza, from))
  }
}

/** What is told about two domains that do not talk. */
export const apart = (): Problem =>
  problem('policy-violation', 'These two servers do not talk to each other: one of them does not want to.', {
    type: 'cancel',
  })
