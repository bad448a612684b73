/**
 * XEP-0424#tombstones in the archive of a room: what its author takes back, or a moderator takes out, is replaced, with its
 * corrections. One after the other in each room: looking for a message costs by how much was said since.
 */

import type { MessageIds } from '../../../accounts/message-ids.ts'
import type { HistoryQuery } from '../../../archive/history.ts'
import type { RoomArchive } from '../../../archive/room-archive.ts'
import type { RoomEntry } from '../../../archive/room-reader.ts'
import type { BareJid } from '../../../protocol/jid.ts'
import { NS } from '../../../protocol/namespaces.ts'
import { dateTime } from '../../../protocol/stanza.ts'
import { type Element, xml } from '../../../protocol/xml/element.ts'
import { parseElement } from '../../../protocol/xml/parser.ts'
import { escapeAttr, write } from '../../../protocol/xml/write.ts'
import type { RoomView } from '../history.ts'
import { occupantIds } from '../namespaces.ts'

export const retraction = 'urn:xmpp:message-retract:1'
const correction = 'urn:xmpp:message-correct:0'

/** Messages that are looked through for one that is named by an id of its author's, or for its corrections. */
const furthest = 1_000
const page = 50
/** Characters of a page, so that nobody makes us hold fifty of the largest stanzas. */
const largestPage = 500_000

export interface TombstoneParts {
  readonly archive: RoomArchive
  readonly ids: MessageIds
  /** Milliseconds since 1970. */
  now(): number
}

/** Where a message stands in the archive, with what it says. */
interface Version {
  readonly entry: RoomEntry
  readonly message: Element
}

export class Tombstones {
  readonly #parts: TombstoneParts
  readonly #last = new Map<number, Promise<unknown>>()

  constructor(parts: TombstoneParts) {
    this.#parts = parts
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
    if (this.#parts.ids.seqOf(id) === undefined) return (await this.#findNamed(room, id, author))?.entry
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
      for (const version of await this.#versions(room, entry)) {
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

  /** The newest, where ids are not as unique as they should be. */
  async #findNamed(room: RoomView, id: string, author: BareJid): Promise<Version | undefined> {
    for await (const version of this.#look(room, author, id, { backwards: true })) {
      if (isNamed(version.message, id)) return version
    }
    return undefined
  }

  /** The message that was said first, and what it was corrected to (XEP-0308): to those who read it all of them are one. */
  async #versions(room: RoomView, entry: RoomEntry): Promise<Version[]> {
    const message = parseElement(entry.text)
    const author = entry.peer
    const found: Version[] = [{ entry, message }]
    const first = corrected(message) ?? message.attr('id')
    if (first === undefined) return found
    if (corrected(message) !== undefined) {
      for await (const other of this.#look(room, author, first, { backwards: true, before: entry.seq })) {
        const isFirst = isNamed(other.message, first)
        if (isFirst || corrected(other.message) === first) found.push(other)
        if (isFirst) break
      }
    }
    for await (const other of this.#look(room, author, first, { backwards: false, after: entry.seq })) {
      // Some clients give the same ids again, in another session: what comes then is about another message.
      if (isNamed(other.message, first)) break
      if (corrected(other.message) === first) found.push(other)
    }
    return found
  }

  /** What one person has said with a certain word in it and not taken back, from some place on. */
  async *#look(
    room: RoomView,
    author: string,
    word: string,
    from: Pick<HistoryQuery, 'backwards' | 'before' | 'after'>,
  ): AsyncGenerator<Version> {
    const attribute = escapeAttr(word)
    let at = from
    for (let looked = 0; looked < furthest; ) {
      const found = await this.#parts.archive.history.page(room.id, { limit: page, characters: largestPage, ...at })
      if (found === 'not found') return
      const { entries, complete } = found
      for (const entry of from.backwards ? entries.toReversed() : entries) {
        if (entry.peer !== author || entry.retracted || !entry.text.includes(attribute)) continue
        yield { entry, message: parseElement(entry.text) }
      }
      const end = from.backwards ? entries[0] : entries.at(-1)
      if (complete || end === undefined) return
      looked += entries.length
      at = from.backwards ? { ...from, before: end.seq } : { ...from, after: end.seq }
    }
  }
}

/** XEP-0359: by the id of the stanza, or by the one that its author's client added. */
function isNamed(message: Element, id: string): boolean {
  return message.attr('id') === id || message.child('origin-id', NS.stanzaIds)?.attr('id') === id
}

/** XEP-0308: the id of the message that this one is meant to replace. */
function corrected(message: Element): string | undefined {
  return message.child('replace', correction)?.attr('id')
}
