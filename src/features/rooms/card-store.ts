/** What is kept of the visiting cards of rooms (XEP-0486). */

import { roomTable } from '../../privacy/catalogue.ts'
import type { DataKeys } from '../../seals/data-keys.ts'
import { bound, open, seal } from '../../seals/envelope.ts'
import type { RoomKeys } from '../../seals/vault.ts'
import type { Database } from '../../storage/database.ts'

export const roomCardsTable = roomTable(
  'room_cards',
  'room',
  {
    room: { kind: 'id', why: 'which room it shows' },
    hashes: { kind: 'sealed', why: 'the hashes by which apps tell whether they have the picture already' },
    value: { kind: 'sealed', why: 'the picture of the room, and what else its owners tell of it' },
  },
  {
    key: ['room'],
    keep: 'until the owners of the room replace or empty it',
    reader: 'room',
    endedBy: 'the owners of the room, or its end',
    since: 9,
  },
)

export interface RoomCardsParts {
  readonly db: Database
  readonly rooms: Pick<DataKeys<RoomKeys>, 'keys'>
  /** Something sealed was changed on the disk. */
  readonly damaged?: () => void
}

const PUT = `INSERT INTO room_cards (room, hashes, value) VALUES (?, ?, ?)
  ON CONFLICT (room) DO UPDATE SET hashes = excluded.hashes, value = excluded.value`

export class RoomCards {
  readonly #parts: RoomCardsParts

  constructor(parts: RoomCardsParts) {
    this.#parts = parts
  }

  /** The card, as text; undefined if there is none. */
  async card(room: number): Promise<string | undefined> {
    const row = await this.#parts.db.get('SELECT value FROM room_cards WHERE room = ?', [room])
    return row && this.#open(room, 'card', row.value as Uint8Array)
  }

  /** The hashes of the pictures in it. */
  async hashes(room: number): Promise<readonly string[]> {
    const row = await this.#parts.db.get('SELECT hashes FROM room_cards WHERE room = ?', [room])
    const text = row && this.#open(room, 'card hashes', row.hashes as Uint8Array)
    return text === undefined || text === '' ? [] : text.split(' ')
  }

  /** Resolves when it is on disk. */
  async put(room: number, card: string, hashes: readonly string[]): Promise<void> {
    const key = this.#parts.rooms.keys(room)?.documents
    if (key === undefined) return
    const sealed = [
      seal(key, Buffer.from(hashes.join(' ')), bound('sotto room', room, 'card hashes')),
      seal(key, Buffer.from(card), bound('sotto room', room, 'card')),
    ]
    await this.#parts.db.run(PUT, [room, ...sealed])
  }

  async remove(room: number): Promise<void> {
    await this.#parts.db.run('DELETE FROM room_cards WHERE room = ?', [room])
  }

  #open(room: number, what: string, sealed: Uint8Array): string | undefined {
    const key = this.#parts.rooms.keys(room)?.documents
    const opened = key && open(key, sealed, bound('sotto room', room, what))
    if (key !== undefined && opened === undefined) this.#parts.damaged?.()
    return opened?.toString()
  }
}
