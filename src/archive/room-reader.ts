/** Opens what was said in one room on one day. */

import type { Day } from '../privacy/day.ts'
import { type AuthorKey, hiddenAuthor, openAuthor } from '../seals/author-key.ts'
import type { RoomKeys } from '../seals/vault.ts'
import type { Partition, Row } from '../storage/database.ts'
import { decodeBody } from './body.ts'
import { roomFamily } from './room-tables.ts'
import type { Found, RowReader, Shelf } from './shelf.ts'

/** An opened entry of a room. `peer` is its author's real address; `sent`: the room showed real addresses to everybody then. */
export interface RoomEntry extends Found {
  /** Names the key it is sealed with. */
  readonly author: number
}

/** What opens what is said in rooms. */
export interface RoomSeals {
  /** The keys of a room; undefined if it is gone. */
  room(room: number): RoomKeys | undefined
  /** `AccountKeys.words`; undefined if the account is gone. */
  words(account: number): Uint8Array | undefined
}

export interface RoomReaderParts {
  readonly seals: RoomSeals
  /** An entry does not open although its keys are there: it was changed on the disk. Says nothing about whose it is. */
  readonly corrupt: () => void
}

/** The entries of rooms. */
export function roomShelf(parts: RoomReaderParts): Shelf<RoomEntry> {
  return {
    family: roomFamily,
    days: 'room_days',
    entries: 'room_entries',
    owner: 'room',
    columns: ['author', 'body'],
    open: (room, partition) => RoomReader.open(parts, room, partition),
  }
}

const AUTHORS = 'SELECT author, sealed FROM room_authors WHERE room = ?'

export class RoomReader implements RowReader<RoomEntry> {
  readonly #parts: RoomReaderParts
  readonly #room: number
  readonly #day: Day
  readonly #sealed: ReadonlyMap<number, Uint8Array>
  readonly #keys = new Map<number, AuthorKey | 'gone'>()

  private constructor(parts: RoomReaderParts, room: number, day: Day, sealed: ReadonlyMap<number, Uint8Array>) {
    this.#parts = parts
    this.#room = room
    this.#day = day
    this.#sealed = sealed
  }

  static async open(parts: RoomReaderParts, room: number, partition: Partition): Promise<RoomReader> {
    const rows = await partition.all(AUTHORS, [room])
    const sealed = rows.map(row => [Number(row.author), row.sealed as Uint8Array] as const)
    return new RoomReader(parts, room, partition.day, new Map(sealed))
  }

  get readable(): boolean {
    return this.#parts.seals.room(this.#room) !== undefined
  }

  /** The entry in a row with `place`, `author` and `body`; undefined if it cannot be opened, or its author is erased. */
  read(row: Row): RoomEntry | undefined {
    const keys = this.#parts.seals.room(this.#room)
    if (keys === undefined) return undefined
    const place = Number(row.place)
    const author = hiddenAuthor(keys, place, row.author as Uint8Array)
    const key = author === undefined ? undefined : this.#key(keys, author)
    if (key === 'gone') return undefined
    const plain = key?.open(place, row.body as Uint8Array)
    const body = plain && decodeBody(plain)
    if (author !== undefined && body !== undefined) return { ...body, day: this.#day, place, author }
    this.#parts.corrupt()
    return undefined
  }

  /** Seals something else in the place of an entry. */
  seal({ author, place }: RoomEntry, plain: Uint8Array): Buffer | undefined {
    const keys = this.#parts.seals.room(this.#room)
    const key = keys && this.#key(keys, author)
    return key === 'gone' ? undefined : key?.seal(place, plain)
  }

  #key(keys: RoomKeys, author: number): AuthorKey | 'gone' | undefined {
    const known = this.#keys.get(author)
    if (known !== undefined) return known
    const sealed = this.#sealed.get(author)
    if (sealed === undefined) return 'gone'
    const key = openAuthor({ room: this.#room, author, sealed }, keys, account => this.#parts.seals.words(account))
    if (key !== undefined) this.#keys.set(author, key)
    return key
  }
}
