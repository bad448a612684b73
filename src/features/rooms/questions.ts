/** Requests to a room: one answer for each payload, those of extensions among them. */

import { accountOf, type Jid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { problem } from '../../protocol/problems.ts'
import { iqResult } from '../../protocol/stanza.ts'
import type { Element } from '../../protocol/xml/element.ts'
import type { Reply } from '../../routing/feature.ts'
import { change, list } from './admin.ts'
import { roomDisco, roomItems } from './discovery.ts'
import type { RoomQuestion } from './extension.ts'
import type { Hall } from './hall.ts'
import { mucAdmin, mucOwner, pingNs, register, tokenInvite } from './namespaces.ts'
import { askConfiguration, own } from './owner.ts'
import { askRegistration, submitRegistration } from './registration.ts'
import type { Room } from './room.ts'
import { listTokens, requestToken, revokeToken } from './tokens.ts'

type Replies = ReadonlyMap<string, (question: RoomQuestion, room: Room) => Reply | Promise<Reply>>

export function roomAnswers(hall: Hall): Replies {
  const replies = new Map<string, (question: RoomQuestion, room: Room) => Reply | Promise<Reply>>([
    [`get {${NS.discoInfo}}query`, (question, room) => roomDisco(hall, room, question)],
    [`get {${NS.discoItems}}query`, (question, room) => roomItems(room, question)],
    [`get {${mucAdmin}}query`, (question, room) => list(question, room)],
    [`set {${mucAdmin}}query`, (question, room) => change(hall, room, question)],
    [`get {${mucOwner}}query`, (question, room) => askConfiguration(hall, room, question)],
    [`set {${mucOwner}}query`, (question, room) => own(hall, room, question)],
    [`get {${register}}query`, (question, room) => askRegistration(room, question)],
    [`set {${register}}query`, (question, room) => submitRegistration(hall, room, question)],
    [`set {${tokenInvite}}request`, (question, room) => requestToken(hall, room, question)],
    [`get {${tokenInvite}}tokens`, (question, room) => listTokens(hall, room, question)],
    [`set {${tokenInvite}}revoke`, (question, room) => revokeToken(hall, room, question)],
    [`get {${pingNs}}ping`, () => undefined],
  ])
  for (const { answers } of hall.extensions) {
    for (const { type, payload, reply } of answers ?? []) {
      const key = `${type} ${payload}`
      if (replies.has(key)) throw new Error(`Two parts of the rooms answer “${key}”.`)
      replies.set(key, question => reply(question))
    }
  }
  return replies
}

/** @returns the result. @throws Problem to refuse */
export async function requestToRoom(replies: Replies, room: Room, iq: Element, from: Jid): Promise<Element> {
  const [payload, second] = iq.elements()
  if (payload === undefined || second !== undefined) {
    throw problem('bad-request', 'A request has exactly one child element.')
  }
  const person = accountOf(from)
  const reply = replies.get(`${iq.attr('type')} {${payload.ns}}${payload.name}`)
  if (reply === undefined || person === undefined) throw problem('service-unavailable')
  if (room.locked && room.affiliationOf(person) !== 'owner') throw problem('item-not-found', 'There is no such room.')
  const answer = await reply({ iq, payload, room, from, person, occupant: room.occupantOf(from) }, room)
  if (answer === undefined) return iqResult(iq)
  return Array.isArray(answer) ? iqResult(iq, ...answer) : iqResult(iq, answer as Element)
}
