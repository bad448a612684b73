/** The end of an author: what they said in any room here opens no longer. */

import type { Day } from '../privacy/day.ts'
import { authorTag, hiddenAuthor } from '../seals/author-key.ts'
import type { DataKeys } from '../seals/data-keys.ts'
import type { RoomKeys } from '../seals/vault.ts'
import type { Database } from '../storage/database.ts'
import { breathe } from './breathe.ts'
import { roomFamily } from './room-tables.ts'

export interface RoomAuthorsParts {
  readonly db: Database
  readonly rooms: Pick<DataKeys<RoomKeys>, 'keys'>
}

/** Keys of somebody in one room on one day. */
export interface Theirs {
  readonly room: number
  readonly keys: RoomKeys
  readonly tag: Buffer
  readonly authors: ReadonlySet<number>
}

const ROOMS = 'SELECT DISTINCT room FROM room_authors'
const THEIRS = 'SELECT author FROM room_authors WHERE room = ? AND tag = ?'
const ENTRIES = 'SELECT place, author FROM room_entries WHERE room = ? AND place > ? ORDER BY place LIMIT ?'
/** Entries that are looked at in one go. */
const portion = 2_000
const ERASE = 'DELETE FROM room_authors WHERE room = ? AND tag = ?'

/** People of whom it is remembered how far their wish was seen to. */
const maxRemembered = 20_000

export class RoomAuthors {
  readonly #parts: RoomAuthorsParts
  readonly #erased = new Set<string>()
  readonly #watchers: ((person: string) => void)[] = []
  /** Up to which day the words of somebody were erased since the start. */
  readonly #before = new Map<string, Day>()

  constructor(parts: RoomAuthorsParts) {
    this.#parts = parts
  }

  /** Nothing is kept of what they say any more: what would come late would stay. */
  isErased(person: string): boolean {
    return this.#erased.has(person)
  }

  /** `told` runs as soon as somebody is to be erased: what is in memory of them has to go. */
  watch(told: (person: string) => void): void {
    this.#watchers.push(told)
  }

  /**
   * Destroys the keys of all that somebody said, by the bare address: when resolved, they have left the write-ahead logs too,
   * and unused parts of files are being overwritten. Resolves with the number of keys.
   */
  async erase(person: string): Promise<number> {
    const { db } = this.#parts
    this.#erased.add(person)
    for (const told of this.#watchers) told(person)
    // What is on its way is erased, too.
    await db.unit([])
    let count = 0
    for (const day of db.partitions(roomFamily)) count += await this.#eraseOn(day, person)
    return count
  }

  /** Destroys the keys of what somebody said before a day: they want it to go sooner than usual. Resolves with the number of keys. */
  async eraseBefore(person: string, day: Day): Promise<number> {
    const { db } = this.#parts
    const done = this.#before.get(person) ?? ''
    await db.unit([])
    let count = 0
    for (const other of db.partitions(roomFamily)) {
      if (other >= done && other < day) count += await this.#eraseOn(other, person)
    }
    if (this.#before.size >= maxRemembered) this.#before.clear()
    this.#before.set(person, day)
    return count
  }

  /**
   * The same for somebody who may go on speaking: a person of another service, at their wish. What comes while that is being
   * done is refused.
   */
  async eraseSoFar(person: string): Promise<number> {
    try {
      return await this.erase(person)
    } finally {
      this.#erased.delete(person)
    }
  }

  /** How many messages of somebody are kept in the rooms here. Looks at all that was said there where they spoke. */
  async count(person: string): Promise<number> {
    let count = 0
    for (const day of this.#parts.db.partitions(roomFamily)) {
      for (const theirs of await this.roomsOf(day, person)) count += await this.#countIn(day, theirs)
    }
    return count
  }

  async #countIn(day: string, { room, keys, authors }: Theirs): Promise<number> {
    const partition = this.#parts.db.partition(roomFamily, day)
    let count = 0
    let begun = performance.now()
    for (let after = -1; ; ) {
      const rows = await partition.all(ENTRIES, [room, after, portion])
      for (const row of rows) {
        after = Number(row.place)
        const author = hiddenAuthor(keys, after, row.author as Uint8Array)
        if (author !== undefined && authors.has(author)) count++
      }
      if (rows.length < portion) return count
      begun = await breathe(begun)
    }
  }

  async #eraseOn(day: string, person: string): Promise<number> {
    const theirs = await this.roomsOf(day, person)
    if (theirs.length === 0) return 0
    const partition = this.#parts.db.partition(roomFamily, day)
    // Said beforehand too, so that it is known to be due if the process ends between the rows and what is left of them.
    await partition.erasePages()
    const counts = await partition.unit(theirs.map(({ room, tag }) => [ERASE, [room, tag]]))
    await partition.erasePages()
    return counts.reduce((sum, count) => sum + count, 0)
  }

  /** In which rooms somebody spoke on a day, and with which keys. */
  async roomsOf(day: string, person: string): Promise<readonly Theirs[]> {
    const { db, rooms } = this.#parts
    const partition = db.partition(roomFamily, day)
    const found: Theirs[] = []
    let begun = performance.now()
    for (const row of await partition.all(ROOMS)) {
      const room = Number(row.room)
      const keys = rooms.keys(room)
      if (keys === undefined) continue
      const tag = authorTag(keys, day, person)
      const authors = await partition.all(THEIRS, [room, tag])
      if (authors.length > 0) found.push({ room, keys, tag, authors: new Set(authors.map(one => Number(one.author))) })
      begun = await breathe(begun)
    }
    return found
  }
}
