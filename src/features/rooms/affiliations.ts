/** Changes of what people are to a room, and what follows for those who are in it (XEP-0045#admin, #owner). */

import { type BareJid, isBare } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { xml } from '../../protocol/xml/element.ts'
import { ForMany } from '../../routing/parcel.ts'
import { FanOut } from './fan-out.ts'
import type { Hall } from './hall.ts'
import type { Person } from './history.ts'
import { leaveAltogether } from './leaving.ts'
import { mucUser, status } from './namespaces.ts'
import { giveNick } from './nick-change.ts'
import type { Occupant } from './occupant.ts'
import { type Actor, announce, isShown, tellOfOthers, vanish } from './presences.ts'
import { type Affiliation, atLeast, type Role } from './rights.ts'
import type { Room } from './room.ts'

export interface AffiliationChange {
  readonly person: Person
  readonly affiliation: Affiliation
  readonly reason?: string | undefined
  /** Reserves a nick; '' gives it up. */
  readonly nick?: string | undefined
}

/** Changes that have been found to be allowed. @returns when they are on disk */
export function changeAffiliations(
  hall: Hall,
  room: Room,
  changes: readonly AffiliationChange[],
  actor?: Actor,
): Promise<void> {
  const parted = changes.map(change => note(room, change)).includes(true)
  const people = hall.store.savePeople(
    room,
    changes.map(({ person }) => person),
  )
  const saved = parted ? Promise.all([people, hall.rooms.changed(room)]).then(() => {}) : people
  for (const change of changes) tell(hall, room, change, actor)
  for (const { person } of changes) if (isBare(person)) giveNick(hall, room, person)
  return saved
}

/** @returns whether the room itself is another now */
function note(room: Room, { person, affiliation, reason, nick }: AffiliationChange): boolean {
  const parted = !atLeast(affiliation, 'member') && room.parted(person)
  if (affiliation === 'none') {
    room.belongs(person, undefined)
    return parted
  }
  const before = room.belonging(person)
  // XEP-0045#ban: with the ban goes the reserved nick.
  const reserved = affiliation === 'outcast' ? undefined : nick === undefined ? before?.nick : nick || undefined
  room.belongs(person, {
    affiliation,
    order: before?.affiliation === affiliation ? before.order : room.nextOrder,
    ...(reserved === undefined ? {} : { nick: reserved }),
    ...(reason === undefined ? {} : { reason }),
  })
  return parted
}

function tell(hall: Hall, room: Room, change: AffiliationChange, actor: Actor | undefined): void {
  const { person, reason } = change
  const concerned = isBare(person)
    ? room.occupantsOf(person)
    : [...room.occupants()].filter(
        occupant => !room.belonging(occupant.person) && occupant.person.endsWith(`@${person}`),
      )
  for (const occupant of concerned) applyTo(hall, room, occupant, { actor, reason })
  if (concerned.length === 0 && isBare(person)) tellOfAbsent(hall, room, person, change)
}

/** An occupant has another affiliation now: the role follows, or they have to go. */
function applyTo(
  hall: Hall,
  room: Room,
  occupant: Occupant,
  { actor, reason }: { actor: Actor | undefined; reason: string | undefined },
): void {
  const affiliation = room.affiliationOf(occupant.person)
  const by = { ...(actor === undefined ? {} : { actor }), reason, affiliation }
  if (affiliation === 'outcast') leaveAltogether(hall, room, occupant, { ...by, codes: [status.banned] })
  else if (room.configuration.membersOnly && !atLeast(affiliation, 'member')) {
    leaveAltogether(hall, room, occupant, { ...by, codes: [status.noLongerMember] })
  } else changeRole(hall, room, occupant, affiliation, roleAfter(room, occupant, affiliation), actor, reason)
}

/** Admins and owners are moderators; who was one only by that is none any more; others keep the voice they have. */
function roleAfter(room: Room, { affiliation: before, role }: Occupant, affiliation: Affiliation): Role {
  if (atLeast(affiliation, 'admin')) return 'moderator'
  if (atLeast(before, 'admin')) return room.roleOf(affiliation)
  return role === 'visitor' && atLeast(affiliation, 'member') ? 'participant' : role
}

/** Tells everybody of an occupant's new role or affiliation. Who becomes a moderator learns real addresses. */
export function changeRole(
  hall: Hall,
  room: Room,
  occupant: Occupant,
  affiliation: Affiliation,
  role: Role,
  actor: Actor | undefined,
  reason: string | undefined,
): void {
  const isNew = role === 'moderator' && occupant.role !== 'moderator'
  const wasShown = isShown(room, occupant.role)
  occupant.become(affiliation, role)
  announce(hall.post, room, occupant, room.everybody, { actor, reason })
  if (wasShown && !isShown(room, role)) vanish(hall.post, room, occupant)
  if (isNew && room.configuration.whois !== 'anyone') tellOfOthers(hall.post, room, occupant, [...occupant.all])
}

/** XEP-0045#grantmember and the like: whoever may see addresses hears of people who are not there. */
function tellOfAbsent(hall: Hall, room: Room, person: BareJid, { affiliation, reason }: AffiliationChange): void {
  const { whois } = room.configuration
  const message = xml(
    'message',
    { xmlns: NS.client, from: room.jid, id: hall.randomId() },
    xml(
      'x',
      { xmlns: mucUser },
      xml(
        'item',
        { affiliation, jid: person, role: 'none' },
        reason === undefined ? undefined : xml('reason', null, reason),
      ),
    ),
  )
  const many = new ForMany(message, room.jid)
  room.sequence.add(
    new FanOut(hall.post, room.everybody, ({ occupant }) =>
      whois === 'anyone' || occupant.role === 'moderator' ? many : undefined,
    ),
  )
}
