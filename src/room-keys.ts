/** That the keys of rooms and the rooms belong together: what a crash has left between them is finished. */

import { catalogue } from './catalogue.ts'
import { eraseRoom } from './privacy/erase.ts'
import { SealError } from './seals/seal-error.ts'
import type { Vault } from './seals/vault.ts'
import type { Database } from './storage/database.ts'

/** Rooms without a key, or keys without a room, that a crash can explain: those that were just being made or ended. */
const explained = 10

/**
 * Ends rooms whose key is destroyed, destroys keys of rooms that were never finished, and erases what was said in rooms
 * that there are no longer. For the service, before anybody is let in.
 * Throws a `SealError` where the vault is not the one of this database, or of another day.
 */
export async function settleRooms(vault: Pick<Vault, 'rooms'>, db: Database): Promise<void> {
  const keyed = new Set(await vault.rooms.owners())
  const rooms = new Set((await db.all('SELECT id FROM rooms')).map(row => Number(row.id)))
  const closed = [...rooms].filter(room => !keyed.has(room))
  const unfinished = [...keyed].filter(room => !rooms.has(room))
  for (const some of [closed, unfinished]) {
    if (some.length <= explained || (some === unfinished && some.length <= rooms.size)) continue
    throw new SealError(
      `The key vault has keys of ${keyed.size} rooms and the database has ${rooms.size} rooms, and ${some.length} of them do ` +
        'not belong to each other: one of the two is of another day. Nothing was done. Put back both as they were at one time.',
    )
  }
  for (const room of unfinished) await vault.rooms.destroy(room)
  const heard = (await db.all('SELECT DISTINCT room FROM room_days')).map(row => Number(row.room))
  const left = new Set([...closed, ...heard.filter(room => !rooms.has(room))])
  for (const room of left) await eraseRoom(db, catalogue, room)
}
