import type { BareJid, DomainJid, Jid } from '../protocol/jid.ts'

/** RFC 6121 §2.1.2.5, seen from the owner of the roster. */
export type Subscription = 'none' | 'to' | 'from' | 'both'

/** One contact (RFC 6121 §2.1.2). */
export interface RosterItem {
  readonly jid: BareJid | DomainJid
  readonly name?: string
  readonly groups: readonly string[]
  readonly subscription: Subscription
  /** We asked and wait for the answer (`ask='subscribe'`). */
  readonly ask?: true
  /** Pre-approved: their request will be answered at once (RFC 6121 §3.4). */
  readonly approved?: true
  /**
   * Their request, as it came, until the owner answers it (RFC 6121 §3.1.3: kept and delivered again at each login).
   * An item that exists for nothing but this is not part of the roster that clients see.
   */
  readonly request?: string
}

/** Keeps the contacts of accounts; what `put` and `remove` resolve with is on disk. */
export interface RosterStore {
  load(account: number): Promise<{ items: RosterItem[]; version: number }>
  /** Stores the item and the roster's new version together. */
  put(account: number, item: RosterItem, version: number): Promise<void>
  remove(account: number, jid: BareJid | DomainJid, version: number): Promise<void>
}

/**
 * The contacts of one account, in memory while the account is.
 * Changing goes through here, so that what is read is never older than what was promised.
 */
export class Roster {
  readonly #account: number
  readonly #store: RosterStore
  readonly #items: Map<string, RosterItem>
  #version: number

  constructor(account: number, store: RosterStore, loaded: { items: readonly RosterItem[]; version: number }) {
    this.#account = account
    this.#store = store
    this.#items = new Map(loaded.items.map((item) => [item.jid, item]))
    this.#version = loaded.version
  }

  /** An opaque counter, not a time (RFC 6121 §2.6). */
  get version(): string {
    return String(this.#version)
  }

  get size(): number {
    return this.#items.size
  }

  get(jid: Jid): RosterItem | undefined {
    return this.#items.get(jid)
  }

  /** Every item, those that hold nothing but an unanswered request too. */
  all(): IterableIterator<RosterItem> {
    return this.#items.values()
  }

  /** The contacts that clients see. */
  *visible(): IterableIterator<RosterItem> {
    for (const item of this.#items.values()) if (isVisible(item)) yield item
  }

  /** May the contact see the owner's presence? */
  isSeenBy(jid: Jid): boolean {
    const subscription = this.#items.get(jid)?.subscription
    return subscription === 'from' || subscription === 'both'
  }

  /** May the owner see the contact's presence? */
  sees(jid: Jid): boolean {
    const subscription = this.#items.get(jid)?.subscription
    return subscription === 'to' || subscription === 'both'
  }

  /** In force at once; resolves when it is on disk. */
  put(item: RosterItem): Promise<void> {
    this.#items.set(item.jid, item)
    return this.#store.put(this.#account, item, ++this.#version)
  }

  /** In force at once; resolves when it is on disk. */
  remove(jid: BareJid | DomainJid): Promise<void> {
    this.#items.delete(jid)
    return this.#store.remove(this.#account, jid, ++this.#version)
  }
}

/** A request alone does not put a stranger on the roster (RFC 6121 §3.1.3). */
export function isVisible(item: RosterItem): boolean {
  return item.request === undefined || item.subscription !== 'none' || item.ask === true || item.approved === true ||
    item.name !== undefined || item.groups.length > 0
}
