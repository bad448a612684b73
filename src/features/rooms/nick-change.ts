/** XEP-0045#changenick */

import { accountOf, type BareJid, type FullJid } from '../../protocol/jid.ts'
import { type Problem, problem } from '../../protocol/problems.ts'
import type { Element } from '../../protocol/xml/element.ts'
import type { Hall } from './hall.ts'
import { status } from './namespaces.ts'
import { nickKey, nickRefused } from './nicks.ts'
import type { Device, Occupant } from './occupant.ts'
import { announce, sanitized, type Telling } from './presences.ts'
import type { Room } from './room.ts'

/** All devices that share the nick go along: they are one occupant. */
export function changeNick(hall: Hall, room: Room, device: Device, presence: Element, nick: string): void {
  const { occupant } = device
  const jid = room.addressOf(nick)
  const bad = nickRefused(nick, hall.limits.nickLength)
  if (bad !== undefined || jid === undefined) throw problem('not-acceptable', bad)
  if (room.lockedNick(occupant.person) !== undefined) {
    throw problem('not-acceptable', 'In this room you go by the nick that you have registered.', { type: 'cancel' })
  }
  const there = room.occupantNamed(nick)
  const onlyWrittenAnew = there === occupant && nickKey(nick) === nickKey(occupant.nick)
  const taken = onlyWrittenAnew ? undefined : nickTaken(room, device.jid, nick)
  if (taken !== undefined) throw taken
  const { person } = occupant
  if (!hall.pace.allows('nick', person) || !hall.pace.allows('deliveries', person, 2 * room.everybody.length)) {
    throw problem('policy-violation', 'You change your nick too often. Wait a little.', { type: 'wait' })
  }
  device.presence = sanitized(presence)
  const telling = { answering: { device, id: presence.attr('id') } }
  if (there !== undefined && there !== occupant) join(hall, room, device, there, telling)
  else rename(hall, room, device, nick, jid, telling)
}

/** XEP-0045#register: where nicks are locked down, somebody inside goes by the one that is theirs. */
export function giveNick(hall: Hall, room: Room, person: BareJid): void {
  const nick = room.lockedNick(person)
  const jid = nick === undefined ? undefined : room.addressOf(nick)
  if (nick === undefined || jid === undefined) return
  for (const occupant of room.occupantsOf(person)) {
    if (occupant.nick === nick) continue
    const there = room.occupantNamed(nick)
    const telling = { codes: [status.nickModified] }
    if (there === undefined || there === occupant) rename(hall, room, occupant.shown, nick, jid, telling)
    else if (there.person === person) {
      for (const device of [...occupant.all]) join(hall, room, device, there, telling)
    }
  }
}

function rename(hall: Hall, room: Room, device: Device, nick: string, jid: FullJid, telling: Telling): void {
  const { occupant } = device
  announce(hall.post, room, occupant, room.everybody, {
    codes: [status.newNick],
    newNick: nick,
    leaving: { affiliation: occupant.affiliation },
  })
  room.rename(occupant, nick, jid)
  occupant.shows(device)
  announce(hall.post, room, occupant, room.everybody, telling)
}

/** Takes the nick that another device of the same person has already. */
function join(hall: Hall, room: Room, device: Device, next: Occupant, telling: Telling): void {
  const { occupant: before } = device
  const alone = before.count === 1
  announce(hall.post, room, before, alone ? room.everybody : [device], {
    codes: [status.newNick],
    newNick: next.nick,
    leaving: { affiliation: before.affiliation },
  })
  room.leave(device)
  if (!alone) announce(hall.post, room, before, room.everybody)
  room.enter(next, device)
  announce(hall.post, room, next, room.everybody, telling)
}

/** XEP-0045#enter-conflict */
export function nickTaken(room: Room, from: FullJid, nick: string): Problem | undefined {
  const person = accountOf(from)
  const there = room.occupantNamed(nick)
  if (there !== undefined && there.person !== person) return problem('conflict', 'Somebody else here has that nick.')
  // Devices that share a nick share how it is written.
  if (there !== undefined && there.nick !== nick) return problem('conflict', 'You are here with that nick already.')
  const reserved = room.reservedFor(nick)
  if (reserved !== undefined && reserved !== person) return problem('conflict', 'That nick is reserved.')
  return undefined
}
