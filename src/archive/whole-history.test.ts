import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from './epoch-reader.ts'
import type { HistoryPage, HistoryQuery } from './history.ts'
import { wholeHistory } from './whole-history.ts'

const entries = Array.from({ length: 120 }, (_, n): Entry => {
  const seq = n * 3 + 1
  const time = n * 10
  return { seq, time, peer: 'romeo@montague.lit', sent: false, retracted: false, text: '', day: '', place: n, epoch: 1 }
})

/** A history that answers as the archive does; `gone` of its entries are no longer there. */
function history(gone: ReadonlySet<number>) {
  const asked: HistoryQuery[] = []
  return {
    asked,
    async page(account: number, query: HistoryQuery): Promise<HistoryPage<Entry> | 'not found'> {
      assert.equal(account, 7)
      asked.push(query)
      const there = entries.filter(({ seq }) => !gone.has(seq))
      const { after, start, limit } = query
      if (after !== undefined && !there.some(({ seq }) => seq === after)) return 'not found'
      const found = there.filter(({ seq, time }) => seq > (after ?? -1) && time >= (start ?? -1))
      return { entries: found.slice(0, limit), complete: found.length <= limit }
    },
  }
}

test('everything comes once and in order, read in pages as it is wanted', async () => {
  const { asked, page } = history(new Set())
  const seen: number[] = []
  for await (const { seq } of wholeHistory({ page }, 7)) {
    seen.push(seq)
    assert.equal(asked.length, Math.ceil(seen.length / 50))
  }
  assert.deepEqual(
    seen,
    entries.map(({ seq }) => seq),
  )
})

test('what is erased meanwhile is missing, and nothing else', async () => {
  const gone = new Set<number>()
  const seen: number[] = []
  for await (const { seq } of wholeHistory(history(gone), 7)) {
    seen.push(seq)
    if (seen.length === 50) for (const { seq } of entries.slice(0, 60)) gone.add(seq)
  }
  const expected = [...entries.slice(0, 50), ...entries.slice(60)]
  assert.deepEqual(
    seen,
    expected.map(({ seq }) => seq),
  )
})
