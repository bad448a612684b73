/** XEP-0045#register: becoming a member with a nick that nobody else can have. */

import { form, parseForm } from '../../protocol/data-forms.ts'
import type { BareJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { changeAffiliations } from './affiliations.ts'
import { askForMembership } from './approvals.ts'
import { hasRoom, keepsOwner, mayReserve } from './bounds.ts'
import type { RoomQuestion } from './extension.ts'
import type { Hall } from './hall.ts'
import { register, roomRegister } from './namespaces.ts'
import type { Room } from './room.ts'

function mayRegister(room: Room, person: BareJid): void {
  if (room.locked) throw problem('item-not-found', 'There is no such room.')
  if (room.affiliationOf(person) === 'outcast') throw problem('not-allowed', 'You are banned from this room.')
}

/** The form, or what is registered. */
export function askRegistration(room: Room, { person }: RoomQuestion): Element {
  mayRegister(room, person)
  const belonging = room.belonging(person)
  if (belonging?.nick !== undefined) {
    return xml('query', { xmlns: register }, xml('registered'), xml('username', null, belonging.nick))
  }
  return xml(
    'query',
    { xmlns: register },
    xml('instructions', null, 'Choose the nick that is to be yours in this room.'),
    form({
      type: 'form',
      means: roomRegister,
      title: 'Registration with the room',
      fields: [{ name: 'muc#register_roomnick', type: 'text-single', label: 'Desired nick', required: true }],
    }),
  )
}

/** Registers, or ends the registration. @returns when it is on disk */
export async function submitRegistration(
  hall: Hall,
  room: Room,
  { payload, person, occupant }: RoomQuestion,
): Promise<void> {
  mayRegister(room, person)
  if (payload.child('remove') !== undefined) return leaveMembership(hall, room, person)
  const x = payload.child('x', NS.dataForms)
  const submitted = x && parseForm(x)
  if (submitted?.type === 'cancel') return
  const nick = submitted?.value('muc#register_roomnick')
  if (submitted?.type !== 'submit' || submitted.means !== roomRegister || nick === undefined) {
    throw problem('bad-request', 'A form with the nick (muc#register_roomnick) is missing.')
  }
  mayReserve(hall, room, person, nick)
  if (!hall.pace.allows('nick', person)) {
    throw problem('policy-violation', 'You have registered often. Wait a little.', { type: 'wait' })
  }
  const before = room.affiliationOf(person)
  if (before === 'none' && room.configuration.membersOnly) {
    if (!hall.pace.allows('invitation', person) || !askForMembership(hall, room, person, nick)) {
      throw problem('not-allowed', 'Only members can enter this room. Ask one of its admins.')
    }
    room.requests.add(person, nick)
    return
  }
  const change = { person, affiliation: before === 'none' ? ('member' as const) : before, nick }
  hasRoom(hall, room, [change])
  await changeAffiliations(hall, room, [change], occupant === undefined ? undefined : { nick: occupant.nick })
}

/** Members leave the list; admins and owners keep what they are and give up the nick. */
async function leaveMembership(hall: Hall, room: Room, person: BareJid): Promise<void> {
  const affiliation = room.affiliationOf(person)
  if (affiliation === 'none') throw problem('registration-required', 'You are not registered with this room.')
  const change = { person, affiliation: affiliation === 'member' ? ('none' as const) : affiliation, nick: '' }
  keepsOwner(room, [change])
  await changeAffiliations(hall, room, [change])
}
