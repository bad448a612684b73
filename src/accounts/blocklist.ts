import { bareOf, domainOf, isDomain, type Jid, resourceOf } from '../protocol/jid.ts'

/** Keeps block lists; what resolves is on disk. */
export interface BlocklistStore {
  load(account: number): Promise<Jid[]>
  add(account: number, jids: readonly Jid[]): Promise<void>
  remove(account: number, jids: readonly Jid[]): Promise<void>
}

/** Whom one account wants to hear nothing from (XEP-0191), in memory while the account is. */
export class Blocklist {
  readonly #account: number
  readonly #store: BlocklistStore
  readonly #jids: Set<string>

  constructor(account: number, store: BlocklistStore, loaded: readonly Jid[]) {
    this.#account = account
    this.#store = store
    this.#jids = new Set(loaded)
  }

  get size(): number {
    return this.#jids.size
  }

  all(): Jid[] {
    return [...this.#jids] as Jid[]
  }

  has(jid: Jid): boolean {
    return this.#jids.has(jid)
  }

  /** XEP-0191#matching: user@domain/resource, user@domain, domain/resource, domain, the first that fits. */
  blocks(jid: Jid): boolean {
    const list = this.#jids
    if (list.size === 0) return false
    if (list.has(jid) || list.has(bareOf(jid)) || list.has(domainOf(jid))) return true
    const resource = isDomain(jid) ? undefined : resourceOf(jid)
    return resource !== undefined && list.has(`${domainOf(jid)}/${resource}`)
  }

  /** In force at once; resolves when it is on disk. */
  add(jids: readonly Jid[]): Promise<void> {
    for (const jid of jids) this.#jids.add(jid)
    return this.#store.add(this.#account, jids)
  }

  /** In force at once; resolves when it is on disk. */
  remove(jids: readonly Jid[]): Promise<void> {
    for (const jid of jids) this.#jids.delete(jid)
    return this.#store.remove(this.#account, jids)
  }
}
