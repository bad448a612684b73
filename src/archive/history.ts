/**
 * Reading the messages of an account or room. They lie in the order in which they came, so a page begins where a place is,
 * and what it costs does not depend on how much there is: an id or a time becomes a place by binary search, a contact by
 * its tags.
 */

import { type Day, dayOf } from '../privacy/day.ts'
import type { Database } from '../storage/database.ts'
import { breathe } from './breathe.ts'
import { DayView, everywhere, type Questions, questions, type Span } from './day-view.ts'
import type { Found, Shelf } from './shelf.ts'

export interface HistoryQuery {
  /** A bare address, or a full one for one device. */
  readonly with?: string
  /** Entries that do not pass are left out, however many have to be looked at for that. */
  readonly passes?: (entry: Found) => boolean
  /** Milliseconds since 1970, both included. */
  readonly start?: number
  readonly end?: number
  /** Numbers of messages, both excluded. */
  readonly after?: number
  readonly before?: number
  /** These messages and no others. */
  readonly only?: readonly number[]
  /** These must be there, too. */
  readonly exist?: readonly number[]
  readonly limit: number
  /** The page ends with the message that brings it to so many characters. */
  readonly characters?: number
  /** From the end of what fits; the page is in order all the same. */
  readonly backwards: boolean
}

/** Entries in the order in which they came; `complete` if nothing lies beyond them in the direction of the query. */
export interface HistoryPage<E> {
  readonly entries: readonly E[]
  readonly complete: boolean
}

export interface HistoryParts<E extends Found> {
  readonly db: Database
  readonly shelf: Shelf<E>
}

interface Position {
  readonly day: Day
  readonly place: number
}

/** Ends of pages whose places are remembered, so that the next page need not search for them. */
const maxPositions = 20_000
/** Rows read at once: the largest stanzas of so many may be in memory for one reader. */
const atOnce = 51

export class History<E extends Found> {
  readonly #parts: HistoryParts<E>
  readonly #questions: Questions
  readonly #daysOf: string
  readonly #positions = new Map<string, Position>()

  constructor(parts: HistoryParts<E>) {
    this.#parts = parts
    const { shelf } = parts
    this.#questions = questions(shelf)
    this.#daysOf = `SELECT day FROM ${shelf.days} WHERE ${shelf.owner} = ? ORDER BY day`
  }

  /** A page. 'not found': the archive has none, or no longer, of a message that the query names. */
  async page(owner: number, query: HistoryQuery): Promise<HistoryPage<E> | 'not found'> {
    await this.#settled()
    const days = await this.#days(owner)
    const span = await this.#span(owner, days, query)
    if (span === 'not found') return span
    if (query.only !== undefined) return this.#these(owner, days, span, query, query.only)
    const concerned = days.filter(day => day >= span.from && day <= span.to)
    return this.#cut(owner, await this.#collect(owner, concerned, span, query), query)
  }

  /** The first and the last message; undefined if there is none. */
  async edges(owner: number): Promise<{ readonly first: E; readonly last: E } | undefined> {
    await this.#settled()
    const days = await this.#days(owner)
    const [first] = await this.#collect(owner, days, everywhere, { limit: 0, backwards: false })
    const [last] = await this.#collect(owner, days, everywhere, { limit: 0, backwards: true })
    return first && last && { first, last }
  }

  /** The owner is gone: nothing of it stays in memory. */
  forget(owner: number): void {
    for (const key of this.#positions.keys()) if (key.startsWith(`${owner} `)) this.#positions.delete(key)
  }

  /** What its owner has sent or was handed before is there to be read. */
  #settled(): Promise<void> {
    return new Promise(resolve => this.#parts.db.afterCommit(resolve))
  }

  async #days(owner: number): Promise<Day[]> {
    const there = new Set(this.#parts.db.partitions(this.#parts.shelf.family))
    const rows = await this.#parts.db.all(this.#daysOf, [owner])
    return rows.map(row => String(row.day)).filter(day => there.has(day))
  }

  #view(owner: number, day: Day): Promise<DayView<E>> {
    const { db, shelf } = this.#parts
    return DayView.open(shelf, this.#questions, owner, db.partition(shelf.family, day))
  }

  /** Where the entries can lie that the query wants: places, and days. */
  async #span(
    owner: number,
    days: readonly Day[],
    query: HistoryQuery,
  ): Promise<(Span & { readonly from: Day; readonly to: Day }) | 'not found'> {
    for (const seq of query.exist ?? []) {
      if ((await this.#locate(owner, days, seq)) === undefined) return 'not found'
    }
    let { after, before } = everywhere
    let from = ''
    let to = '9'
    if (query.after !== undefined) {
      const position = await this.#locate(owner, days, query.after)
      if (position === undefined) return 'not found'
      after = position.place
      from = position.day
    }
    if (query.before !== undefined) {
      const position = await this.#locate(owner, days, query.before)
      if (position === undefined) return 'not found'
      before = position.place
      to = position.day
    }
    const { start, end } = query
    if (start !== undefined) {
      const day = dayOf(start)
      if (day > from) from = day
      const there = days.includes(day)
      const first = there ? await this.#bisect(owner, day, entry => entry.time >= start) : undefined
      if (first !== undefined) after = Math.max(after, first.place - 1)
      else if (there && from === day) from = `${day}, over`
    }
    if (end !== undefined) {
      const day = dayOf(end)
      if (day < to) to = day
      const beyond = days.includes(day) ? await this.#bisect(owner, day, entry => entry.time > end) : undefined
      if (beyond !== undefined) before = Math.min(before, beyond.place)
    }
    return { after, before, from, to }
  }

  async #bisect(owner: number, day: Day, passes: (entry: E) => boolean): Promise<E | undefined> {
    return (await this.#view(owner, day)).bisect(passes)
  }

  /** One entry more than the limit, if there is one, so that it is known whether there is more. */
  async #collect(owner: number, days: readonly Day[], span: Span, query: HistoryQuery): Promise<E[]> {
    const { limit, backwards } = query
    const contact = query.with?.split('/', 1)[0]
    const found: E[] = []
    let room = query.characters ?? Number.POSITIVE_INFINITY
    let begun = performance.now()
    for (const day of backwards ? days.toReversed() : days) {
      const view = await this.#view(owner, day)
      if (!view.readable) continue
      let { after, before } = span
      for (;;) {
        const wanted = Math.min(limit + 1 - found.length, atOnce)
        const rows = await view.rows({ after, before }, wanted, backwards, contact)
        for (const row of rows) {
          const entry = view.read(row)
          if (entry === undefined || !fits(entry, query)) continue
          found.push(entry)
          // One more than fits tells that there is more.
          if (found.length > limit || (room <= 0 && found.length > 1)) return found
          room -= entry.text.length
        }
        if (rows.length < wanted) break
        const last = Number(rows.at(-1)?.place)
        if (backwards) before = last
        else after = last
        begun = await breathe(begun)
      }
      begun = await breathe(begun)
    }
    return found
  }

  /** The entries of certain messages, which all have to be there. */
  async #these(
    owner: number,
    days: readonly Day[],
    span: Span,
    query: HistoryQuery,
    seqs: readonly number[],
  ): Promise<HistoryPage<E> | 'not found'> {
    const found: E[] = []
    for (const seq of new Set(seqs)) {
      const position = await this.#locate(owner, days, seq)
      if (position === undefined) return 'not found'
      const { place, day } = position
      const entry = await (await this.#view(owner, day)).edge({ after: place - 1, before: place + 1 })
      if (entry !== undefined && place > span.after && place < span.before && fits(entry, query)) found.push(entry)
    }
    found.sort((one, other) => (query.backwards ? other.place - one.place : one.place - other.place))
    return this.#cut(owner, found, query)
  }

  #cut(owner: number, found: readonly E[], { limit, backwards, characters }: HistoryQuery): HistoryPage<E> {
    const fitting = Math.min(limit, whatFits(found, characters))
    const page = found.slice(0, fitting)
    if (backwards) page.reverse()
    for (const end of [page[0], page.at(-1)]) if (end !== undefined) this.#remember(owner, end)
    return { entries: page, complete: found.length <= fitting }
  }

  /** Where the message of that number lies. */
  async #locate(owner: number, days: readonly Day[], seq: number): Promise<Position | undefined> {
    const known = this.#positions.get(keyOf(owner, seq))
    if (known !== undefined && days.includes(known.day)) return known
    let low = 0
    let high = days.length - 1
    let candidate: Day | undefined
    while (low <= high) {
      const middle = low + Math.floor((high - low) / 2)
      const first = await this.#firstFrom(owner, days.slice(middle, high + 1))
      if (first === undefined || first.seq > seq) high = middle - 1
      else {
        candidate = first.day
        low = days.indexOf(first.day) + 1
      }
    }
    if (candidate === undefined) return undefined
    const entry = await this.#bisect(owner, candidate, other => other.seq >= seq)
    if (entry?.seq !== seq) return undefined
    this.#remember(owner, entry)
    return entry
  }

  /** The first entry that can be read on any of these days. */
  async #firstFrom(owner: number, days: readonly Day[]): Promise<E | undefined> {
    const [first] = await this.#collect(owner, days, everywhere, { limit: 0, backwards: false })
    return first
  }

  #remember(owner: number, { seq, day, place }: E): void {
    const key = keyOf(owner, seq)
    this.#positions.delete(key)
    this.#positions.set(key, { day, place })
    if (this.#positions.size <= maxPositions) return
    const [oldest] = this.#positions.keys()
    if (oldest !== undefined) this.#positions.delete(oldest)
  }
}

/** How many entries there are up to the one that brings them to so many characters. */
function whatFits(entries: readonly Found[], characters = Number.POSITIVE_INFINITY): number {
  let room = characters
  const last = entries.findIndex(({ text }) => {
    room -= text.length
    return room <= 0
  })
  return last < 0 ? entries.length : last + 1
}

function keyOf(owner: number, seq: number): string {
  return `${owner} ${seq}`
}

function fits(entry: Found, { start, end, with: contact, passes }: HistoryQuery): boolean {
  const { time, peer } = entry
  if (passes?.(entry) === false) return false
  if (start !== undefined && time < start) return false
  if (end !== undefined && time > end) return false
  return contact === undefined || peer === contact || (!contact.includes('/') && peer.startsWith(`${contact}/`))
}
