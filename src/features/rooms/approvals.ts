/** XEP-0045#requestvoice and #regapprove: what people in a room ask for, and what those with the say answer. */

import { form, type ReceivedForm } from '../../protocol/data-forms.ts'
import { parseJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { changeAffiliations, changeRole } from './affiliations.ts'
import { mayReserve } from './bounds.ts'
import type { Hall } from './hall.ts'
import { roomRegister, voiceRequest } from './namespaces.ts'
import type { Device, Occupant } from './occupant.ts'
import { atLeast } from './rights.ts'
import type { Room } from './room.ts'
import { notInside } from './talking.ts'

/** A form in a message to the room. Throw a `Problem` to refuse. */
export function formCame(hall: Hall, room: Room, submitted: ReceivedForm, device: Device | undefined): void {
  if (device === undefined) throw notInside()
  const { occupant } = device
  if (submitted.type === 'cancel') return
  if (submitted.type !== 'submit') throw problem('bad-request', 'That is not a form that was filled in.')
  if (submitted.means === roomRegister) registrationAnswered(hall, room, submitted, occupant)
  else if (submitted.means !== voiceRequest) throw problem('bad-request', 'That form means nothing here.')
  else if (submitted.has('muc#request_allow')) voiceAnswered(hall, room, submitted, occupant)
  else askVoice(hall, room, submitted, occupant)
}

function askVoice(hall: Hall, room: Room, submitted: ReceivedForm, asker: Occupant): void {
  if (submitted.value('muc#role') !== 'participant') throw problem('bad-request', 'A voice is what can be asked for.')
  if (!room.configuration.voiceRequests) throw problem('forbidden', 'In this room nobody can ask for a voice.')
  if (asker.role !== 'visitor') return
  if (!hall.pace.allows('invitation', asker.person)) {
    throw problem('policy-violation', 'You have asked often. Wait a little.', { type: 'wait' })
  }
  ask(hall, room, room.moderators, [
    form({
      type: 'form',
      means: voiceRequest,
      title: 'Voice request',
      instructions: 'Somebody wants to speak in the room.',
      fields: [
        {
          name: 'muc#role',
          type: 'list-single',
          label: 'Requested role',
          values: ['participant'],
          options: [{ value: 'participant', label: 'Participant' }],
        },
        { name: 'muc#jid', type: 'jid-single', label: 'Address', values: [asker.shown.jid] },
        { name: 'muc#roomnick', type: 'text-single', label: 'Nick', values: [asker.nick] },
        { name: 'muc#request_allow', type: 'boolean', label: 'Let them speak?', values: ['0'] },
      ],
    }),
  ])
}

function ask(hall: Hall, room: Room, whom: readonly Occupant[], content: readonly Element[]): void {
  const message = xml('message', { xmlns: NS.client, from: room.jid, id: hall.randomId() }, content)
  for (const { all } of whom) {
    for (const { jid } of all) hall.post.route(message.with({ to: jid }), room.jid, jid)
  }
}

function voiceAnswered(hall: Hall, room: Room, submitted: ReceivedForm, moderator: Occupant): void {
  if (moderator.role !== 'moderator') throw problem('forbidden', 'Only moderators may do that.')
  if (submitted.flag('muc#request_allow') !== true) return
  const occupant = room.occupantNamed(submitted.value('muc#roomnick') ?? '')
  // Meanwhile somebody else may have taken the nick.
  const jid = parseJid(submitted.value('muc#jid') ?? '')
  if (occupant === undefined || (jid !== undefined && !occupant.all.some(device => device.jid === jid))) {
    throw problem('item-not-found', 'Whoever asked is not in the room any more.')
  }
  if (occupant.role === 'visitor') {
    changeRole(hall, room, occupant, occupant.affiliation, 'participant', { nick: moderator.nick }, undefined)
  }
}

/** XEP-0045#regapprove. @returns whether there is anybody to answer */
export function askForMembership(hall: Hall, room: Room, person: string, nick: string): boolean {
  const admins = [...room.occupants()].filter(({ affiliation }) => atLeast(affiliation, 'admin'))
  if (admins.length === 0) return false
  ask(hall, room, admins, [
    form({
      type: 'form',
      means: roomRegister,
      title: 'Registration request',
      instructions: 'Somebody wants to become a member of the room.',
      fields: [
        { name: 'muc#jid', type: 'jid-single', label: 'Address', values: [person] },
        { name: 'muc#register_roomnick', type: 'text-single', label: 'Nick', values: [nick] },
        { name: 'muc#register_allow', type: 'boolean', label: 'Make them a member?', values: ['0'] },
      ],
    }),
  ])
  return true
}

function registrationAnswered(hall: Hall, room: Room, submitted: ReceivedForm, admin: Occupant): void {
  if (!atLeast(admin.affiliation, 'admin')) throw problem('forbidden', 'Only admins of the room may do that.')
  if (submitted.flag('muc#register_allow') !== true) return
  const person = parseJid(submitted.value('muc#jid') ?? '')
  const request = room.requests.take(person)
  if (request === undefined) throw problem('item-not-found', 'Nobody with that address has asked.')
  if (room.affiliationOf(request.person) !== 'none') return
  mayReserve(hall, room, request.person, request.about)
  const change = { person: request.person, affiliation: 'member' as const, nick: request.about }
  changeAffiliations(hall, room, [change], { nick: admin.nick }).catch((bug: unknown) =>
    hall.log.bug('a member could not be written', bug),
  )
}
