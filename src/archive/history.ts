/**
 * Reading an account's messages. They lie in the order in which they came, so a page begins where a place is, and what it
 * costs does not depend on how much there is: an id or a time becomes a place by binary search, a contact by its tags.
 */

import { type Day, dayOf } from '../privacy/day.ts'
import type { Database } from '../storage/database.ts'
import { breathe } from './breathe.ts'
import { DayView, everywhere, type Span } from './day-view.ts'
import type { Entry, EpochReaderParts } from './epoch-reader.ts'
import { archiveFamily } from './tables.ts'

export interface HistoryQuery {
  /** A bare address, or a full one for one device. */
  readonly with?: string
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
export interface HistoryPage {
  readonly entries: readonly Entry[]
  readonly complete: boolean
}

export interface HistoryParts extends EpochReaderParts {
  readonly db: Database
}

interface Position {
  readonly day: Day
  readonly place: number
}

const DAYS = 'SELECT day FROM archive_days WHERE account = ? ORDER BY day'
/** Ends of pages whose places are remembered, so that the next page need not search for them. */
const maxPositions = 20_000
/** Rows read at once: the largest stanzas of so many may be in memory for one reader. */
const atOnce = 51

export class History {
  readonly #parts: HistoryParts
  readonly #positions = new Map<string, Position>()

  constructor(parts: HistoryParts) {
    this.#parts = parts
  }

  /** A page. 'not found': the archive has none, or no longer, of a message that the query names. */
  async page(account: number, query: HistoryQuery): Promise<HistoryPage | 'not found'> {
    await this.#settled()
    const days = await this.#days(account)
    const span = await this.#span(account, days, query)
    if (span === 'not found') return span
    if (query.only !== undefined) return this.#these(account, days, span, query, query.only)
    const concerned = days.filter(day => day >= span.from && day <= span.to)
    return this.#cut(account, await this.#collect(account, concerned, span, query), query)
  }

  /** The first and the last message; undefined if there is none. */
  async edges(account: number): Promise<{ readonly first: Entry; readonly last: Entry } | undefined> {
    await this.#settled()
    const days = await this.#days(account)
    const [first] = await this.#collect(account, days, everywhere, { limit: 0, backwards: false })
    const [last] = await this.#collect(account, days, everywhere, { limit: 0, backwards: true })
    return first && last && { first, last }
  }

  /** The account is gone: nothing of it stays in memory. */
  forget(account: number): void {
    for (const key of this.#positions.keys()) if (key.startsWith(`${account} `)) this.#positions.delete(key)
  }

  /** What its owner has sent or was handed before is there to be read. */
  #settled(): Promise<void> {
    return new Promise(resolve => this.#parts.db.afterCommit(resolve))
  }

  async #days(account: number): Promise<Day[]> {
    const there = new Set(this.#parts.db.partitions(archiveFamily))
    const rows = await this.#parts.db.all(DAYS, [account])
    return rows.map(row => String(row.day)).filter(day => there.has(day))
  }

  #view(account: number, day: Day): Promise<DayView> {
    return DayView.open(this.#parts, account, this.#parts.db.partition(archiveFamily, day))
  }

  /** Where the entries can lie that the query wants: places, and days. */
  async #span(
    account: number,
    days: readonly Day[],
    query: HistoryQuery,
  ): Promise<(Span & { readonly from: Day; readonly to: Day }) | 'not found'> {
    for (const seq of query.exist ?? []) {
      if ((await this.#locate(account, days, seq)) === undefined) return 'not found'
    }
    let { after, before } = everywhere
    let from = ''
    let to = '9'
    if (query.after !== undefined) {
      const position = await this.#locate(account, days, query.after)
      if (position === undefined) return 'not found'
      after = position.place
      from = position.day
    }
    if (query.before !== undefined) {
      const position = await this.#locate(account, days, query.before)
      if (position === undefined) return 'not found'
      before = position.place
      to = position.day
    }
    const { start, end } = query
    if (start !== undefined) {
      const day = dayOf(start)
      if (day > from) from = day
      const there = days.includes(day)
      const first = there ? await this.#bisect(account, day, entry => entry.time >= start) : undefined
      if (first !== undefined) after = Math.max(after, first.place - 1)
      else if (there && from === day) from = `${day}, over`
    }
    if (end !== undefined) {
      const day = dayOf(end)
      if (day < to) to = day
      const beyond = days.includes(day) ? await this.#bisect(account, day, entry => entry.time > end) : undefined
      if (beyond !== undefined) before = Math.min(before, beyond.place)
    }
    return { after, before, from, to }
  }

  async #bisect(account: number, day: Day, passes: (entry: Entry) => boolean): Promise<Entry | undefined> {
    return (await this.#view(account, day)).bisect(passes)
  }

  /** One entry more than the limit, if there is one, so that it is known whether there is more. */
  async #collect(account: number, days: readonly Day[], span: Span, query: HistoryQuery): Promise<Entry[]> {
    const { limit, backwards } = query
    const contact = query.with?.split('/', 1)[0]
    const found: Entry[] = []
    let room = query.characters ?? Number.POSITIVE_INFINITY
    let begun = performance.now()
    for (const day of backwards ? days.toReversed() : days) {
      const view = await this.#view(account, day)
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
    account: number,
    days: readonly Day[],
    span: Span,
    query: HistoryQuery,
    seqs: readonly number[],
  ): Promise<HistoryPage | 'not found'> {
    const found: Entry[] = []
    for (const seq of new Set(seqs)) {
      const position = await this.#locate(account, days, seq)
      if (position === undefined) return 'not found'
      const { place, day } = position
      const entry = await (await this.#view(account, day)).edge({ after: place - 1, before: place + 1 })
      if (entry !== undefined && place > span.after && place < span.before && fits(entry, query)) found.push(entry)
    }
    found.sort((one, other) => (query.backwards ? other.place - one.place : one.place - other.place))
    return this.#cut(account, found, query)
  }

  #cut(account: number, found: readonly Entry[], { limit, backwards, characters }: HistoryQuery): HistoryPage {
    const fitting = Math.min(limit, whatFits(found, characters))
    const page = found.slice(0, fitting)
    if (backwards) page.reverse()
    for (const end of [page[0], page.at(-1)]) if (end !== undefined) this.#remember(account, end)
    return { entries: page, complete: found.length <= fitting }
  }

  /** Where the message of that number lies. */
  async #locate(account: number, days: readonly Day[], seq: number): Promise<Position | undefined> {
    const known = this.#positions.get(keyOf(account, seq))
    if (known !== undefined && days.includes(known.day)) return known
    let low = 0
    let high = days.length - 1
    let candidate: Day | undefined
    while (low <= high) {
      const middle = low + Math.floor((high - low) / 2)
      const first = await this.#firstFrom(account, days.slice(middle, high + 1))
      if (first === undefined || first.seq > seq) high = middle - 1
      else {
        candidate = first.day
        low = days.indexOf(first.day) + 1
      }
    }
    if (candidate === undefined) return undefined
    const entry = await this.#bisect(account, candidate, other => other.seq >= seq)
    if (entry?.seq !== seq) return undefined
    this.#remember(account, entry)
    return entry
  }

  /** The first entry that can be read on any of these days. */
  async #firstFrom(account: number, days: readonly Day[]): Promise<Entry | undefined> {
    const [first] = await this.#collect(account, days, everywhere, { limit: 0, backwards: false })
    return first
  }

  #remember(account: number, { seq, day, place }: Entry): void {
    const key = keyOf(account, seq)
    this.#positions.delete(key)
    this.#positions.set(key, { day, place })
    if (this.#positions.size <= maxPositions) return
    const [oldest] = this.#positions.keys()
    if (oldest !== undefined) this.#positions.delete(oldest)
  }
}

/** How many entries there are up to the one that brings them to so many characters. */
function whatFits(entries: readonly Entry[], characters = Number.POSITIVE_INFINITY): number {
  let room = characters
  const last = entries.findIndex(({ text }) => {
    room -= text.length
    return room <= 0
  })
  return last < 0 ? entries.length : last + 1
}

function keyOf(account: number, seq: number): string {
  return `${account} ${seq}`
}

function fits({ time, peer }: Entry, { start, end, with: contact }: HistoryQuery): boolean {
  if (start !== undefined && time < start) return false
  if (end !== undefined && time > end) return false
  return contact === undefined || peer === contact || (!contact.includes('/') && peer.startsWith(`${contact}/`))
}
