/**
 * The messages of accounts: one copy of each for the account that sent it and one for the account it is for, sealed for
 * them, in a file for each day. The same copy waits for the devices of its reader and serves as their history.
 *
 * Outside the seal stands a place in the order of one account and nothing that another account's entries have in common
 * with it. What clients call the id of a message, the number behind it, is inside, as are time and contact.
 */

import { type Day, dayOf } from '../privacy/day.ts'
import type { PublicSeal } from '../seals/epochs.ts'
import type { Keyring } from '../seals/keyring.ts'
import type { Database } from '../storage/database.ts'
import { encodeBody } from './body.ts'
import { Earlier, type EarlierParts } from './earlier.ts'
import { accountShelf, type Entry, EpochReader, type Seals } from './epoch-reader.ts'
import { History } from './history.ts'
import { PresentDay } from './present-day.ts'
import { purgeHistory } from './purge.ts'
import { firstOrderedPlace, firstPlaceOfRun } from './runs.ts'
import { Standings } from './standings.ts'
import { archiveFamily } from './tables.ts'

/** Whose archive it is, and what it is sealed to. */
export interface Owner {
  readonly id: number
  readonly seal: PublicSeal
}

/** A message to be kept. */
export interface NewEntry {
  readonly owner: Owner
  /** The number behind its stanza-id; above that of every entry before. */
  readonly seq: number
  /** The address at the other end, with its resource; `contact` without. */
  readonly peer: string
  readonly contact: string
  readonly text: string
  /** The owner sent it. */
  readonly sent: boolean
  /** It has to be delivered to a device of the owner. */
  readonly waiting: boolean
  /** It stays once it is delivered. */
  readonly archived: boolean
}

/** What has to be known of an entry to end its waiting. */
export interface Kept {
  readonly account: number
  readonly day: Day
  readonly place: number
  /** Size of the stanza. */
  readonly bytes: number
  readonly archived: boolean
}

/** An entry that waits for a device, opened. */
export interface Waiting extends Kept, Entry {}

export interface ArchiveLimits {
  /** Of what may wait for one account. */
  readonly messages: number
  readonly bytes: number
}

export interface ArchiveParts {
  readonly db: Database
  readonly seals: Seals & Pick<Keyring, 'epochFor'>
  readonly limits: ArchiveLimits
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** An entry does not open although its key is there: it was changed on the disk. Says nothing about whose it is. */
  readonly corrupt: () => void
}

const RUNS = 'archive runs'

const INSERT_ENTRY = 'INSERT INTO entries (account, place, epoch, tag, archived, body) VALUES (?, ?, ?, ?, ?, ?)'
const INSERT_WAITING = 'INSERT INTO waiting (account, place, bytes) VALUES (?, ?, ?)'
const INSERT_EPOCH = 'INSERT INTO epochs (account, epoch, generation, sealed) VALUES (?, ?, ?, ?)'
// Joined to the account, so that nothing can be kept for one that is being erased.
const INSERT_DAY = `INSERT INTO archive_days (account, day) SELECT id, ? FROM accounts WHERE id = ?
  ON CONFLICT (account, day) DO NOTHING`
const DELETE_WAITING = 'DELETE FROM waiting WHERE account = ? AND place = ?'
const DELETE_ENTRY = 'DELETE FROM entries WHERE account = ? AND place = ?'
const LIST_WAITING = `SELECT e.place, e.epoch, e.archived, e.body, w.bytes FROM waiting w
  JOIN entries e ON e.account = w.account AND e.place = w.place
  WHERE w.account = ? AND w.place > ? ORDER BY w.place LIMIT ?`

const WAITING_BETWEEN = 'SELECT place, bytes FROM waiting WHERE account = ? AND place BETWEEN ? AND ?'

/** Rows of `archive_days` erased in one step of an expiry. */
const EXPIRE_AT_ONCE = 500

const noTag = new Uint8Array()

/** What is in memory of an account that got or sent something since the start. */
class Writing {
  /** The next place. */
  place: number
  /** The day that `archive_days` has been told of. */
  day: Day | undefined
  epoch = 0
  /** Of that epoch, by contact. */
  readonly tags = new Map<string, Uint8Array>()

  constructor(place: number) {
    this.place = place
  }
}

/** Tags that are remembered for one account. */
const maxTags = 64

export class Archive {
  readonly history: History<Entry>
  readonly #parts: ArchiveParts
  readonly #standings: Standings
  readonly #writing = new Map<number, Writing>()
  readonly #gone = new Set<number>()
  readonly #firstPlace: number
  readonly #ordered: number
  readonly #days: Set<Day>
  readonly #present: PresentDay
  /** The number of the last message. */
  #last = -1

  private constructor(parts: ArchiveParts, standings: Standings, firstPlace: number, ordered: number) {
    this.#parts = parts
    this.#standings = standings
    this.#firstPlace = firstPlace
    this.#ordered = ordered
    this.#days = new Set(parts.db.partitions(archiveFamily))
    this.#present = new PresentDay(parts.db, archiveFamily, parts.now)
    this.history = new History({ db: parts.db, shelf: accountShelf(parts) })
  }

  /** Reads what waits for whom. `corrupt` entries are left alone. */
  static async open(parts: ArchiveParts): Promise<Archive> {
    const { db } = parts
    const firstPlace = await firstPlaceOfRun(db, RUNS)
    return new Archive(parts, await Standings.read(db), firstPlace, await firstOrderedPlace(db, firstPlace))
  }

  /**
   * Keeps a message with the next commit. 'full': too much waits for the account, nothing was kept. 'gone': the account is
   * being erased. Throws a `StorageError` when the store cannot take more.
   */
  append({ owner, seq, peer, contact, text, sent, waiting, archived }: NewEntry): Kept | 'full' | 'gone' {
    const { seals, limits, db } = this.#parts
    const account = owner.id
    if (this.#gone.has(account)) return 'gone'
    const standing = waiting ? this.#standings.of(account) : undefined
    if (standing && (standing.messages >= limits.messages || standing.bytes + text.length > limits.bytes)) return 'full'
    // Both sides of a message have it from the same moment.
    const time = seq === this.#last ? this.#present.time : this.#present.tick()
    const partition = this.#present.partition(time)
    const { day } = partition
    this.#days.add(day)
    let writing = this.#writing.get(account)
    if (writing === undefined) {
      writing = new Writing(this.#firstPlace)
      this.#writing.set(account, writing)
    }
    const epoch = seals.epochFor(account, owner.seal, day)
    const { place } = writing
    const body = epoch.key.seal(place, encodeBody({ seq, time, peer, sent, text, retracted: false }))
    if (writing.epoch !== epoch.id) {
      writing.epoch = epoch.id
      writing.tags.clear()
    }
    let tag: Uint8Array = noTag
    if (archived) {
      tag = writing.tags.get(contact) ?? epoch.key.tag(contact)
      if (writing.tags.size >= maxTags) writing.tags.clear()
      writing.tags.set(contact, tag)
    }
    const values = [account, place, epoch.id, tag, archived ? 1 : 0, body]
    // The other side of the same message has been let in already.
    if (seq === this.#last) partition.join(INSERT_ENTRY, values)
    else partition.append(INSERT_ENTRY, values)
    this.#last = seq
    writing.place++
    const { fresh } = epoch
    if (fresh !== undefined) {
      partition.join(INSERT_EPOCH, [account, fresh.epoch, fresh.generation, fresh.sealed])
      epoch.stored()
    }
    if (writing.day !== day) {
      db.join(INSERT_DAY, [day, account])
      writing.day = day
    }
    const kept = { account, day, place, bytes: text.length, archived }
    if (standing) {
      partition.join(INSERT_WAITING, [account, place, text.length])
      this.#standings.add(standing, kept)
    }
    return kept
  }

  /** A device has it. Not hurried: a message may come again after a crash, which is better than not at all. */
  delivered({ account, day, place, bytes, archived }: Kept): void {
    this.#standings.remove(account, day, bytes)
    if (!this.#days.has(day) || this.#gone.has(account)) return
    const partition = this.#parts.db.partition(archiveFamily, day)
    partition.later(DELETE_WAITING, [account, place])
    if (!archived) partition.later(DELETE_ENTRY, [account, place])
  }

  /** Number and size of what waits for an account. */
  standing(account: number): { readonly messages: number; readonly bytes: number } {
    const { messages, bytes } = this.#standings.peek(account)
    return { messages, bytes }
  }

  /**
   * What waits for an account, oldest first, from after `place`: at most `limit` rows are looked at, and those that do not
   * open are left out. `next` is where to go on from; undefined at the end. Includes everything appended before the call.
   */
  async waiting(
    account: number,
    after: number,
    limit: number,
  ): Promise<{ found: Waiting[]; next: number | undefined }> {
    const { db } = this.#parts
    const standing = this.#standings.peek(account)
    if (standing.byDay.size === 0) return { found: [], next: undefined }
    // An empty unit resolves when everything submitted before it is on disk.
    await db.unit([])
    const found: Waiting[] = []
    let looked = 0
    let last = after
    for (const day of standing.days()) {
      const partition = db.partition(archiveFamily, day)
      const rows = await partition.all(LIST_WAITING, [account, after, limit - looked])
      if (rows.length === 0) {
        if (after === 0) this.#standings.nothingLeft(account, day)
        continue
      }
      const epochs = await EpochReader.open(this.#parts, account, partition)
      for (const row of rows) {
        last = Number(row.place)
        const entry = epochs.read(row)
        if (entry) found.push({ ...entry, account, bytes: Number(row.bytes), archived: row.archived === 1 })
      }
      looked += rows.length
      if (looked >= limit) return { found, next: last }
    }
    return { found, next: undefined }
  }

  /** Which of these entries of an account wait for a device, by their places. */
  async waitingAmong(account: number, entries: readonly Entry[]): Promise<ReadonlyMap<number, Kept>> {
    const found = new Map<number, Kept>()
    const { byDay, messages } = this.#standings.peek(account)
    if (messages <= 0) return found
    const { db } = this.#parts
    await db.unit([])
    for (const [day, some] of Map.groupBy(entries, entry => entry.day)) {
      if ((byDay.get(day)?.messages ?? 0) <= 0) continue
      const places = some.map(({ place }) => place)
      const rows = await db
        .partition(archiveFamily, day)
        .all(WAITING_BETWEEN, [account, Math.min(...places), Math.max(...places)])
      for (const row of rows) {
        const place = Number(row.place)
        found.set(place, { account, day, place, bytes: Number(row.bytes), archived: true })
      }
    }
    return found
  }

  /** Puts something else in the place of a message that its author has retracted; resolves when that is on disk. */
  async retract(account: number, entry: Entry, text: string): Promise<boolean> {
    if (this.#gone.has(account) || !this.#days.has(entry.day)) return false
    const partition = this.#parts.db.partition(archiveFamily, entry.day)
    const epochs = await EpochReader.open(this.#parts, account, partition)
    const body = epochs.seal(entry, encodeBody({ ...entry, text, retracted: true }))
    if (body === undefined) return false
    const changed = await partition.run('UPDATE entries SET body = ? WHERE account = ? AND place = ?', [
      body,
      account,
      entry.place,
    ])
    return changed > 0
  }

  /**
   * Erases the history of an account, or that of the days before `before`; what waits for a device stays.
   * Resolves with the number of messages.
   */
  async purge(account: number, before?: Day): Promise<number> {
    this.history.forget(account)
    const gone = await purgeHistory(this.#parts.db, account, { before, today: dayOf(this.#parts.now()) })
    this.history.forget(account)
    return gone
  }

  /** Begins to take in what an account has from before; undefined where nothing can be put before what is here. */
  earlier(owner: Owner): Promise<Earlier | undefined> {
    const { db, seals, now } = this.#parts
    const { history } = this
    const waits: EarlierParts['waits'] = entry => this.#standings.add(this.#standings.of(entry.account), entry)
    const isThere = (day: Day): void => void this.#days.add(day)
    const isGone = (account: number): boolean => this.#gone.has(account)
    return Earlier.begin({ db, seals, history, now, waits, isThere, isGone, ordered: this.#ordered }, owner)
  }

  /** The account is erased: nothing more is kept for it, and nothing of it stays in memory. */
  forget(account: number): void {
    this.#gone.add(account)
    this.#writing.delete(account)
    this.#standings.forget(account)
    this.history.forget(account)
  }

  /** The days of which there is anything. */
  async days(): Promise<readonly Day[]> {
    const { db } = this.#parts
    const named = await db.all('SELECT DISTINCT day FROM archive_days')
    return [...new Set([...db.partitions(archiveFamily), ...named.map(row => String(row.day))])].sort()
  }

  /** Removes everything of a day. */
  async drop(day: Day): Promise<void> {
    const { db } = this.#parts
    this.#days.delete(day)
    this.#present.forget(day)
    this.#standings.drop(day)
    // What is still on its way to the file would make it anew.
    await db.unit([])
    await db.dropPartition(archiveFamily, day)
    for (let gone = EXPIRE_AT_ONCE; gone >= EXPIRE_AT_ONCE; ) {
      gone = await db.run(
        `DELETE FROM archive_days WHERE day = ? AND account IN (SELECT account FROM archive_days WHERE day = ? LIMIT ${EXPIRE_AT_ONCE})`,
        [day, day],
      )
    }
  }
}
