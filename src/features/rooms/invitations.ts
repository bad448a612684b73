/** XEP-0045#invite: invitations that the room passes on, and what is answered to them. */

import { accountOf, type BareJid, bareOf, isBare, type Jid, parseJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { errorReply, problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { changeAffiliations } from './affiliations.ts'
import { hasRoom } from './bounds.ts'
import type { Hall } from './hall.ts'
import type { Person } from './history.ts'
import { conference, mucUser } from './namespaces.ts'
import type { Device } from './occupant.ts'
import { atLeast, maySpeak } from './rights.ts'
import type { Room } from './room.ts'
import { notInside } from './talking.ts'

/** Invitations in one message. */
const mostInvited = 20

/** `<invite/>` and `<decline/>` of a message to the room; undefined if there is none. */
export function invitationsIn(message: Element): Element | undefined {
  const x = message.child('x', mucUser)
  return x?.child('invite') === undefined && x?.child('decline') === undefined ? undefined : x
}

/** XEP-0045#invite-mediated. Throw a `Problem` to refuse. */
export function invite(hall: Hall, room: Room, message: Element, x: Element, device: Device | undefined): void {
  if (device === undefined) throw notInside()
  const { occupant } = device
  const { configuration } = room
  const invites = x.elements().filter(child => child.is('invite', mucUser))
  if (invites.length > mostInvited)
    throw problem('not-acceptable', `At most ${mostInvited} people are invited at once.`)
  const admin = atLeast(occupant.affiliation, 'admin')
  // XEP-0045#modifymember: whom a room for members lets in is for its admins to say, unless members may.
  const may = admin || (configuration.membersInvite && (configuration.membersOnly || maySpeak(occupant.role)))
  if (!may) throw problem('forbidden', 'You may not invite anybody to this room.')
  const invited = invites.map(one => ({ one, to: addressIn(one) }))
  for (const { to } of invited) {
    if (room.affiliationOf(bareOf(to)) === 'outcast')
      throw problem('not-allowed', 'That person is banned from the room.')
    if (!hall.pace.allows('invitation', occupant.person)) {
      throw problem('policy-violation', 'You have invited many people. Wait a little.', { type: 'wait' })
    }
  }
  if (configuration.membersOnly)
    makeMembers(
      hall,
      room,
      invited.flatMap(({ to }) => accountOf(to) ?? []),
    )
  for (const { one, to } of invited) {
    const from = configuration.whois === 'anyone' ? occupant.person : occupant.jid
    const inside = xml(
      'invite',
      { from },
      text('reason', one.childText('reason')),
      one.child('continue') === undefined
        ? undefined
        : xml('continue', { thread: one.child('continue')?.attr('thread') }),
    )
    const person = accountOf(to)
    if (person !== undefined) room.invited.add(person, occupant.person)
    pass(hall, room, message.attr('id'), to, inside, one.childText('reason'), occupant.jid)
  }
}

/** XEP-0045#modifymember: who was made a member of a room for members is invited to it. */
export function membershipInvitation(
  hall: Hall,
  room: Room,
  person: Person,
  by: BareJid,
  reason: string | undefined,
): void {
  if (!isBare(person) || room.isInside(person)) return
  room.invited.add(person, by)
  const from = room.configuration.whois === 'anyone' ? by : room.jid
  pass(hall, room, undefined, person, xml('invite', { from }, text('reason', reason)), reason, undefined)
}

function makeMembers(hall: Hall, room: Room, people: readonly BareJid[]): void {
  const changes = people
    .filter(person => room.affiliationOf(person) === 'none')
    .map(person => ({ person, affiliation: 'member' as const }))
  hasRoom(hall, room, changes)
  if (changes.length > 0) {
    changeAffiliations(hall, room, changes).catch((bug: unknown) => hall.log.bug('members could not be written', bug))
  }
}

function pass(
  hall: Hall,
  room: Room,
  id: string | undefined,
  to: Jid,
  invitation: Element,
  reason: string | undefined,
  inviter: Jid | undefined,
): void {
  const { password } = room.configuration
  const message = xml(
    'message',
    { xmlns: NS.client, from: room.jid, to, id: id ?? hall.randomId() },
    xml('x', { xmlns: mucUser }, invitation, password === '' ? undefined : xml('password', null, password)),
    // XEP-0249, for the many clients that know nothing else.
    xml('x', { xmlns: conference, jid: room.jid, password: password || undefined, reason }),
  )
  // XEP-0045#invite-mediated: to nobody it does not go.
  const local = accountOf(to)
  if (inviter === undefined || local === undefined || !hall.post.isLocal(to)) {
    hall.post.route(message, room.jid, to)
    return
  }
  void Promise.resolve(hall.post.account(local)).then(account => {
    if (account !== undefined) return hall.post.route(message, room.jid, to)
    const device = room.occupantNamed(nickOf(inviter))?.shown
    const reply = errorReply(
      message.with({ from: device?.jid, to: room.jid }),
      problem('item-not-found', 'There is no such address.'),
    )
    if (device !== undefined && reply !== undefined) hall.post.route(reply, room.jid, device.jid)
  })
}

const nickOf = (jid: Jid): string => jid.slice(jid.indexOf('/') + 1)

/**
 * The invited one says no; whoever invited hears of it. Nobody else can say anything, and nobody learns from the answer who is in
 * the room.
 */
export function decline(hall: Hall, room: Room, message: Element, x: Element, from: Jid): void {
  const refused = x.child('decline')
  if (refused === undefined) return
  const person = accountOf(from)
  const invitation = room.invited.take(person)
  if (person === undefined || invitation === undefined) {
    throw problem('item-not-found', 'Nobody in this room has invited you.')
  }
  const reason = refused.childText('reason')
  const reply = xml(
    'message',
    { xmlns: NS.client, from: room.jid, id: message.attr('id') },
    xml('x', { xmlns: mucUser }, xml('decline', { from: person }, text('reason', reason))),
  )
  for (const { all } of room.occupantsOf(invitation.about)) {
    for (const { jid } of all) hall.post.route(reply.with({ to: jid }), room.jid, jid)
  }
}

function addressIn(element: Element): Jid {
  const text = element.attr('to')
  if (text === undefined) throw problem('bad-request', 'It does not say who is meant.')
  const jid = parseJid(text)
  if (jid === undefined) throw problem('jid-malformed', 'That is not an address.')
  return jid
}

function text(name: string, said: string | undefined): Element | undefined {
  return said === undefined || said === '' ? undefined : xml(name, null, said)
}
