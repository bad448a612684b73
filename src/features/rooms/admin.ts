/** XEP-0045#moderator and #admin: lists of roles and affiliations, asked for and changed (`muc#admin`). */

import { bareOf, isFull, parseJid } from '../../protocol/jid.ts'
import { problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { type AffiliationChange, changeAffiliations, changeRole } from './affiliations.ts'
import { hasRoom, keepsOwner, mayReserve } from './bounds.ts'
import type { RoomQuestion } from './extension.ts'
import type { Hall } from './hall.ts'
import type { Person } from './history.ts'
import { membershipInvitation } from './invitations.ts'
import { leaveAltogether } from './leaving.ts'
import { mucAdmin, status } from './namespaces.ts'
import type { Occupant } from './occupant.ts'
import {
  type Affiliation,
  atLeast,
  isAffiliation,
  isRole,
  mayChangeAffiliation,
  mayChangeRole,
  type Role,
} from './rights.ts'
import type { Room } from './room.ts'

/** Changes in one request. */
const mostItems = 200
const longestReason = 1_000

interface RoleChange {
  readonly occupant: Occupant
  readonly role: Role
  readonly reason: string | undefined
}

/** What a list holds (XEP-0045#modifyvoice, #modifyban, #modifymember and the rest). */
export function list({ payload, person }: RoomQuestion, room: Room): Element {
  const [item, second] = itemsOf(payload)
  if (item === undefined || second !== undefined) throw problem('bad-request', 'One list is asked for at a time.')
  const affiliation = item.attr('affiliation')
  const role = item.attr('role')
  if (isAffiliation(affiliation) && role === undefined) {
    mayListAffiliation(room, person, affiliation)
    return xml('query', { xmlns: mucAdmin }, affiliated(room, affiliation))
  }
  if (!isRole(role) || role === 'none' || affiliation !== undefined) {
    throw problem('bad-request', 'A list is one of a role or one of an affiliation.')
  }
  mayListRole(room, person, role)
  const present = [...room.occupants()].filter(occupant => occupant.role === role)
  return xml(
    'query',
    { xmlns: mucAdmin },
    present.map(one => xml('item', { affiliation: one.affiliation, jid: one.shown.jid, nick: one.nick, role })),
  )
}

function affiliated(room: Room, affiliation: Affiliation): Element[] {
  const found: Element[] = []
  for (const one of room.affiliations()) {
    if (one.affiliation !== affiliation) continue
    const reason = affiliation === 'outcast' ? one.reason : undefined
    found.push(
      xml(
        'item',
        { affiliation, jid: one.person, nick: one.nick },
        reason === undefined ? undefined : xml('reason', null, reason),
      ),
    )
  }
  return found
}

/** XEP-0045#modifymember: where addresses show anyway, members may know who belongs to the room. */
function mayListAffiliation(room: Room, person: Person, affiliation: Affiliation): void {
  const own = room.affiliationOf(person)
  const least = affiliation === 'owner' || affiliation === 'admin' ? 'owner' : 'admin'
  if (atLeast(own, least)) return
  const { whois, listsMembers } = room.configuration
  const inside = [...room.occupants()].find(occupant => occupant.person === person)
  const role = inside?.role ?? (atLeast(own, 'member') ? 'participant' : 'none')
  const listed = listsMembers.some(one => one === role)
  const visible = whois === 'anyone' || role === 'moderator'
  if (affiliation === 'outcast' || affiliation === 'none' || !visible || !listed || own === 'outcast') {
    throw problem('forbidden', 'You may not see that list.')
  }
}

/** XEP-0045#modifymod: moderators are for admins to see; who has a voice, for moderators. */
function mayListRole(room: Room, person: Person, role: Role): void {
  if (atLeast(room.affiliationOf(person), 'admin')) return
  const moderates = [...room.occupants()].some(one => one.person === person && one.role === 'moderator')
  if (!moderates || role === 'moderator') throw problem('forbidden', 'You may not see that list.')
}

/** Changes all, or refuses all. @returns when they are on disk */
export async function change(hall: Hall, room: Room, question: RoomQuestion): Promise<void> {
  const items = itemsOf(question.payload)
  if (items.length === 0) throw problem('bad-request', 'There is nothing to change.')
  if (items.length > mostItems) throw problem('not-acceptable', `At most ${mostItems} changes are made at once.`)
  const roles: RoleChange[] = []
  const affiliations: AffiliationChange[] = []
  for (const item of items) {
    const affiliation = item.attr('affiliation')
    const role = item.attr('role')
    if ((affiliation === undefined) === (role === undefined)) {
      throw problem('bad-request', 'Each change names a role or an affiliation.')
    }
    if (role === undefined) affiliations.push(affiliationChange(hall, room, question, item))
    else roles.push(roleChange(room, question, item))
  }
  keepsOwner(room, affiliations)
  hasRoom(hall, room, affiliations)
  if (!hall.pace.allows('deliveries', question.person, items.length * room.everybody.length)) {
    throw problem('policy-violation', 'You change very much in a big room. Wait a little.', { type: 'wait' })
  }
  const actor = { nick: question.occupant?.nick }
  const newMembers = affiliations.filter(
    one => one.affiliation === 'member' && room.affiliationOf(one.person) === 'none',
  )
  for (const { occupant, role, reason } of roles) {
    if (role === 'none') leaveAltogether(hall, room, occupant, { codes: [status.kicked], actor, reason })
    else if (role !== occupant.role) changeRole(hall, room, occupant, occupant.affiliation, role, actor, reason)
  }
  if (affiliations.length === 0) return
  const saved = changeAffiliations(hall, room, affiliations, actor)
  if (room.configuration.membersOnly) {
    for (const { person, reason } of newMembers) membershipInvitation(hall, room, person, question.person, reason)
  }
  await saved
}

function itemsOf(payload: Element): Element[] {
  return payload.elements().filter(item => item.is('item', mucAdmin))
}

function roleChange(room: Room, { person, occupant: actor }: RoomQuestion, item: Element): RoleChange {
  const role = item.attr('role')
  const nick = item.attr('nick')
  if (!isRole(role) || nick === undefined) throw problem('bad-request', 'A change of a role names a nick and a role.')
  const affiliation = room.affiliationOf(person)
  if (actor?.role !== 'moderator' && !atLeast(affiliation, 'admin')) {
    throw problem('forbidden', 'Only moderators may do that.')
  }
  const occupant = room.occupantNamed(nick)
  if (occupant === undefined) throw problem('item-not-found', 'Nobody in this room has that nick.')
  if (!mayChangeRole({ affiliation, role: actor?.role ?? 'none' }, occupant, role)) {
    throw problem('not-allowed', 'You may not do that to somebody with these rights.')
  }
  return { occupant, role, reason: reasonOf(item) }
}

function affiliationChange(hall: Hall, room: Room, { person }: RoomQuestion, item: Element): AffiliationChange {
  const affiliation = item.attr('affiliation')
  if (!isAffiliation(affiliation)) throw problem('bad-request', 'There is no such affiliation.')
  const actor = room.affiliationOf(person)
  if (!atLeast(actor, 'admin')) throw problem('forbidden', 'Only admins of the room may do that.')
  const target = targetOf(room, item)
  const before = room.affiliationOf(target)
  if (target === person && affiliation === 'outcast') throw problem('conflict', 'You cannot ban yourself.')
  if (!target.includes('@') && affiliation !== 'outcast' && affiliation !== 'none') {
    throw problem('not-acceptable', 'A whole service can be banned, and nothing else.')
  }
  if (!mayChangeAffiliation(actor, before, affiliation)) {
    // XEP-0045#ban: against somebody above oneself it is not allowed; lists of owners and admins are forbidden ground.
    const above = affiliation === 'outcast' || affiliation === 'none'
    throw problem(above ? 'not-allowed' : 'forbidden', 'You may not do that to somebody with these rights.')
  }
  const nick = item.attr('jid') === undefined ? undefined : item.attr('nick')
  if (nick !== undefined && nick !== '') mayReserve(hall, room, target, nick)
  return { person: target, affiliation, reason: reasonOf(item), nick }
}

/** By the address; by the nick where somebody is there. */
function targetOf(room: Room, item: Element): Person {
  const text = item.attr('jid')
  if (text === undefined) {
    const nick = item.attr('nick')
    if (nick === undefined) throw problem('bad-request', 'A change names an address or a nick.')
    const occupant = room.occupantNamed(nick)
    if (occupant === undefined) throw problem('item-not-found', 'Nobody in this room has that nick.')
    return occupant.person
  }
  const jid = parseJid(text)
  if (jid === undefined) throw problem('jid-malformed', 'That is not an address.')
  const bare = isFull(jid) ? bareOf(jid) : jid
  if (isFull(bare)) throw problem('jid-malformed', 'That is not an address.')
  return bare
}

function reasonOf(item: Element): string | undefined {
  const reason = item.childText('reason')
  if (reason !== undefined && reason.length > longestReason) {
    throw problem('not-acceptable', `A reason has at most ${longestReason} characters.`)
  }
  return reason === '' ? undefined : reason
}
