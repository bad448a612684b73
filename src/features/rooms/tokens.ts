/** XEP-0488: MUC Token Invite. A word that makes whoever has it a member, until it has been used up or its time is over. */

import { randomBytes } from 'node:crypto'
import type { BareJid } from '../../protocol/jid.ts'
import { type Problem, problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { changeAffiliations } from './affiliations.ts'
import { hasRoom } from './bounds.ts'
import type { RoomQuestion } from './extension.ts'
import type { Hall } from './hall.ts'
import { muc, tokenInvite } from './namespaces.ts'
import { atLeast } from './rights.ts'
import type { Room } from './room.ts'

export interface Token {
  readonly text: string
  readonly creator: BareJid
  /** Milliseconds since 1970. */
  readonly ends: number
  /** New members that it can still make; any number where it is absent. */
  readonly uses?: number
}

/** Of one room at a time. */
const mostTokens = 50
const usualSeconds = 7 * 86_400
const longestSeconds = 31 * 86_400
const mostUses = 1_000

/** Who may invite may do so by tokens, also from outside (XEP-0488#security). */
function mayIssue(room: Room, person: BareJid): boolean {
  const affiliation = room.affiliationOf(person)
  return atLeast(affiliation, 'admin') || (room.configuration.membersInvite && atLeast(affiliation, 'member'))
}

function mustIssue(room: Room, person: BareJid): void {
  if (!mayIssue(room, person)) throw problem('forbidden', 'You may not invite anybody to this room.')
}

/** XEP-0488#generation. @returns the token, when it is on disk */
export async function requestToken(hall: Hall, room: Room, { payload, person }: RoomQuestion): Promise<Element> {
  mustIssue(room, person)
  if (room.configuration.password !== '') {
    throw problem('not-allowed', 'This room has a password: whoever is to come in needs that.')
  }
  const seconds = numberIn(payload, 'delay', 0)
  const uses = numberIn(payload, 'counter', 1)
  dropOver(hall, room)
  if (room.tokens.length >= mostTokens) {
    throw problem('resource-constraint', `A room has at most ${mostTokens} tokens. Revoke one of them first.`)
  }
  if (!hall.pace.allows('invitation', person)) {
    throw problem('policy-violation', 'You have invited many people. Wait a little.', { type: 'wait' })
  }
  const token: Token = {
    text: randomBytes(18).toString('base64url'),
    creator: person,
    ends: hall.now() + Math.min(seconds ?? usualSeconds, longestSeconds) * 1000,
    ...(uses === undefined ? {} : { uses: Math.min(uses, mostUses) }),
  }
  room.tokens = [...room.tokens, token]
  await hall.rooms.changed(room)
  return shown(hall, token)
}

function numberIn(payload: Element, name: string, least: number): number | undefined {
  const text = payload.attr(name)
  if (text === undefined) return undefined
  if (!/^\d{1,10}$/.test(text) || Number(text) < least) {
    throw problem('bad-request', `The attribute ${name} is a number, at least ${least}.`)
  }
  return Number(text)
}

/** XEP-0488#listing: one's own; admins see whose the others are. */
export function listTokens(hall: Hall, room: Room, { person }: RoomQuestion): Element {
  mustIssue(room, person)
  dropOver(hall, room)
  const admin = atLeast(room.affiliationOf(person), 'admin')
  return xml(
    'tokens',
    { xmlns: tokenInvite },
    room.tokens
      .filter(({ creator }) => admin || creator === person)
      .map(token => shown(hall, token, admin ? token.creator : undefined)),
  )
}

/** XEP-0488#revoking. @returns when it is on disk */
export async function revokeToken(hall: Hall, room: Room, { payload, person }: RoomQuestion): Promise<void> {
  mustIssue(room, person)
  const text = payload.text()
  const admin = atLeast(room.affiliationOf(person), 'admin')
  const left = room.tokens.filter(token => token.text !== text || !(admin || token.creator === person))
  if (left.length === room.tokens.length) throw problem('item-not-found', 'There is no such token of yours.')
  room.tokens = left
  await hall.rooms.changed(room)
}

/** XEP-0488#using: what was given as a password; undefined where it is none that makes anybody a member. */
export function tokenIn(hall: Hall, room: Room, presence: Element, person: BareJid): Token | undefined {
  const text = presence.child('x', muc)?.childText('password')
  if (!text || room.configuration.password !== '' || room.affiliationOf(person) !== 'none') return undefined
  return room.tokens.find(one => one.text === text && one.ends > hall.now() && mayIssue(room, one.creator))
}

/** Why somebody who is no member cannot enter a room for members. */
export function tokenRefused({ configuration }: Room, presence: Element): Problem {
  const text = presence.child('x', muc)?.childText('password')
  if (!text || configuration.password !== '')
    return problem('registration-required', 'Only members can enter this room.')
  const extra = xml('expired-token', { xmlns: tokenInvite })
  return problem('not-authorized', 'This invitation is not valid any more. Ask for another one.', { extra })
}

/** Makes somebody a member, at once in memory. @throws Problem where the room has too many already */
export function redeem(hall: Hall, room: Room, token: Token, person: BareJid): void {
  const changes = [{ person, affiliation: 'member' as const }]
  hasRoom(hall, room, changes)
  const { uses } = token
  room.tokens = room.tokens.flatMap(one => {
    if (one !== token || uses === undefined) return [one]
    return uses === 1 ? [] : [{ ...one, uses: uses - 1 }]
  })
  const saved = [hall.rooms.changed(room), changeAffiliations(hall, room, changes)]
  Promise.all(saved).catch((bug: unknown) => hall.log.bug('a member could not be written', bug))
}

function dropOver(hall: Hall, room: Room): void {
  if (!room.endTokens(hall.now())) return
  hall.rooms.changed(room).catch((bug: unknown) => hall.log.bug('tokens of a room could not be written', bug))
}

function shown(hall: Hall, { text, ends, uses }: Token, creator?: BareJid): Element {
  const delay = Math.max(0, Math.round((ends - hall.now()) / 1000))
  return xml('token', { xmlns: tokenInvite, delay, counter: uses, creator }, text)
}
