import type { Database } from '../storage/database.ts'
import { EpochReader, type EpochReaderParts } from './epoch-reader.ts'
import { archiveFamily } from './tables.ts'

/** Messages that are read from the store at once. */
const page = 100

const WAITING = `SELECT e.place, e.epoch, e.body FROM waiting w JOIN entries e ON e.account = w.account AND e.place = w.place
  WHERE w.account = ? AND w.place > ? ORDER BY w.place LIMIT ?`

/** What waits for an account that is open, oldest first: the stanzas. For those who do not deliver them. */
export async function* waitingTexts(
  parts: EpochReaderParts & { readonly db: Database },
  account: number,
): AsyncGenerator<string> {
  for (const day of parts.db.partitions(archiveFamily)) {
    const partition = parts.db.partition(archiveFamily, day)
    for (let after = -1; ; ) {
      const rows = await partition.all(WAITING, [account, after, page])
      if (rows.length === 0) break
      const epochs = await EpochReader.open(parts, account, partition)
      for (const row of rows) {
        after = Number(row.place)
        const entry = epochs.read(row)
        if (entry !== undefined) yield entry.text
      }
    }
  }
}
