/** What one account has in one day's file: rows in order, and binary search by what is inside the seal. */

import type { Partition, Row } from '../storage/database.ts'
import { breathe } from './breathe.ts'
import { type Entry, EpochReader, type EpochReaderParts } from './epoch-reader.ts'

/** Places between which to look, both outside. */
export interface Span {
  readonly after: number
  readonly before: number
}

export const everywhere: Span = { after: -1, before: Number.MAX_SAFE_INTEGER }

const ROWS = 'SELECT place, epoch, body FROM entries WHERE account = ? AND place > ? AND place < ? AND archived = 1'
const FORWARDS = `${ROWS} ORDER BY place LIMIT ?`
const BACKWARDS = `${ROWS} ORDER BY place DESC LIMIT ?`
const NEXT = 'SELECT MIN(place) AS place FROM entries WHERE account = ? AND place > ?'
const PREVIOUS = 'SELECT MAX(place) AS place FROM entries WHERE account = ? AND place < ?'
const LEAST = 'SELECT MIN(place) AS place FROM entries WHERE account = ?'
const GREATEST = 'SELECT MAX(place) AS place FROM entries WHERE account = ?'

export class DayView {
  readonly #partition: Partition
  readonly #account: number
  readonly #epochs: EpochReader

  private constructor(partition: Partition, account: number, epochs: EpochReader) {
    this.#partition = partition
    this.#account = account
    this.#epochs = epochs
  }

  static async open(parts: EpochReaderParts, account: number, partition: Partition): Promise<DayView> {
    return new DayView(partition, account, await EpochReader.open(parts, account, partition))
  }

  /** Whether anything can be read now. */
  get readable(): boolean {
    return this.#epochs.readable
  }

  /** Undefined if it cannot be opened. */
  read(row: Row): Entry | undefined {
    return this.#epochs.read(row)
  }

  /** Archived rows from one end of the span; with `contact` those of one bare address. Fewer than `limit` at the end only. */
  rows({ after, before }: Span, limit: number, backwards: boolean, contact?: string): Promise<Row[]> {
    if (contact !== undefined) return this.#tagged({ after, before }, limit, backwards, contact)
    return this.#partition.all(backwards ? BACKWARDS : FORWARDS, [this.#account, after, before, limit])
  }

  /** The first entry, or the last one, that can be read within the span. */
  async edge(span: Span, backwards = false): Promise<Entry | undefined> {
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
  async bisect(passes: (entry: Entry) => boolean): Promise<Entry | undefined> {
    let low = await this.#end(LEAST)
    let high = await this.#end(GREATEST)
    let found: Entry | undefined
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
    const row = await this.#partition.get(sql, [this.#account])
    return row?.place == null ? undefined : Number(row.place)
  }

  /** The index is gone through a stretch at a time, since nobody knows how far away those of one contact are. */
  async #tagged({ after, before }: Span, limit: number, backwards: boolean, contact: string): Promise<Row[]> {
    // A contact has another tag in each epoch.
    const tags = [...this.#epochs.keys()].map(key => key.tag(contact))
    if (tags.length === 0) return []
    const sql = taggedRows(tags.length, backwards)
    const found: Row[] = []
    let begun = performance.now()
    for (let [low, high] = [after, before]; ; ) {
      const row = await this.#partition.get(backwards ? PREVIOUS : NEXT, [this.#account, backwards ? high : low])
      const next = row?.place == null ? undefined : Number(row.place)
      if (next === undefined || next <= low || next >= high) return found
      const from = backwards ? Math.max(low, next - stretch) : next - 1
      const to = backwards ? next + 1 : Math.min(high, next + stretch)
      const wanted = limit - found.length
      found.push(...(await this.#partition.all(sql, [this.#account, from, to, ...padded(tags), wanted])))
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

function taggedRows(tags: number, backwards: boolean): string {
  const places = Array.from({ length: room(tags) }, () => '?').join()
  return (
    `SELECT place, epoch, body FROM entries WHERE account = ? AND place > ? AND place < ? AND tag IN (${places}) ` +
    `ORDER BY place${backwards ? ' DESC' : ''} LIMIT ?`
  )
}
