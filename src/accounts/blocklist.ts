import { type BareJid, bareOf, domainOf, type Jid } from '../protocol/jid.ts'
import { type Problem, problem } from '../protocol/problems.ts'
import { xml } from '../protocol/xml/element.ts'

/** Keeps block lists; what resolves is on disk. */
export interface BlocklistStore {
  load(account: number): Promise<Jid[]>
  add(account: number, jids: readonly Jid[]): Promise<void>
  remove(account: number, jids: readonly Jid[]): Promise<void>
}

/** Most people block nobody: they share one empty list. */
const nobody: ReadonlySet<Jid> = new Set()

/** Whom one account wants to hear nothing from (XEP-0191), in memory while the account is. */
export class Blocklist {
  readonly #account: number
  readonly #owner: BareJid
  readonly #store: BlocklistStore
  #jids: ReadonlySet<Jid>

  constructor(account: number, owner: BareJid, store: BlocklistStore, loaded: readonly Jid[]) {
    this.#account = account
    this.#owner = owner
    this.#store = store
    this.#jids = loaded.length === 0 ? nobody : new Set(loaded)
  }

  get size(): number {
    return this.#jids.size
  }

  all(): Jid[] {
    return [...this.#jids]
  }

  has(jid: Jid): boolean {
    return this.#jids.has(jid)
  }

  /**
   * Does the owner want nothing from and to that address? Never true of the owner's own devices (XEP-0191#privacy)
   * and server, whatever the list says: somebody who blocks all of their own domain still needs both.
   */
  blocks(jid: Jid): boolean {
    const list = this.#jids
    if (list.size === 0 || !covers(list, jid)) return false
    return bareOf(jid) !== this.#owner && jid !== domainOf(this.#owner)
  }

  /** In force at once; resolves when it is on disk, and is undone where it cannot get there. */
  async add(jids: readonly Jid[]): Promise<void> {
    const added = jids.filter(jid => !this.#jids.has(jid))
    if (added.length === 0) return
    this.#jids = new Set([...this.#jids, ...added])
    try {
      await this.#store.add(this.#account, added)
    } catch (thrown) {
      this.#drop(added)
      throw thrown
    }
  }

  /** In force once it is on disk: nobody is let in again who might be found blocked after a restart. */
  async remove(jids: readonly Jid[]): Promise<void> {
    await this.#store.remove(this.#account, jids)
    this.#drop(jids)
  }

  #drop(jids: readonly Jid[]): void {
    this.#jids = new Set([...this.#jids].filter(jid => !jids.includes(jid)))
  }
}

/** Reads an account's block list into memory. */
export async function loadBlocklist(account: number, owner: BareJid, store: BlocklistStore): Promise<Blocklist> {
  return new Blocklist(account, owner, store, await store.load(account))
}

/** XEP-0191#matching: a device, a person with all their devices, or a domain with everybody there. */
export function covers(list: ReadonlySet<string>, jid: Jid): boolean {
  return list.has(jid) || list.has(bareOf(jid)) || list.has(domainOf(jid))
}

/** What the owner's own clients are told when they write to somebody blocked (XEP-0191#block). */
export function blockedByOwner(): Problem {
  return problem('not-acceptable', 'You have blocked this address.', {
    type: 'cancel',
    extra: xml('blocked', { xmlns: 'urn:xmpp:blocking:errors' }),
  })
}
