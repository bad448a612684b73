/** The end of one account's history before its time, because its owner wants it. */

import type { Day } from '../privacy/day.ts'
import type { Database, Statements } from '../storage/database.ts'
import { archiveFamily } from './tables.ts'

/** Rows erased in one step, so that nobody else has to wait long for the writer. */
const atOnce = 200

// What still waits for a device stays: it was promised to its sender.
const DELETE_ENTRIES = `DELETE FROM entries WHERE account = ? AND place IN (
  SELECT place FROM entries WHERE account = ? AND place NOT IN (SELECT place FROM waiting WHERE account = ?) LIMIT ${atOnce})`
const DELETE_EPOCHS =
  'DELETE FROM epochs WHERE account = ? AND epoch NOT IN (SELECT epoch FROM entries WHERE account = ?)'
const DELETE_DAY = 'DELETE FROM archive_days WHERE account = ? AND day = ?'

/**
 * Erases what an account has in its history and what does not wait for a device, of the days before `before`.
 * Resolves with the number of messages.
 * @param today its keys are in use, so they stay, and so does the note that there may be something
 */
export async function purgeHistory(
  db: Database,
  account: number,
  { before, today }: { readonly before: Day | undefined; readonly today: Day },
): Promise<number> {
  // What is on its way is erased, too.
  await db.unit([])
  let gone = 0
  for (const { day } of await db.all('SELECT day FROM archive_days WHERE account = ?', [account])) {
    const name = String(day)
    if (before !== undefined && name >= before) continue
    if (db.partitions(archiveFamily).includes(name)) {
      gone += await purgeDay(db.partition(archiveFamily, name), account, name < today)
    }
    if (name < today && (await isEmpty(db, account, name))) await db.run(DELETE_DAY, [account, name])
  }
  if (gone > 0) await db.erasePages()
  return gone
}

async function purgeDay(rows: Statements, account: number, isOver: boolean): Promise<number> {
  await rows.erasePages()
  let gone = 0
  for (let step = atOnce; step >= atOnce; gone += step)
    step = await rows.run(DELETE_ENTRIES, [account, account, account])
  if (isOver) await rows.run(DELETE_EPOCHS, [account, account])
  await rows.erasePages()
  return gone
}

async function isEmpty(db: Database, account: number, day: Day): Promise<boolean> {
  if (!db.partitions(archiveFamily).includes(day)) return true
  const partition = db.partition(archiveFamily, day)
  return (await partition.get('SELECT 1 AS there FROM entries WHERE account = ? LIMIT 1', [account])) === undefined
}
