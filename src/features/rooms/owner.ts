/** XEP-0045#owner: a room is configured, and destroyed (`muc#owner`). */

import { parseForm, type ReceivedForm } from '../../protocol/data-forms.ts'
import { parseJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { type Problem, problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { type AffiliationChange, changeAffiliations, changeRole } from './affiliations.ts'
import { hasRoom, keepsOwner } from './bounds.ts'
import { type Configuration, presentRoles } from './configuration.ts'
import { configurationForm, configured, peopleIn } from './configuration-form.ts'
import type { RoomQuestion } from './extension.ts'
import type { Hall } from './hall.ts'
import { leaveAltogether } from './leaving.ts'
import { mucOwner, mucUser, roomConfig, status } from './namespaces.ts'
import { giveNick } from './nick-change.ts'
import { announce, vanish } from './presences.ts'
import { atLeast } from './rights.ts'
import type { Room } from './room.ts'

function mustOwn(room: Room, { person }: RoomQuestion): void {
  if (room.affiliationOf(person) !== 'owner') throw problem('forbidden', 'Only owners of the room may do that.')
}

/** XEP-0045#roomconfig: the form. */
export function askConfiguration(hall: Hall, room: Room, question: RoomQuestion): Element {
  mustOwn(room, question)
  const settings = hall.extensions.flatMap(extension => extension.settings ?? [])
  return xml('query', { xmlns: mucOwner }, configurationForm(room, hall.limits.occupants, settings))
}

/** Configures, cancels or destroys. @returns when it is on disk */
export async function own(hall: Hall, room: Room, question: RoomQuestion): Promise<void> {
  mustOwn(room, question)
  const { payload } = question
  const destruction = payload.child('destroy', mucOwner)
  if (destruction !== undefined) return destroy(hall, room, destruction)
  const x = payload.child('x', NS.dataForms)
  const submitted = x && parseForm(x)
  if (submitted?.type === 'cancel') {
    // XEP-0045#createroom-reserved: a room that nobody wants to configure was never there.
    if (room.locked) await destroy(hall, room, undefined)
    return
  }
  if (submitted?.type !== 'submit') throw problem('bad-request', 'A form that was filled in is missing.')
  if (submitted.means !== undefined && submitted.means !== roomConfig) {
    throw problem('bad-request', 'That form is for something else.')
  }
  await configure(hall, room, submitted, question)
}

async function configure(
  hall: Hall,
  room: Room,
  submitted: ReceivedForm,
  { person, occupant }: RoomQuestion,
): Promise<void> {
  const { configuration: before, locked } = room
  if (!hall.pace.allows('configuration', person)) throw tooOften()
  const settings = hall.extensions.flatMap(extension => extension.settings ?? [])
  const after = configured(before, submitted, hall.limits.occupants, settings)
  const people = peopleChanges(room, submitted)
  const unveils = !locked && after.whois === 'anyone' && before.whois !== 'anyone'
  const shows = !locked && presentRoles.some(role => before.shown.includes(role) !== after.shown.includes(role))
  if ((unveils || shows) && !hall.pace.allows('unveiling', person)) throw tooOften()
  keepsOwner(room, people)
  hasRoom(hall, room, people)
  room.configuration = after
  room.locked = false
  const saved = [hall.rooms.changed(room)]
  if (people.length > 0) saved.push(changeAffiliations(hall, room, people, { nick: occupant?.nick }))
  if (!locked) tellChanges(hall, room, before, after)
  if (before.moderated && !after.moderated) giveVoice(hall, room)
  if (unveils) showAddresses(hall, room)
  if (shows) showRoles(hall, room, before)
  if (after.nicksLocked && !before.nicksLocked) {
    for (const { person } of [...room.occupants()]) giveNick(hall, room, person)
  }
  await Promise.all(saved)
}

function tooOften(): Problem {
  return problem('policy-violation', 'You change the room too often. Wait a little.', { type: 'wait' })
}

/** Encryption needs real addresses: whoever has not seen them is shown everybody again (XEP-0384#group-chats). */
function showAddresses(hall: Hall, room: Room): void {
  const devices = room.everybody.filter(({ occupant }) => occupant.role !== 'moderator')
  for (const occupant of room.occupants()) announce(hall.post, room, occupant, devices)
}

/** `muc#roomconfig_presencebroadcast`: some come into sight, and some go out of it. */
function showRoles(hall: Hall, room: Room, { shown: before }: Configuration): void {
  const { shown: after } = room.configuration
  for (const occupant of room.occupants()) {
    const [was, is] = [before, after].map(roles => roles.some(role => role === occupant.role))
    if (was && !is) vanish(hall.post, room, occupant)
    if (is && !was) {
      const others = room.everybody.filter(device => device.occupant !== occupant)
      announce(hall.post, room, occupant, others)
    }
  }
}

/** `muc#roomconfig_roomowners` and `…roomadmins` are whole lists: who is not on them any more is a member. */
function peopleChanges(room: Room, submitted: ReceivedForm): AffiliationChange[] {
  const owners = peopleIn(submitted, 'roomowners')
  const admins = peopleIn(submitted, 'roomadmins')
  const changes = new Map<string, AffiliationChange>()
  for (const { person, affiliation } of room.affiliations()) {
    const listed = affiliation === 'owner' ? owners : affiliation === 'admin' ? admins : undefined
    if (listed !== undefined && !listed.some(one => one === person)) {
      changes.set(person, { person, affiliation: affiliation === 'owner' ? 'admin' : 'member' })
    }
  }
  for (const person of admins ?? []) changes.set(person, { person, affiliation: 'admin' })
  for (const person of owners ?? []) changes.set(person, { person, affiliation: 'owner' })
  return [...changes.values()].filter(one => room.belonging(one.person)?.affiliation !== one.affiliation)
}

/** XEP-0045#roomconfig-notify, and who may not stay any longer. */
function tellChanges(hall: Hall, room: Room, before: Configuration, after: Configuration): void {
  const codes: number[] = []
  if (before.archived !== after.archived) codes.push(after.archived ? status.loggingOn : status.loggingOff)
  if (before.whois !== after.whois) {
    codes.push(after.whois === 'anyone' ? status.nowNonAnonymous : status.nowSemiAnonymous)
  }
  const rest = (c: Configuration): string => JSON.stringify({ ...c, archived: true, whois: 'anyone' })
  if (rest(before) !== rest(after)) codes.push(status.configurationChanged)
  if (after.membersOnly && !before.membersOnly) {
    for (const occupant of [...room.occupants()]) {
      if (atLeast(occupant.affiliation, 'member')) continue
      leaveAltogether(hall, room, occupant, { codes: [status.nowMembersOnly] })
    }
  }
  if (codes.length === 0) return
  room.broadcast(
    xml(
      'message',
      { xmlns: NS.client, from: room.jid, type: 'groupchat', id: hall.randomId() },
      xml(
        'x',
        { xmlns: mucUser },
        codes.map(code => xml('status', { code })),
      ),
    ),
  )
}

/** Nobody needs to be given a voice any longer. */
function giveVoice(hall: Hall, room: Room): void {
  for (const occupant of [...room.occupants()]) {
    if (occupant.role === 'visitor') {
      changeRole(hall, room, occupant, occupant.affiliation, 'participant', undefined, undefined)
    }
  }
}

/** XEP-0045#destroyroom: each hears of the own end only. @returns when nothing is left of it */
export async function destroy(hall: Hall, room: Room, request: Element | undefined): Promise<void> {
  const venue = parseJid(request?.attr('jid') ?? '')
  if (request?.attr('jid') !== undefined && venue === undefined) {
    throw problem('jid-malformed', 'The other room is not an address.')
  }
  const told = xml(
    'destroy',
    { xmlns: mucUser, jid: venue },
    ...['password', 'reason'].map(name => {
      const text = request?.childText(name)
      return text === undefined ? undefined : xml(name, null, text)
    }),
  )
  for (const occupant of [...room.occupants()]) {
    const devices = [...occupant.all]
    announce(hall.post, room, occupant, devices, { destroy: told, leaving: { affiliation: 'none' } })
    for (const device of devices) room.leave(device)
  }
  await hall.rooms.end(room)
}
