/** XEP-0425 and XEP-0424 in rooms: what moderators take out, and what people take back. A tombstone stays in the archive. */

import type { MessageIds } from '../../../accounts/message-ids.ts'
import { noSuchMessage } from '../../../archive/query.ts'
import type { RoomArchive } from '../../../archive/room-archive.ts'
import type { BareJid } from '../../../protocol/jid.ts'
import { NS } from '../../../protocol/namespaces.ts'
import { type Problem, problem } from '../../../protocol/problems.ts'
import { type Element, xml } from '../../../protocol/xml/element.ts'
import { xep } from '../../../routing/feature.ts'
import type { RoomExtension, RoomQuestion } from '../extension.ts'
import type { OccupantView, RoomHistory, RoomView } from '../history.ts'
import { occupantIds } from '../namespaces.ts'
import { retraction, Tombstones } from './tombstones.ts'

export const moderation = 'urn:xmpp:message-moderate:1'

export interface ModerationParts {
  readonly archive: RoomArchive
  readonly history: RoomHistory
  readonly ids: MessageIds
  /** May that person have a message looked for once more, to take it out? It costs by how much was said since. */
  mayRetract(person: BareJid): boolean
  /** Milliseconds since 1970. */
  now(): number
  randomId(): string
  failed(bug: unknown): void
}

/** Characters of a reason that everybody is shown. */
const longestReason = 1_000

export function roomModeration(parts: ModerationParts): RoomExtension {
  const { history, ids } = parts
  const tombstones = new Tombstones(parts)

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
    if (!parts.mayRetract(person)) throw tooOften()
    const entry = await tombstones.find(room, id)
    // Where nothing is kept, who was there has the message all the same.
    if (entry === undefined && (room.configuration.archived || ids.seqOf(id) === undefined)) throw noSuchMessage()
    if (entry?.retracted) return
    const by = moderated(occupant)
    const why = reason === undefined ? undefined : xml('reason', null, reason)
    const retractionId = parts.randomId()
    if (entry !== undefined) await tombstones.bury(room, entry, retractionId, [by, why])
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

  /** Who takes back something has to have said it: by the real address, which is what an occupant id stands for. */
  async function takeBack(room: RoomView, of: string, by: string, author: BareJid): Promise<void> {
    const entry = await tombstones.inTurn(room, () => tombstones.findOf(room, of, author))
    if (entry !== undefined && !entry.retracted) await tombstones.bury(room, entry, by, [])
  }

  return {
    implements: [xep(425, '0.3.0', 'complete')],
    answers: [{ type: 'set', payload: `{${moderation}}moderate`, reply: moderate }],
    features: ({ configuration }) => [
      moderation,
      retraction,
      ...(configuration.archived ? [`${retraction}#tombstone`] : []),
    ],
    screen(_, message, { person }) {
      // XEP-0425#rules: that a moderator has acted is for the room to say.
      if (speaksForTheRoom(message)) {
        return problem('not-acceptable', 'That a message was taken out is said by the room alone.')
      }
      // Nobody is told that something is gone which stays in the archive.
      return message.child('retract', retraction) !== undefined && !parts.mayRetract(person) ? tooOften() : undefined
    },
    shown(room, message, { person }, id) {
      const of = message.child('retract', retraction)?.attr('id')
      if (of) takeBack(room, of, message.attr('id') ?? id, person).catch(bug => parts.failed(bug))
    },
  }
}

function tooOften(): Problem {
  return problem('policy-violation', 'Many messages have been taken out. Wait a little.', { type: 'wait' })
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
