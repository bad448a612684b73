/** What one account or room has in one day's file: rows in order, and binary search by what is inside the seal. */

import type { Partition, Row } from '../storage/database.ts'
import { breathe } from './breathe.ts'
import type { Found, RowReader, Shelf } from './shelf.ts'

/** Places between which to look, both outside. */
export interface Span {
  readonly after: number
  readonly before: number
}

export const everywhere: Span = { after: -1, before: Number.MAX_SAFE_INTEGER }

/** The statements for one shelf. */
export type Questions = ReturnType<typeof questions>

export function questions({ entries, owner, columns, where }: Shelf<Found>) {
  const rows = `SELECT ${['place', ...columns].join(', ')} FROM ${entries} WHERE ${owner} = ? AND place > ? AND place < ?`
  const wanted = where === undefined ? rows : `${rows} AND ${where}`
  const end = (which: 'MIN' | 'MAX', beyond = '') =>
    `SELECT ${which}(place) AS place FROM ${entries} WHERE ${owner} = ?${beyond}`
  return {
    rows,
    forwards: `${wanted} ORDER BY place LIMIT ?`,
    backwards: `${wanted} ORDER BY place DESC LIMIT ?`,
    next: end('MIN', ' AND place > ?'),
    previous: end('MAX', ' AND place < ?'),
    least: end('MIN'),
    greatest: end('MAX'),
  }
}

export class DayView<E extends Found> {
  readonly #partition: Partition
  readonly #owner: number
  readonly #reader: RowReader<E>
  readonly #questions: Questions

  private constructor(partition: Partition, owner: number, reader: RowReader<E>, questions: Questions) {
    this.#partition = partition
    this.#owner = owner
    this.#reader = reader
    this.#questions = questions
  }

  static async open<E extends Found>(
    shelf: Shelf<E>,
    questions: Questions,
    owner: number,
    partition: Partition,
  ): Promise<DayView<E>> {
    return new DayView(partition, owner, await shelf.open(owner, partition), questions)
  }

  /** Whether anything can be read now. */
  get readable(): boolean {
    return this.#reader.readable
  }

  /** Undefined if it cannot be opened. */
  read(row: Row): E | undefined {
    return this.#reader.read(row)
  }

  /** Archived rows from one end of the span; with `contact` those of one bare address. Fewer than `limit` at the end only. */
  rows({ after, before }: Span, limit: number, backwards: boolean, contact?: string): Promise<Row[]> {
    const tags = contact === undefined ? undefined : this.#reader.tags?.(contact)
    if (tags !== undefined) return this.#tagged({ after, before }, limit, backwards, tags)
    const sql = backwards ? this.#questions.backwards : this.#questions.forwards
    return this.#partition.all(sql, [this.#owner, after, before, limit])
  }

  /** The first entry, or the last one, that can be read within the span. */
  async edge(span: Span, backwards = false): Promise<E | undefined> {
    let { after, before } = span
    // Nearly always the first one opens.
    for (let limit = 1; ; limit = Math.min(256, limit * 8)) {
      const rows = await this.rows({ after, before }, limit, backwards)
      for (const row of rows) {
        const entry = this.read(row)
        if (entry !== undefined) return entry
      }
      if (rows.length < limit) return undefined
      const last = Number(rows.at(-1)?.place)
      if (backwards) before = last
      else after = last
    }
  }

  /** The first entry that passes; all that come after one that passes have to pass, too. */
  async bisect(passes: (entry: E) => boolean): Promise<E | undefined> {
    let low = await this.#end(this.#questions.least)
    let high = await this.#end(this.#questions.greatest)
    let found: E | undefined
    if (low === undefined || high === undefined) return undefined
    while (low <= high) {
      const middle: number = low + Math.floor((high - low) / 2)
      const entry = await this.edge({ after: middle - 1, before: high + 1 })
      if (entry === undefined) high = middle - 1
      else if (passes(entry)) {
        found = entry
        high = middle - 1
      } else low = entry.place + 1
    }
    return found
  }

  async #end(sql: string): Promise<number | undefined> {
    const row = await this.#partition.get(sql, [this.#owner])
    return row?.place == null ? undefined : Number(row.place)
  }

  /** The index is gone through a stretch at a time, since nobody knows how far away those of one contact are. */
  async #tagged(
    { after, before }: Span,
    limit: number,
    backwards: boolean,
    tags: readonly Uint8Array[],
  ): Promise<Row[]> {
    if (tags.length === 0) return []
    const { rows, next: forth, previous: back } = this.#questions
    const sql = `${rows} AND tag IN (${Array.from({ length: room(tags.length) }, () => '?').join()}) ORDER BY place${backwards ? ' DESC' : ''} LIMIT ?`
    const found: Row[] = []
    let begun = performance.now()
    for (let [low, high] = [after, before]; ; ) {
      const row = await this.#partition.get(backwards ? back : forth, [this.#owner, backwards ? high : low])
      const next = row?.place == null ? undefined : Number(row.place)
      if (next === undefined || next <= low || next >= high) return found
      const from = backwards ? Math.max(low, next - stretch) : next - 1
      const to = backwards ? next + 1 : Math.min(high, next + stretch)
      const wanted = limit - found.length
      found.push(...(await this.#partition.all(sql, [this.#owner, from, to, ...padded(tags), wanted])))
      if (found.length >= limit) return found
      if (backwards) high = from + 1
      else low = to - 1
      begun = await breathe(begun)
    }
  }
}

/** Entries that are passed over at once at most: about a millisecond. */
const stretch = 20_000

/** Few texts for all numbers of tags: the next power of four. */
function room(tags: number): number {
  return 4 ** Math.ceil(Math.log2(tags) / 2)
}

function padded(tags: readonly Uint8Array[]): Uint8Array[] {
  return Array.from({ length: room(tags.length) }, (_, i) => tags[i] ?? tags[0]!)
}
