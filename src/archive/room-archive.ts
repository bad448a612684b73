/**
 * What is said in rooms: one copy of each message, sealed with a key of its author's, in a file for each day. See
 * docs/decisions/0025-room-archive.md.
 */

import type { Day } from '../privacy/day.ts'
import { eraseRows } from '../privacy/erase.ts'
import { type AuthorKey, authorTag, freshAuthor, hideAuthor } from '../seals/author-key.ts'
import type { Database } from '../storage/database.ts'
import { encodeBody } from './body.ts'
import { History } from './history.ts'
import { PresentDay } from './present-day.ts'
import type { RoomAuthors } from './room-authors.ts'
import { type RoomEntry, RoomReader, type RoomReaderParts, roomShelf } from './room-reader.ts'
import { roomArchiveTables, roomFamily } from './room-tables.ts'
import { firstPlaceOfRun } from './runs.ts'

/** A message to be kept. */
export interface NewWords {
  readonly room: number
  /** The number behind its stanza-id; above that of every entry before. */
  readonly seq: number
  /** The author's bare address. */
  readonly author: string
  /** The author's account, if it is one of ours. */
  readonly account: number | undefined
  /** The room shows real addresses to everybody. */
  readonly openly: boolean
  readonly text: string
}

export interface RoomArchiveParts extends RoomReaderParts {
  readonly db: Database
  readonly authors: RoomAuthors
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A key in use, and whose it is. */
interface Writer {
  readonly room: number
  readonly day: Day
  readonly author: number
  readonly key: AuthorKey
}

/** What is in memory of a room in which something was said since the start. */
interface Writing {
  place: number
  /** The day that `room_days` has been told of. */
  day: Day | undefined
}

const INSERT_ENTRY = 'INSERT INTO room_entries (room, place, author, body) VALUES (?, ?, ?, ?)'
const INSERT_AUTHOR = 'INSERT INTO room_authors (room, author, tag, sealed) VALUES (?, ?, ?, ?)'
const INSERT_DAY = 'INSERT INTO room_days (room, day) VALUES (?, ?) ON CONFLICT (room, day) DO NOTHING'
const REPLACE = 'UPDATE room_entries SET body = ? WHERE room = ? AND place = ?'
const DAYS_OF = 'SELECT day FROM room_days WHERE room = ?'
const ROOMS = 'SELECT DISTINCT room FROM room_days'

const RUNS = 'room archive runs'
/** Authors whose keys are in memory. They do not leave it with somebody's going, which would show in the rows. */
const maxWriters = 20_000
/** Rows of `room_days` erased in one step of an expiry. */
const EXPIRE_AT_ONCE = 500

export class RoomArchive {
  readonly history: History<RoomEntry>
  readonly #parts: RoomArchiveParts
  readonly #firstPlace: number
  readonly #writing = new Map<number, Writing>()
  /** By room and address, in the order of use. */
  readonly #writers = new Map<string, Writer>()
  readonly #gone = new Set<number>()
  readonly #present: PresentDay

  private constructor(parts: RoomArchiveParts, firstPlace: number) {
    this.#parts = parts
    this.#firstPlace = firstPlace
    this.#present = new PresentDay(parts.db, roomFamily, parts.now)
    this.history = new History({ db: parts.db, shelf: roomShelf(parts) })
    parts.authors.watch(person => this.#forgetAuthor(person))
  }

  static async open(parts: RoomArchiveParts): Promise<RoomArchive> {
    return new RoomArchive(parts, await firstPlaceOfRun(parts.db, RUNS))
  }

  /**
   * Keeps a message with the next commit. 'gone': the room or its author is being erased, nothing was kept. Throws a
   * `StorageError` when the store cannot take more.
   */
  append({ room, seq, author, account, openly, text }: NewWords): 'kept' | 'gone' {
    const { db, seals, authors } = this.#parts
    if (this.#gone.has(room) || authors.isErased(author)) return 'gone'
    const keys = seals.room(room)
    const words = account === undefined ? undefined : seals.words(account)
    if (keys === undefined || (account !== undefined && words === undefined)) return 'gone'
    const time = this.#present.tick()
    const partition = this.#present.partition(time)
    const { day } = partition
    const name = `${room} ${author}`
    let writer = this.#writers.get(name)
    let row: readonly [number, number, Buffer, Buffer] | undefined
    if (writer?.day !== day) {
      const fresh = freshAuthor(
        room,
        keys,
        account === undefined || words === undefined ? undefined : { account, words },
      )
      row = [room, fresh.author, authorTag(keys, day, author), fresh.sealed]
      writer?.key.wipe()
      writer = { room, day, author: fresh.author, key: fresh.key }
    }
    const writing = this.#writingIn(room)
    const { place } = writing
    const body = writer.key.seal(place, encodeBody({ seq, time, peer: author, sent: openly, text, retracted: false }))
    partition.append(INSERT_ENTRY, [room, place, hideAuthor(keys, place, writer.author), body])
    if (row !== undefined) partition.join(INSERT_AUTHOR, row)
    if (writing.day !== day) {
      db.join(INSERT_DAY, [room, day])
      writing.day = day
    }
    writing.place++
    this.#use(name, writer)
    return 'kept'
  }

  /** Puts something else in the place of an entry; resolves with whether it was there when that is on disk. */
  async replace(room: number, entry: RoomEntry, text: string): Promise<boolean> {
    const { db } = this.#parts
    if (this.#gone.has(room) || !db.partitions(roomFamily).includes(entry.day)) return false
    const partition = db.partition(roomFamily, entry.day)
    const reader = await RoomReader.open(this.#parts, room, partition)
    const body = reader.seal(entry, encodeBody({ ...entry, text, retracted: true }))
    if (body === undefined) return false
    return (await partition.run(REPLACE, [body, room, entry.place])) > 0
  }

  /** Erases everything that was said in a room. */
  async destroy(room: number): Promise<void> {
    const { db } = this.#parts
    this.#gone.add(room)
    this.#writing.delete(room)
    this.history.forget(room)
    for (const [name, writer] of this.#writers) if (writer.room === room) this.#dismiss(name, writer)
    // What is on its way is erased, too.
    await db.unit([])
    const there = new Set(db.partitions(roomFamily))
    for (const { day } of await db.all(DAYS_OF, [room])) {
      if (!there.has(String(day))) continue
      const partition = db.partition(roomFamily, String(day))
      await partition.erasePages()
      for (const table of roomArchiveTables) {
        if (table.facts.partition !== undefined) await eraseRows(partition, table, 'room', room)
      }
      await partition.erasePages()
    }
    await db.run('DELETE FROM room_days WHERE room = ?', [room])
  }

  /** Rooms in which something was said that is still kept. */
  async rooms(): Promise<number[]> {
    return (await this.#parts.db.all(ROOMS)).map(row => Number(row.room))
  }

  /** The days of which there is anything. */
  async days(): Promise<readonly Day[]> {
    const { db } = this.#parts
    const named = await db.all('SELECT DISTINCT day FROM room_days')
    return [...new Set([...db.partitions(roomFamily), ...named.map(row => String(row.day))])].sort()
  }

  /** Removes everything of a day. */
  async drop(day: Day): Promise<void> {
    const { db } = this.#parts
    this.#present.forget(day)
    for (const writing of this.#writing.values()) if (writing.day === day) writing.day = undefined
    for (const [name, writer] of this.#writers) if (writer.day === day) this.#dismiss(name, writer)
    // What is still on its way to the file would make it anew.
    await db.unit([])
    await db.dropPartition(roomFamily, day)
    for (let gone = EXPIRE_AT_ONCE; gone >= EXPIRE_AT_ONCE; ) {
      gone = await db.run(
        `DELETE FROM room_days WHERE day = ? AND room IN (SELECT room FROM room_days WHERE day = ? LIMIT ${EXPIRE_AT_ONCE})`,
        [day, day],
      )
    }
  }

  close(): void {
    for (const [name, writer] of this.#writers) this.#dismiss(name, writer)
  }

  /** Somebody is erased: nothing of them stays in memory. */
  #forgetAuthor(person: string): void {
    for (const [name, writer] of this.#writers) if (name === `${writer.room} ${person}`) this.#dismiss(name, writer)
  }

  #writingIn(room: number): Writing {
    let writing = this.#writing.get(room)
    if (writing === undefined) {
      writing = { place: this.#firstPlace, day: undefined }
      this.#writing.set(room, writing)
    }
    return writing
  }

  #use(name: string, writer: Writer): void {
    this.#writers.delete(name)
    this.#writers.set(name, writer)
    if (this.#writers.size <= maxWriters) return
    const [oldest] = this.#writers
    if (oldest !== undefined) this.#dismiss(...oldest)
  }

  #dismiss(name: string, writer: Writer): void {
    writer.key.wipe()
    this.#writers.delete(name)
  }
}
