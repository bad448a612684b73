import { personalTable } from '../privacy/catalogue.ts'
import { type Day, daysBefore } from '../privacy/day.ts'
import type { Database } from '../storage/database.ts'

export const ownRetentionTable = personalTable(
  'own_retention',
  'account',
  {
    account: { kind: 'id', why: 'whose wish it is' },
    days: { kind: 'number', why: 'for how many days its messages and files stay, where that is less than usual' },
  },
  {
    key: ['account'],
    keep: 'until the owner changes it',
    reader: 'server',
    endedBy: 'its owner',
    since: 8,
  },
)

/** What can be chosen, where it is less than usual. */
export const shorterDays = [7, 30, 90] as const

/** What erases the messages or the files of one account. */
export interface Purge {
  /** Everything of the days before `day`; all of it without one. Resolves with how many there were. */
  purge(account: number, before?: Day): Promise<number>
}

export interface OwnRetentionParts {
  readonly db: Database
  /** The time that holds for everybody. */
  readonly days: number
  readonly stores: readonly Purge[]
}

/** Who wants messages and files to go sooner than the others' do. Seen to whenever the retention clock looks. */
export class OwnRetention {
  readonly #parts: OwnRetentionParts

  constructor(parts: OwnRetentionParts) {
    this.#parts = parts
  }

  /** What can be chosen. */
  get choices(): readonly number[] {
    return shorterDays.filter(days => days < this.#parts.days)
  }

  /** Undefined where the usual time holds. */
  async of(account: number): Promise<number | undefined> {
    const row = await this.#parts.db.get('SELECT days FROM own_retention WHERE account = ?', [account])
    return row === undefined || Number(row.days) >= this.#parts.days ? undefined : Number(row.days)
  }

  /** In force at once: what is older goes now. @param days undefined for the usual time */
  async set(account: number, days: number | undefined, today: Day): Promise<void> {
    const { db } = this.#parts
    if (days === undefined) {
      await db.run('DELETE FROM own_retention WHERE account = ?', [account])
      return
    }
    await db.run(
      `INSERT INTO own_retention (account, days) SELECT id, ? FROM accounts WHERE id = ?
        ON CONFLICT (account) DO UPDATE SET days = excluded.days`,
      [days, account],
    )
    await this.#end(account, days, today)
  }

  /** Erases what is too old by the wishes of those who have one. */
  async endDue(today: Day): Promise<void> {
    for (const { account, days } of await this.#parts.db.all('SELECT account, days FROM own_retention')) {
      if (Number(days) < this.#parts.days) await this.#end(Number(account), Number(days), today)
    }
  }

  /** A day counts with the first and the last, as everywhere: of seven days today is one. */
  async #end(account: number, days: number, today: Day): Promise<void> {
    const oldest = daysBefore(today, days - 1)
    for (const store of this.#parts.stores) await store.purge(account, oldest)
  }
}
