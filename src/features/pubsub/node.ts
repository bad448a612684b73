/** One node and its items, in memory. */
import type { BareJid, Jid } from '../../protocol/jid.ts'
import type { NodeConfiguration } from './configuration.ts'

/** XEP-0060#affiliations, as far as a node with one publisher needs them; the owner is the account. */
export type Affiliation = 'member' | 'outcast'

export interface Subscription {
  /** Waiting for the owner's word where the access model is `authorize`. */
  readonly state: 'subscribed' | 'pending'
  readonly id: string
}

/** One published item. Its text is that of the payload, with its namespace; '' for an item without one. */
export interface Item {
  readonly id: string
  /** What is published later has a higher one. */
  readonly order: number
  readonly bytes: number
  /** Undefined where it is too large to stay in memory. */
  text: string | undefined
}

export class Node {
  readonly name: string
  configuration: NodeConfiguration
  readonly subscriptions = new Map<Jid, Subscription>()
  readonly affiliations = new Map<BareJid, Affiliation>()
  /** Oldest first. */
  readonly #items = new Map<string, Item>()
  #last: Item | undefined

  constructor(name: string, configuration: NodeConfiguration) {
    this.name = name
    this.configuration = configuration
  }

  get size(): number {
    return this.#items.size
  }

  /** Oldest first. */
  items(): Iterable<Item> {
    return this.#items.values()
  }

  get(id: string): Item | undefined {
    return this.#items.get(id)
  }

  /** An item that is published again is the newest. */
  set(item: Item): void {
    this.#items.delete(item.id)
    this.#items.set(item.id, item)
    this.#last = item
  }

  delete(item: Item): void {
    this.#items.delete(item.id)
    if (this.#last === item) this.#last = [...this.#items.values()].at(-1)
  }

  /** What readers find, oldest first: a node can show what others hold. */
  shown(): Iterable<Item> {
    return this.#items.values()
  }

  /** One of what readers find. */
  find(id: string): Item | undefined {
    return this.#items.get(id)
  }

  /** What readers find last. */
  get newest(): Item | undefined {
    return this.#last
  }

  /** Can anybody but the owner be allowed to read it? */
  get isShared(): boolean {
    return this.configuration.accessModel !== 'whitelist' || this.affiliations.size > 0
  }
}
