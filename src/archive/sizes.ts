import type { Database } from '../storage/database.ts'
import { archiveFamily } from './tables.ts'

/** What the messages of an account take up. */
export interface HistorySize {
  readonly messages: number
  /** Sealed. */
  readonly bytes: number
}

/** Accounts that are looked for at once. */
const atOnce = 100

/**
 * How much is in the archive for each of these accounts; nothing for those who have nothing there. Opens no seal, and no
 * file of a day of which none of them has anything.
 */
export async function historySizes(db: Database, accounts: readonly number[]): Promise<Map<number, HistorySize>> {
  const sizes = new Map<number, HistorySize>()
  const there = new Set(db.partitions(archiveFamily))
  for (let at = 0; at < accounts.length; at += atOnce) {
    const some = accounts.slice(at, at + atOnce)
    const days = await db.all(`SELECT day, account FROM archive_days WHERE account IN (${marks(some)})`, some)
    for (const [day, rows] of Map.groupBy(days, row => String(row.day))) {
      if (!there.has(day)) continue
      const concerned = rows.map(({ account }) => Number(account))
      const sql = `SELECT account, COUNT(*) AS messages, SUM(LENGTH(body)) AS bytes FROM entries
        WHERE account IN (${marks(concerned)}) GROUP BY account`
      for (const row of await db.partition(archiveFamily, day).all(sql, concerned)) {
        const { messages, bytes } = sizes.get(Number(row.account)) ?? { messages: 0, bytes: 0 }
        sizes.set(Number(row.account), { messages: messages + Number(row.messages), bytes: bytes + Number(row.bytes) })
      }
    }
  }
  return sizes
}

function marks(accounts: readonly number[]): string {
  return accounts.map(() => '?').join()
}
