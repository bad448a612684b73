import { hiddenAuthor } from '../seals/author-key.ts'
import type { Database } from '../storage/database.ts'
import { breathe } from './breathe.ts'
import type { RoomAuthors } from './room-authors.ts'
import { type RoomEntry, RoomReader, type RoomReaderParts } from './room-reader.ts'
import { roomFamily } from './room-tables.ts'

export interface RoomWordsParts extends RoomReaderParts {
  readonly db: Database
  readonly authors: RoomAuthors
}

const ENTRIES = 'SELECT place, author, body FROM room_entries WHERE room = ? AND place > ? ORDER BY place LIMIT ?'
/** Entries read at once. */
const portion = 100

/** What one person said in the rooms here: day by day, room by room, in order. */
export async function* wordsInRooms(parts: RoomWordsParts, person: string): AsyncGenerator<RoomEntry> {
  for (const day of parts.db.partitions(roomFamily)) {
    const partition = parts.db.partition(roomFamily, day)
    for (const { room, keys, authors } of await parts.authors.roomsOf(day, person)) {
      const reader = await RoomReader.open(parts, room, partition)
      let begun = performance.now()
      for (let after = -1; ; ) {
        const rows = await partition.all(ENTRIES, [room, after, portion])
        for (const row of rows) {
          after = Number(row.place)
          const author = hiddenAuthor(keys, after, row.author as Uint8Array)
          const entry = author !== undefined && authors.has(author) ? reader.read(row) : undefined
          if (entry !== undefined) yield entry
        }
        if (rows.length < portion) break
        begun = await breathe(begun)
      }
    }
  }
}
