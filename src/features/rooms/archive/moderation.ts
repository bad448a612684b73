/** XEP-0425 and XEP-0424 in rooms: what moderators take out, and what people take back. A tombstone stays in the archive. */

import type { MessageIds } from '../../../accounts/message-ids.ts'
import { noSuchMessage } from '../../../archive/query.ts'
import type { RoomArchive } from '../../../archive/room-archive.ts'
import type { RoomEntry } from '../../../archive/room-reader.ts'
import { NS } from '../../../protocol/namespaces.ts'
import { problem } from '../../../protocol/problems.ts'
import { dateTime } from '../../../protocol/stanza.ts'
import { type Element, xml } from '../../../protocol/xml/element.ts'
import { parseElement } from '../../../protocol/xml/parser.ts'
import { write } from '../../../protocol/xml/write.ts'
import { xep } from '../../../routing/feature.ts'
import type { RoomExtension, RoomQuestion } from '../extension.ts'
import type { OccupantView, RoomHistory, RoomView } from '../history.ts'

export const moderation = 'urn:xmpp:message-moderate:1'
const retraction = 'urn:xmpp:message-retract:1'
const occupantIds = 'urn:xmpp:occupant-id:0'

export interface ModerationParts {
  readonly archive: RoomArchive
  readonly history: RoomHistory
  readonly ids: MessageIds
  /** Milliseconds since 1970. */
  now(): number
  randomId(): string
  failed(bug: unknown): void
}

/** Characters of a reason that everybody is shown. */
const longestReason = 1_000

export function roomModeration(parts: ModerationParts): RoomExtension {
  const { archive, history, ids } = parts

  async function find(room: RoomView, id: string): Promise<RoomEntry | undefined> {
    const seq = ids.seqOf(id)
    if (seq === undefined) return undefined
    const page = await archive.history.page(room.id, { only: [seq], limit: 1, backwards: false })
    return page === 'not found' ? undefined : page.entries[0]
  }

  async function moderate({ room, payload, person, occupant }: RoomQuestion): Promise<void> {
    if (occupant?.role !== 'moderator') {
      throw problem('forbidden', 'Only moderators of this room take out messages of others.', { type: 'modify' })
    }
    const id = payload.attr('id')
    if (!id || payload.child('retract', retraction) === undefined) {
      throw problem('bad-request', 'It is not said which message is to be taken out.')
    }
    const reason = payload.childText('reason')
    if (reason !== undefined && reason.length > longestReason) {
      throw problem('not-acceptable', `A reason has at most ${longestReason} characters.`)
    }
    const entry = await find(room, id)
    // Where nothing is kept, who was there has the message all the same.
    if (entry === undefined && (room.configuration.archived || ids.seqOf(id) === undefined)) throw noSuchMessage()
    if (entry?.retracted) return
    const by = moderated(occupant)
    const why = reason === undefined ? undefined : xml('reason', null, reason)
    const retractionId = parts.randomId()
    if (entry !== undefined) await bury(room, entry, retractionId, [by, why])
    const stanza = xml(
      'message',
      { xmlns: NS.client, type: 'groupchat', from: room.jid, id: retractionId },
      xml('retract', { xmlns: retraction, id }, by, why),
    )
    const { occupantId } = occupant
    await new Promise<void>((resolve, reject) => {
      try {
        history.record(room, { stanza, author: person, occupantId }, room.configuration.archived, (_, stamped) => {
          room.broadcast(stamped)
          resolve()
        })
      } catch (refused) {
        reject(refused)
      }
    })
  }

  /** XEP-0424#tombstones: the message without what it said. */
  async function bury(room: RoomView, entry: RoomEntry, by: string, children: (Element | undefined)[]): Promise<void> {
    const message = parseElement(entry.text)
    const stamp = dateTime(parts.now())
    const ids = message.elements().filter(child => child.is('occupant-id', occupantIds) || child.ns === NS.stanzaIds)
    const stone = xml('retracted', { xmlns: retraction, id: by, stamp }, ...children)
    await archive.replace(room.id, entry, write(message.with({}, [stone, ...ids])))
  }

  /** Who takes back something has to have said it: by the real address, which is what an occupant id stands for. */
  async function takeBack(room: RoomView, of: string, by: string, author: string): Promise<void> {
    const entry = await find(room, of)
    if (entry === undefined || entry.retracted || entry.peer !== author) return
    await bury(room, entry, by, [])
  }

  return {
    implements: [xep(425, '0.3.0', 'complete')],
    answers: [{ type: 'set', payload: `{${moderation}}moderate`, reply: moderate }],
    features: ({ configuration }) => [
      moderation,
      retraction,
      ...(configuration.archived ? [`${retraction}#tombstone`] : []),
    ],
    // XEP-0425#rules: that a moderator has acted is for the room to say.
    screen: (_, message) =>
      speaksForTheRoom(message)
        ? problem('not-acceptable', 'That a message was taken out is said by the room alone.')
        : undefined,
    shown(room, message, { person }) {
      const of = message.child('retract', retraction)?.attr('id')
      const by = message.attr('id')
      if (of && by) takeBack(room, of, by, person).catch(bug => parts.failed(bug))
    },
  }
}

function moderated({ jid, occupantId }: OccupantView): Element {
  return xml('moderated', { xmlns: moderation, by: jid }, xml('occupant-id', { xmlns: occupantIds, id: occupantId }))
}

function speaksForTheRoom(message: Element): boolean {
  return message
    .elements()
    .some(
      child =>
        child.ns === moderation ||
        child.is('retracted', retraction) ||
        (child.is('retract', retraction) && child.elements().some(({ ns }) => ns === moderation)),
    )
}
