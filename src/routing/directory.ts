import type { BareJid } from '../protocol/jid.ts'
import type { LocalAccount } from './account.ts'

/** Accounts without a session that stay in memory because they may be needed again soon. */
const maxResting = 2_000

/** Who is in memory. Accounts with sessions stay; others rest here for a while and are forgotten, oldest first. */
export class Directory {
  readonly #load: (jid: BareJid) => Promise<LocalAccount | undefined>
  readonly #online = new Map<string, LocalAccount>()
  readonly #resting = new Map<string, LocalAccount>()
  readonly #loading = new Map<string, Promise<LocalAccount | undefined>>()

  constructor(load: (jid: BareJid) => Promise<LocalAccount | undefined>) {
    this.#load = load
  }

  /** Accounts that have a session. */
  get onlineCount(): number {
    return this.#online.size
  }

  online(jid: string): LocalAccount | undefined {
    return this.#online.get(jid)
  }

  everyoneOnline(): IterableIterator<LocalAccount> {
    return this.#online.values()
  }

  /** The account; a promise only where it has to be loaded. One load at a time for each address. */
  find(jid: BareJid): LocalAccount | undefined | Promise<LocalAccount | undefined> {
    return this.#online.get(jid) ?? this.#resting.get(jid) ?? this.#loading.get(jid) ?? this.#fetch(jid)
  }

  #fetch(jid: BareJid): Promise<LocalAccount | undefined> {
    const loading = this.#load(jid)
      .then(account => {
        if (account !== undefined && !account.gone) this.#rest(account)
        return account
      })
      .finally(() => this.#loading.delete(jid))
    this.#loading.set(jid, loading)
    return loading
  }

  /** The account has a session now. */
  arrived(account: LocalAccount): void {
    this.#resting.delete(account.jid)
    this.#online.set(account.jid, account)
  }

  /** The account's last session is over. */
  left(account: LocalAccount): void {
    this.#online.delete(account.jid)
    if (!account.gone) this.#rest(account)
  }

  /** The account is being erased: nobody finds it any longer. */
  forget(jid: BareJid): void {
    this.#online.delete(jid)
    this.#resting.delete(jid)
  }

  #rest(account: LocalAccount): void {
    this.#resting.set(account.jid, account)
    if (this.#resting.size <= maxResting) return
    for (const [jid, oldest] of this.#resting) {
      // Somebody is in the middle of handing it messages: dropping it now would let them be handed out twice.
      if (oldest.underway.size > 0) continue
      this.#resting.delete(jid)
      return
    }
  }
}
