import { randomBytes } from 'node:crypto'
import type { BareJid, DomainJid, Jid } from '../protocol/jid.ts'
import type { Subscription } from '../protocol/subscriptions.ts'

export type { Subscription } from '../protocol/subscriptions.ts'

/** Addresses that can be contacts: people, and services such as gateways. */
export type ContactJid = BareJid | DomainJid

/** One contact (RFC 6121 §2.1.2). */
export interface RosterItem {
  readonly jid: ContactJid
  readonly name?: string
  readonly groups: readonly string[]
  readonly subscription: Subscription
  /** We asked and wait for the answer (`ask='subscribe'`). */
  readonly ask?: true
  /** Pre-approved: their request will be answered at once (RFC 6121 §3.4). */
  readonly approved?: true
  /** Their request, as it came, until the owner answers it (RFC 6121 §3.1.3: kept and delivered again at each login). */
  readonly request?: string
  /** Here for nothing but their request: a stranger is not on the roster that clients see for having asked. */
  readonly unlisted?: true
}

/** Keeps the contacts of accounts; what `put` and `remove` resolve with is on disk. */
export interface RosterStore {
  load(account: number): Promise<LoadedRoster>
  /** Stores the item and the roster's new version together. */
  put(account: number, item: RosterItem, version: string): Promise<void>
  /** Removes the item and stores the new version together. */
  remove(account: number, jid: ContactJid, version: string): Promise<void>
}

export interface LoadedRoster {
  readonly items: readonly RosterItem[]
  /** '' for a roster that was never changed. */
  readonly version: string
}

/**
 * The contacts of one account, in memory while the account is.
 * Changing goes through here, so that what is read is never older than what was promised.
 */
export class Roster {
  readonly #account: number
  readonly #store: RosterStore
  readonly #items: Map<string, RosterItem>
  #version: string
  #requests = 0

  constructor(account: number, store: RosterStore, loaded: LoadedRoster) {
    this.#account = account
    this.#store = store
    this.#items = new Map(loaded.items.map(item => [item.jid, item]))
    this.#version = loaded.version
    for (const item of loaded.items) if (item.request !== undefined) this.#requests++
  }

  /**
   * Names one state of what clients see (RFC 6121 §2.6). It is drawn by chance and not counted up: so no state is ever
   * taken for another after a crash or from a restored backup, and it tells nothing about how often contacts change.
   */
  get version(): string {
    return this.#version === '' ? 'empty' : this.#version
  }

  /** Items of every kind. */
  get size(): number {
    return this.#items.size
  }

  /** Requests of others that wait for the owner's answer. */
  get requests(): number {
    return this.#requests
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
    return seesOwner(this.#items.get(jid))
  }

  /** May the owner see the contact's presence? */
  sees(jid: Jid): boolean {
    return isSeenByOwner(this.#items.get(jid))
  }

  /** In force at once; resolves when it is on disk, and is undone where it cannot get there. */
  put(item: RosterItem): Promise<void> {
    const before = this.#items.get(item.jid)
    const version = looksAlike(before, item) ? this.#version : freshVersion()
    this.#set(item.jid, item)
    this.#version = version
    return this.#orUndo(item.jid, item, before, this.#store.put(this.#account, item, version))
  }

  /** In force at once; resolves when it is on disk, and is undone where it cannot get there. */
  remove(jid: ContactJid): Promise<void> {
    const before = this.#items.get(jid)
    const version = before === undefined || !isVisible(before) ? this.#version : freshVersion()
    this.#set(jid, undefined)
    this.#version = version
    return this.#orUndo(jid, undefined, before, this.#store.remove(this.#account, jid, version))
  }

  async #orUndo(
    jid: ContactJid,
    after: RosterItem | undefined,
    before: RosterItem | undefined,
    stored: Promise<void>,
  ): Promise<void> {
    try {
      await stored
    } catch (thrown) {
      if (this.#items.get(jid) === after) this.#set(jid, before)
      throw thrown
    }
  }

  #set(jid: ContactJid, item: RosterItem | undefined): void {
    if (this.#items.get(jid)?.request !== undefined) this.#requests--
    if (item?.request !== undefined) this.#requests++
    if (item === undefined) this.#items.delete(jid)
    else this.#items.set(jid, item)
  }
}

/** Reads an account's roster into memory. */
export async function loadRoster(account: number, store: RosterStore): Promise<Roster> {
  return new Roster(account, store, await store.load(account))
}

/** Is it part of the roster that clients see (RFC 6121 §3.1.3)? */
export function isVisible(item: RosterItem): boolean {
  return item.unlisted !== true
}

/** Does the contact get the owner's presence? */
export function seesOwner(item: RosterItem | undefined): boolean {
  return item !== undefined && (item.subscription === 'from' || item.subscription === 'both')
}

/** Does the owner get the contact's presence? */
export function isSeenByOwner(item: RosterItem | undefined): boolean {
  return item !== undefined && (item.subscription === 'to' || item.subscription === 'both')
}

/** Do clients see no difference? Only what would be pushed makes a new version (XEP-0237#response-result). */
function looksAlike(before: RosterItem | undefined, after: RosterItem): boolean {
  if (before === undefined || !isVisible(before)) return !isVisible(after)
  return (
    isVisible(after) &&
    before.name === after.name &&
    before.subscription === after.subscription &&
    before.ask === after.ask &&
    before.approved === after.approved &&
    before.groups.length === after.groups.length &&
    before.groups.every((group, at) => group === after.groups[at])
  )
}

const versionBytes = 6

function freshVersion(): string {
  return randomBytes(versionBytes).toString('base64url')
}
