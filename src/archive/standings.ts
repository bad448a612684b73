/** How much waits for whom: in memory for everybody for whom something waits, so that signing in need not look for it. */

import type { Day } from '../privacy/day.ts'
import type { Database } from '../storage/database.ts'
import { archiveFamily } from './tables.ts'

/** What waits for one account. */
export class Standing {
  messages = 0
  bytes = 0
  readonly byDay = new Map<Day, { messages: number; bytes: number }>()

  /** Days of which something may be waiting, oldest first. */
  days(): Day[] {
    return [...this.byDay.keys()].sort()
  }
}

const nothing = new Standing()
const COUNT = 'SELECT account, COUNT(*) AS messages, SUM(bytes) AS bytes FROM waiting GROUP BY account'

export class Standings {
  readonly #accounts = new Map<number, Standing>()

  /** Looks through what waits on the disk. */
  static async read(db: Database): Promise<Standings> {
    const standings = new Standings()
    for (const day of db.partitions(archiveFamily)) {
      for (const row of await db.partition(archiveFamily, day).all(COUNT)) {
        const standing = standings.of(Number(row.account))
        const here = { messages: Number(row.messages), bytes: Number(row.bytes) }
        standing.byDay.set(day, here)
        standing.messages += here.messages
        standing.bytes += here.bytes
      }
    }
    return standings
  }

  /** To be added to. */
  of(account: number): Standing {
    let standing = this.#accounts.get(account)
    if (standing === undefined) {
      standing = new Standing()
      this.#accounts.set(account, standing)
    }
    return standing
  }

  /** To be looked at. */
  peek(account: number): Standing {
    return this.#accounts.get(account) ?? nothing
  }

  add(standing: Standing, { day, bytes }: { readonly day: Day; readonly bytes: number }): void {
    const here = standing.byDay.get(day)
    if (here === undefined) standing.byDay.set(day, { messages: 1, bytes })
    else {
      here.messages++
      here.bytes += bytes
    }
    standing.messages++
    standing.bytes += bytes
  }

  /**
   * One entry waits no longer. That the day has none left is for `nothingLeft` to say: whoever is told twice of one entry
   * must not make others forgotten.
   */
  remove(account: number, day: Day, bytes: number): void {
    const standing = this.#accounts.get(account)
    const here = standing?.byDay.get(day)
    if (standing === undefined || here === undefined || here.messages === 0) return
    standing.messages--
    standing.bytes -= bytes
    here.messages--
    here.bytes -= bytes
  }

  /** On the disk there is nothing that waits of that day. */
  nothingLeft(account: number, day: Day): void {
    const standing = this.#accounts.get(account)
    if (standing?.byDay.get(day)?.messages !== 0) return
    standing.byDay.delete(day)
    if (standing.byDay.size === 0) this.#accounts.delete(account)
  }

  /** The day is gone. */
  drop(day: Day): void {
    for (const [account, standing] of this.#accounts) {
      const here = standing.byDay.get(day)
      if (here === undefined) continue
      standing.byDay.delete(day)
      standing.messages -= here.messages
      standing.bytes -= here.bytes
      if (standing.byDay.size === 0) this.#accounts.delete(account)
    }
  }

  forget(account: number): void {
    this.#accounts.delete(account)
  }
}
