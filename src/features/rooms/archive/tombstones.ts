/**
 * XEP-0424#tombstones in the archive of a room: what its author takes back, or a moderator takes out, is replaced, with its
 * corrections. One after the other in each room: looking for a message costs by how much was said since.
 */

import type { MessageIds } from '../../../accounts/message-ids.ts'
import type { RoomArchive } from '../../../archive/room-archive.ts'
import type { RoomEntry } from '../../../archive/room-reader.ts'
import { type Said, Versions } from '../../../archive/versions.ts'
import type { BareJid } from '../../../protocol/jid.ts'
import { NS } from '../../../protocol/namespaces.ts'
import { dateTime } from '../../../protocol/stanza.ts'
import { type Element, xml } from '../../../protocol/xml/element.ts'
import { write } from '../../../protocol/xml/write.ts'
import type { RoomView } from '../history.ts'
import { occupantIds } from '../namespaces.ts'

export const retraction = 'urn:xmpp:message-retract:1'

export interface TombstoneParts {
  readonly archive: RoomArchive
  readonly ids: MessageIds
  /** Milliseconds since 1970. */
  now(): number
}

export class Tombstones {
  readonly #parts: TombstoneParts
  readonly #versions: Versions<RoomEntry>
  readonly #last = new Map<number, Promise<unknown>>()

  constructor(parts: TombstoneParts) {
    this.#parts = parts
    this.#versions = new Versions(parts.archive)
  }

  /** The message with that id of the room's. */
  async find(room: RoomView, id: string): Promise<RoomEntry | undefined> {
    const seq = this.#parts.ids.seqOf(id)
    if (seq === undefined) return undefined
    const found = await this.#parts.archive.history.page(room.id, { only: [seq], limit: 1, backwards: false })
    return found === 'not found' ? undefined : found.entries[0]
  }

  /** A message that somebody has said, by the room's id or, as some clients do it against XEP-0424#business-id, by theirs. */
  async findOf(room: RoomView, id: string, author: BareJid): Promise<RoomEntry | undefined> {
    if (this.#parts.ids.seqOf(id) === undefined) {
      return (await this.#versions.named(saidBy(room, author), id))?.entry
    }
    const entry = await this.find(room, id)
    return entry?.peer === author ? entry : undefined
  }

  /**
   * Puts a tombstone in the place of a message and of all its corrections.
   * @param by the id of the message that took it back
   */
  bury(room: RoomView, entry: RoomEntry, by: string, children: readonly (Element | undefined)[]): Promise<void> {
    return this.inTurn(room, async () => {
      const stamp = dateTime(this.#parts.now())
      for (const version of await this.#versions.of(saidBy(room, entry.peer), entry)) {
        const ids = version.message
          .elements()
          .filter(child => child.is('occupant-id', occupantIds) || child.is('stanza-id', NS.stanzaIds))
        const stone = xml('retracted', { xmlns: retraction, id: by, stamp }, ...children)
        await this.#parts.archive.replace(room.id, version.entry, write(version.message.with({}, [stone, ...ids])))
      }
    })
  }

  async inTurn<T>(room: RoomView, act: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(room.id) ?? Promise.resolve()).catch(() => {}).then(act)
    this.#last.set(room.id, turn)
    try {
      return await turn
    } finally {
      if (this.#last.get(room.id) === turn) this.#last.delete(room.id)
    }
  }
}

/** What one person has said in a room. */
const saidBy = (room: RoomView, author: string): Said<RoomEntry> => ({
  owner: room.id,
  by: ({ peer }) => peer === author,
})
