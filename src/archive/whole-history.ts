import type { Entry } from './epoch-reader.ts'
import type { History, HistoryQuery } from './history.ts'

/** Entries read at once: as many of the largest stanzas may be in memory for one reader. */
const page = 50

/** Everything of an account that is open, oldest first, a page at a time; ends where its owner has left. */
export async function* wholeHistory(history: Pick<History<Entry>, 'page'>, account: number): AsyncGenerator<Entry> {
  const way: HistoryQuery = { limit: page, backwards: false }
  let last: Entry | undefined
  for (;;) {
    let next = await history.page(account, last === undefined ? way : { ...way, after: last.seq })
    // The last entry is gone by now, with its day or by the will of its owner: time says where to go on.
    if (next === 'not found' && last !== undefined) next = await history.page(account, { ...way, start: last.time })
    if (next === 'not found') return
    for (const entry of next.entries) {
      if (last !== undefined && entry.seq <= last.seq) continue
      last = entry
      yield entry
    }
    if (next.complete) return
  }
}
