/** The end of an author: what they said in any room here opens no longer. */

import { authorTag } from '../seals/author-key.ts'
import type { DataKeys } from '../seals/data-keys.ts'
import type { RoomKeys } from '../seals/vault.ts'
import type { Database } from '../storage/database.ts'
import { breathe } from './breathe.ts'
import { roomFamily } from './room-tables.ts'

export interface RoomAuthorsParts {
  readonly db: Database
  readonly rooms: Pick<DataKeys<RoomKeys>, 'keys'>
}

const ROOMS = 'SELECT DISTINCT room FROM room_authors'
const THEIRS = 'SELECT author FROM room_authors WHERE room = ? AND tag = ?'
const ERASE = 'DELETE FROM room_authors WHERE room = ? AND tag = ?'

export class RoomAuthors {
  readonly #parts: RoomAuthorsParts
  readonly #erased = new Set<string>()

  constructor(parts: RoomAuthorsParts) {
    this.#parts = parts
  }

  /** Nothing is kept of what they say any more: what would come late would stay. */
  isErased(person: string): boolean {
    return this.#erased.has(person)
  }

  /**
   * Destroys the keys of all that somebody said, by the bare address: when resolved, they have left the write-ahead logs too,
   * and unused parts of files are being overwritten. Resolves with the number of keys.
   */
  async erase(person: string): Promise<number> {
    const { db } = this.#parts
    this.#erased.add(person)
    // What is on its way is erased, too.
    await db.unit([])
    let count = 0
    for (const day of db.partitions(roomFamily)) count += await this.#eraseOn(day, person)
    return count
  }

  /** The same person may come back and be kept: an address of another service, whose words were erased at their wish. */
  forget(person: string): void {
    this.#erased.delete(person)
  }

  async #eraseOn(day: string, person: string): Promise<number> {
    const { db, rooms } = this.#parts
    const partition = db.partition(roomFamily, day)
    const theirs: [room: number, tag: Buffer][] = []
    let begun = performance.now()
    for (const row of await partition.all(ROOMS)) {
      const room = Number(row.room)
      const keys = rooms.keys(room)
      const tag = keys && authorTag(keys, day, person)
      if (tag !== undefined && (await partition.get(THEIRS, [room, tag])) !== undefined) theirs.push([room, tag])
      begun = await breathe(begun)
    }
    if (theirs.length === 0) return 0
    // Said beforehand too, so that it is known to be due if the process ends between the rows and what is left of them.
    await partition.erasePages()
    const counts = await partition.unit(theirs.map(values => [ERASE, values]))
    await partition.erasePages()
    return counts.reduce((sum, count) => sum + count, 0)
  }
}
