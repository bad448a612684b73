/** XEP-0045#enter: coming in, what a newcomer is shown, and presence of those who are in. */

import { accountOf, type FullJid, isFull, type Jid, resourceOf } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { type Problem, problem } from '../../protocol/problems.ts'
import { presenceType } from '../../protocol/stanza.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { write } from '../../protocol/xml/write.ts'
import type { ForMany } from '../../routing/parcel.ts'
import { FanOut } from './fan-out.ts'
import { type Hall, refusal, sessionOf } from './hall.ts'
import { bounced, leave } from './leaving.ts'
import { muc, mucUser, status } from './namespaces.ts'
import { changeNick, nickTaken } from './nick-change.ts'
import { nickRefused } from './nicks.ts'
import { Device, Occupant } from './occupant.ts'
import { showPast } from './past.ts'
import { announce, isShown, sanitized, shown } from './presences.ts'
import { answerProbe } from './probes.ts'
import { atLeast } from './rights.ts'
import type { Room } from './room.ts'
import { redeem, type Token, tokenIn, tokenRefused } from './tokens.ts'

/** Admins and owners get in when a room is full (XEP-0045#enter-maxusers), up to so many. */
const spareSeats = 20

/** Characters. An honest one has a few hundred. */
const longestPresence = 16_384

/** Presence to an address in a room. Throw a `Problem` to refuse. */
export function presenceCame(hall: Hall, room: Room, presence: Element, from: Jid, to: Jid): void {
  const device = room.device(from)
  switch (presenceType(presence)) {
    case 'available':
      break
    case 'unavailable':
      if (device !== undefined) leave(hall, room, device, { presence: sanitized(presence) })
      return
    case 'probe':
      answerProbe(hall, room, from, to)
      return
    case 'error':
      if (device !== undefined) bounced(hall, room, presence, device)
      return
    default:
      return
  }
  const x = presence.child('x', muc)
  if (device === undefined && x === undefined) {
    // Believes to be in: a stream between servers broke, or the service was started anew. It may enter again.
    hall.post.route(lost(to, from), to, from)
    return
  }
  if (!isFull(to)) throw problem('jid-malformed', 'Say under which nick you want to enter.')
  // Everybody who ever comes in gets it.
  if (write(presence).length > longestPresence) throw problem('policy-violation', 'This presence is too large.')
  const nick = resourceOf(to)
  if (device === undefined) {
    enter(hall, room, presence, from, nick, false)
    return
  }
  const { occupant } = device
  const isLocked = occupant.nick === room.lockedNick(occupant.person)
  if (occupant.nick !== nick && (x === undefined || !isLocked)) changeNick(hall, room, device, presence, nick)
  else if (x === undefined) update(hall, room, device, presence)
  if (x !== undefined) arriveAgain(hall, room, device, presence, nick)
}

/** @param created the room has been made for this newcomer */
export function enter(hall: Hall, room: Room, presence: Element, from: Jid, wanted: string, created: boolean): void {
  const person = accountOf(from)
  const nick = (person === undefined ? undefined : room.lockedNick(person)) ?? wanted
  const jid = room.addressOf(nick)
  if (person === undefined || !isFull(from) || jid === undefined) {
    throw problem('not-acceptable', 'Only people with an account somewhere can enter a room.')
  }
  const token = room.tokens.length > 0 ? tokenIn(hall, room, presence, person) : undefined
  const refused = mayNotEnter(hall, room, presence, from, nick, token)
  if (refused !== undefined) throw refused
  if (token !== undefined) redeem(hall, room, token, person)
  const affiliation = room.affiliationOf(person)
  const there = room.occupantNamed(nick)
  const occupant =
    there ?? new Occupant(nick, jid, person, room.occupantId(person), affiliation, room.roleOf(affiliation))
  const device = new Device(from, occupant, sanitized(presence), sessionOf(hall.post, from))
  room.enter(occupant, device)
  showOthers(hall, room, device)
  announce(hall.post, room, occupant, room.everybody, {
    selfCodes: entranceCodes(room, created, nick !== wanted),
    answering: { device, id: presence.attr('id') },
  })
  showPast(hall, room, device, created ? undefined : presence.child('x', muc)?.child('history'), created)
}

/** XEP-0045#bizrules-presence: its device has forgotten that it is in, and is shown everything again. */
function arriveAgain(hall: Hall, room: Room, device: Device, presence: Element, nick: string): void {
  const { occupant } = device
  takeTurn(hall, room, device)
  const before = write(device.presence)
  device.presence = sanitized(presence)
  occupant.shows(device)
  showOthers(hall, room, device)
  const isNews = write(device.presence) !== before
  announce(hall.post, room, occupant, isNews ? room.everybody : [device], {
    selfCodes: entranceCodes(room, false, nick !== occupant.nick),
    answering: { device, id: presence.attr('id') },
  })
  showPast(hall, room, device, presence.child('x', muc)?.child('history'), false)
}

/** XEP-0045#changepres */
function update(hall: Hall, room: Room, device: Device, presence: Element): void {
  takeTurn(hall, room, device)
  const { occupant } = device
  device.presence = sanitized(presence)
  occupant.shows(device)
  announce(hall.post, room, occupant, room.everybody, { answering: { device, id: presence.attr('id') } })
}

function takeTurn(hall: Hall, room: Room, device: Device): void {
  const { person } = device.occupant
  if (!hall.pace.allows('presence', person) || !hall.pace.allows('deliveries', person, room.everybody.length)) {
    throw problem('policy-violation', 'You change your presence too often. Wait a little.', { type: 'wait' })
  }
}

function mayNotEnter(
  hall: Hall,
  room: Room,
  presence: Element,
  from: FullJid,
  nick: string,
  token: Token | undefined,
): Problem | undefined {
  const person = accountOf(from)!
  const affiliation = room.affiliationOf(person)
  const { configuration } = room
  if (affiliation === 'outcast') return problem('forbidden', 'You are banned from this room.')
  // XEP-0045#enter-locked: to others it does not exist yet.
  if (room.locked && affiliation !== 'owner') return problem('item-not-found', 'There is no such room.')
  if (configuration.membersOnly && !atLeast(affiliation, 'member') && token === undefined) {
    return tokenRefused(room, presence)
  }
  if (configuration.password !== '' && affiliation !== 'owner') {
    const password = presence.child('x', muc)?.childText('password')
    if (password !== configuration.password) return problem('not-authorized', 'This room has a password.')
  }
  const bad = nickRefused(nick, hall.limits.nickLength)
  if (bad !== undefined) return problem('not-acceptable', bad)
  const taken = nickTaken(room, from, nick)
  if (taken !== undefined) return taken
  const there = room.occupantNamed(nick)
  const most = Math.min(configuration.maxOccupants, hall.limits.occupants)
  const seats = atLeast(affiliation, 'admin') ? most + spareSeats : most
  if ((there === undefined && room.size >= seats) || room.everybody.length >= 2 * seats) {
    return problem('service-unavailable', 'This room is full.', { type: 'wait' })
  }
  if (!hall.pace.allows('entering', person)) {
    return problem('policy-violation', 'You enter rooms too often. Wait a little.', { type: 'wait' })
  }
  return undefined
}

/** XEP-0045#enter-pres: those who are in, for one who comes. */
export function showOthers(hall: Hall, room: Room, device: Device): void {
  const all: ForMany[] = []
  for (const occupant of room.occupants()) {
    if (occupant !== device.occupant && isShown(room, occupant.role)) all.push(shown(room, occupant, device))
  }
  room.sequence.add(FanOut.toOne(hall.post, device, all))
}

function entranceCodes({ configuration }: Room, created: boolean, renamed: boolean): number[] {
  const codes: number[] = []
  if (configuration.whois === 'anyone') codes.push(status.nonAnonymous)
  // XEP-0045#enter-logging
  if (configuration.archived) codes.push(status.loggingOn)
  if (created) codes.push(status.created)
  if (renamed) codes.push(status.nickModified)
  return codes
}

/** XEP-0045#enter-gc */
function lost(from: Jid, to: Jid): Element {
  return xml(
    'presence',
    { xmlns: NS.client, type: 'unavailable', from, to },
    xml(
      'x',
      { xmlns: mucUser },
      xml('item', { affiliation: 'none', role: 'none' }, xml('reason', null, 'You are not in this room.')),
      [status.self, status.kicked, status.failed].map(code => xml('status', { code })),
    ),
  )
}

/** Answers somebody whose presence was refused. */
export function refusePresence(hall: Hall, presence: Element, p: Problem, from: Jid, to: Jid): void {
  const room = accountOf(to)
  const reply = room === undefined ? undefined : refusal(presence, p, room)
  if (reply !== undefined) hall.post.route(reply, to, from)
}
