/** Messages of before an account came here, brought along by its owner: they stand before everything else in its history. */

import { type Day, dayOf } from '../privacy/day.ts'
import type { Keyring } from '../seals/keyring.ts'
import type { Database, Step } from '../storage/database.ts'
import type { NewEntry, Owner } from './archive.ts'
import { encodeBody } from './body.ts'
import type { Entry, Seals } from './epoch-reader.ts'
import type { History } from './history.ts'
import { firstPlaces } from './runs.ts'
import { archiveFamily } from './tables.ts'

/** A message with a time of its own. */
export interface EarlierEntry extends Pick<NewEntry, 'peer' | 'contact' | 'sent' | 'waiting' | 'archived'> {
  /** Milliseconds since 1970. */
  readonly time: number
  /** The stanza, given the number behind its id. */
  text(seq: number): string
}

export interface EarlierParts {
  readonly db: Database
  readonly seals: Seals & Pick<Keyring, 'epochFor'>
  readonly history: History<Entry>
  /** An entry that waits is there, once it is on disk. */
  waits(entry: { readonly account: number; readonly day: Day; readonly bytes: number }): void
  /** There is something of that day, and nothing else may know of it yet. */
  isThere(day: Day): void
  isGone(account: number): boolean
  /** As `firstOrderedPlace`. */
  readonly ordered: number
  now(): number
}

/**
 * Places and message numbers that one import can use up. They lie below all that the service itself gives out
 * (`firstPlaces`), and each import begins below the one before, so that time, place and number have one order, which is
 * what the history goes by.
 */
const placesPerImport = 2 ** 20
export const mostEarlier = placesPerImport - 1

/** Messages sealed and handed to the store in one step. */
const atOnce = 200

const INSERT_ENTRY = 'INSERT INTO entries (account, place, epoch, tag, archived, body) VALUES (?, ?, ?, ?, ?, ?)'
const INSERT_WAITING = 'INSERT INTO waiting (account, place, bytes) VALUES (?, ?, ?)'
const INSERT_EPOCH = 'INSERT INTO epochs (account, epoch, generation, sealed) VALUES (?, ?, ?, ?)'
const INSERT_DAY = `INSERT INTO archive_days (account, day) SELECT id, ? FROM accounts WHERE id = ?
  ON CONFLICT (account, day) DO NOTHING`

const LEAST = 'SELECT MIN(place) AS place FROM entries WHERE account = ?'
const UNORDERED = 'SELECT place FROM entries WHERE account = ? AND place >= ? AND place < ? LIMIT 1'

const noTag = new Uint8Array()

/** One import into one account; there must not be two at a time. */
export class Earlier {
  /** Messages have to be from before this moment, in milliseconds since 1970. */
  readonly before: number
  readonly #parts: EarlierParts
  readonly #owner: Owner
  #place: number
  readonly #end: number

  private constructor(parts: EarlierParts, owner: Owner, before: number, place: number) {
    this.#parts = parts
    this.#owner = owner
    this.before = before
    this.#place = place
    this.#end = place + mostEarlier
  }

  /** Undefined where there were too many imports already, or entries are there whose numbers may be lower than these. */
  static async begin(parts: EarlierParts, owner: Owner): Promise<Earlier | undefined> {
    const { db, history } = parts
    await db.unit([])
    const rows = await db.all('SELECT day FROM archive_days WHERE account = ? ORDER BY day', [owner.id])
    const there = new Set(db.partitions(archiveFamily))
    const days = rows.map(({ day }) => String(day)).filter(day => there.has(day))
    let least = firstPlaces
    for (const day of days) {
      const partition = db.partition(archiveFamily, day)
      if ((await partition.get(UNORDERED, [owner.id, firstPlaces, parts.ordered])) !== undefined) return undefined
      const row = await partition.get(LEAST, [owner.id])
      if (row?.place != null) least = Math.min(least, Number(row.place))
    }
    const beginning = Math.floor(least / placesPerImport) * placesPerImport - placesPerImport
    if (beginning < 0) return undefined
    const first = (await history.edges(owner.id))?.first
    const [day] = days
    // What does not open is of that day, and nobody can tell at what hour.
    const before = day === undefined ? parts.now() : first?.day === day ? first.time : Date.parse(day)
    return new Earlier(parts, owner, Math.min(before, parts.now()), beginning + 1)
  }

  /** How many messages there is still room for. */
  get room(): number {
    return this.#end - this.#place
  }

  /**
   * Adds the messages of one day, oldest first; days have to come in their order. Resolves when they are on disk, with how
   * many there was room for.
   */
  async add(day: Day, entries: readonly EarlierEntry[]): Promise<number> {
    const { db } = this.#parts
    const fitting = entries.slice(0, this.room)
    // What nobody knows of would not be found. Said again afterwards, for its owner may have emptied the history meanwhile.
    const note = () => db.run(INSERT_DAY, [day, this.#owner.id])
    if (fitting.length > 0) await note()
    for (let at = 0; at < fitting.length; at += atOnce) {
      if (this.#parts.isGone(this.#owner.id)) return at
      await this.#write(day, fitting.slice(at, at + atOnce))
    }
    if (fitting.length > 0) await note()
    return fitting.length
  }

  async #write(day: Day, entries: readonly EarlierEntry[]): Promise<void> {
    const { db, seals } = this.#parts
    const account = this.#owner.id
    const epoch = seals.epochFor(account, this.#owner.seal, day)
    const steps: Step[] = []
    const { fresh } = epoch
    if (fresh !== undefined) steps.push([INSERT_EPOCH, [account, fresh.epoch, fresh.generation, fresh.sealed]])
    const tags = new Map<string, Uint8Array>()
    const waiting: { account: number; day: Day; bytes: number }[] = []
    for (const { time, peer, contact, text: textOf, sent, waiting: waits, archived } of entries) {
      if (dayOf(time) !== day) throw new Error('A message was brought along under a day that is not its own.')
      const place = this.#place++
      const text = textOf(place)
      const tag = archived ? (tags.get(contact) ?? epoch.key.tag(contact)) : noTag
      if (archived) tags.set(contact, tag)
      const body = epoch.key.seal(place, encodeBody({ seq: place, time, peer, sent, text, retracted: false }))
      steps.push([INSERT_ENTRY, [account, place, epoch.id, tag, archived ? 1 : 0, body]])
      if (!waits) continue
      steps.push([INSERT_WAITING, [account, place, text.length]])
      waiting.push({ account, day, bytes: text.length })
    }
    this.#parts.isThere(day)
    const written = db.partition(archiveFamily, day).unit(steps)
    epoch.stored()
    await written
    for (const one of waiting) this.#parts.waits(one)
  }
}
