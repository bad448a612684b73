/** XEP-0045#entity: what the service and its rooms tell about themselves. */

import { type Field, form } from '../../protocol/data-forms.ts'
import type { BareJid, DomainJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { RoomQuestion } from './extension.ts'
import type { Hall } from './hall.ts'
import {
  muc,
  occupantIds,
  register,
  roomInfo,
  roomRegister,
  selfPing,
  stableId,
  tokenInvite,
  voiceRequest,
} from './namespaces.ts'
import { atLeast } from './rights.ts'
import type { Room } from './room.ts'
import { channelSearch } from './search.ts'

const rsm = 'http://jabber.org/protocol/rsm'
const pageSize = 50
const largestPage = 200

/** XEP-0045#disco-roominfo. */
export async function roomDisco(hall: Hall, room: Room, question: RoomQuestion): Promise<Element> {
  const node = question.payload.attr('node') || undefined
  mustExistFor(room, question.person)
  if (node === 'x-roomuser-item') return ownNick(room, question.person)
  // XEP-0045#impl-service-traffic: nothing is kept from anybody.
  if (node === `${muc}#traffic`) throw problem('service-unavailable', 'Everything passes through this room.')
  if (node !== undefined) throw problem('item-not-found', 'There is no such node.')
  const { configuration: c } = room
  const features = [
    muc,
    stableId,
    selfPing,
    occupantIds,
    NS.discoInfo,
    NS.discoItems,
    register,
    tokenInvite,
    NS.stanzaIds,
    c.password === '' ? 'muc_unsecured' : 'muc_passwordprotected',
    c.listed ? 'muc_public' : 'muc_hidden',
    c.persistent ? 'muc_persistent' : 'muc_temporary',
    c.membersOnly ? 'muc_membersonly' : 'muc_open',
    c.moderated ? 'muc_moderated' : 'muc_unmoderated',
    c.whois === 'anyone' ? 'muc_nonanonymous' : 'muc_semianonymous',
    ...hall.extensions.flatMap(({ features: more }) => more?.(room) ?? []),
  ]
  return xml(
    'query',
    { xmlns: NS.discoInfo },
    xml('identity', { category: 'conference', type: 'text', name: c.name || undefined }),
    [...new Set(features)].map(name => xml('feature', { var: name })),
    await infoForm(hall, room, question.person),
  )
}

async function infoForm(hall: Hall, room: Room, person: BareJid): Promise<Element> {
  const more = await Promise.all(hall.extensions.map(({ info }) => info?.(room) ?? []))
  const { configuration: c, subject } = room
  // What goes on inside is for those who may be there.
  const isInsider = room.mayRead(person)
  const subjectText = isInsider ? (subject?.texts[0]?.text() ?? '') : ''
  return form({
    type: 'result',
    means: roomInfo,
    fields: [
      { name: 'muc#roominfo_description', type: 'text-single', label: 'Description', values: [c.description] },
      { name: 'muc#roominfo_subject', type: 'text-single', label: 'Subject', values: [subjectText] },
      {
        name: 'muc#roominfo_subjectmod',
        type: 'boolean',
        label: 'Participants may change the subject',
        values: [c.occupantsSetSubject ? '1' : '0'],
      },
      // When people meet in a room that is in no list is not told to those who may not come in.
      ...(isInsider || c.listed ? [occupants(room)] : []),
      { name: 'muc#roominfo_lang', type: 'text-single', label: 'Language', values: [c.language] },
      {
        name: 'muc#maxhistoryfetch',
        type: 'text-single',
        label: 'Messages shown to newcomers',
        values: [String(c.historyShown)],
      },
      {
        name: 'muc#roomconfig_changesubject',
        type: 'boolean',
        label: 'Occupants may change the subject',
        values: [c.occupantsSetSubject ? '1' : '0'],
      },
      {
        name: 'muc#roomconfig_allowinvites',
        type: 'boolean',
        label: 'Members may invite',
        values: [c.membersInvite ? '1' : '0'],
      },
      {
        name: 'muc#roomconfig_allowpm',
        type: 'list-single',
        label: 'Who may send private messages',
        values: [c.privateMessages],
      },
      ...more.flat(),
    ],
  })
}

const occupants = ({ size }: Room): Field => ({
  name: 'muc#roominfo_occupants',
  type: 'text-single',
  label: 'Number of occupants',
  values: [String(size)],
})

/** XEP-0045#reservednick */
function ownNick(room: Room, person: BareJid): Element {
  const nick = room.belonging(person)?.nick
  return xml(
    'query',
    { xmlns: NS.discoInfo, node: 'x-roomuser-item' },
    nick === undefined ? undefined : xml('identity', { category: 'conference', type: 'text', name: nick }),
  )
}

/** XEP-0045#disco-roomitems: who is in a room is for those who are in it, too. */
export function roomItems(room: Room, { person, occupant }: RoomQuestion): Element {
  mustExistFor(room, person)
  const inside = occupant === undefined ? [] : [...room.occupants()]
  return xml(
    'query',
    { xmlns: NS.discoItems },
    inside.map(({ jid, nick }) => xml('item', { jid, name: nick })),
  )
}

/** A room that has no configuration yet is there for its owner only. */
function mustExistFor(room: Room, person: BareJid): void {
  if (room.locked && !atLeast(room.affiliationOf(person), 'owner')) {
    throw problem('item-not-found', 'There is no such room.')
  }
}

/** XEP-0045#disco-rooms: rooms in the public list, page by page (XEP-0059). */
export async function listRooms(hall: Hall, payload: Element, domain: DomainJid): Promise<Element> {
  const set = payload.child('set', rsm)
  const max = Math.min(pageSizeIn(set) ?? pageSize, largestPage)
  const after = set?.childText('after') || undefined
  if (set?.child('before') !== undefined || set?.child('index') !== undefined) {
    throw problem('feature-not-implemented', 'Pages are asked for by what comes before them (after).')
  }
  const number = after === undefined ? 0 : numberIn(after)
  if (number === undefined) throw problem('item-not-found', 'There is no such room in the list.')
  const count = await hall.store.countListed(domain)
  const found = max === 0 ? [] : await hall.store.listed(domain, number, max)
  const whole = after === undefined && found.length === count
  return xml(
    'query',
    { xmlns: NS.discoItems },
    found.map(({ jid, configuration }) => xml('item', { jid, name: configuration.name || undefined })),
    whole && set === undefined
      ? undefined
      : xml(
          'set',
          { xmlns: rsm },
          found[0] === undefined ? undefined : xml('first', null, String(found[0].id)),
          found[0] === undefined ? undefined : xml('last', null, String(found.at(-1)!.id)),
          xml('count', null, String(count)),
        ),
  )
}

function pageSizeIn(set: Element | undefined): number | undefined {
  const text = set?.childText('max')
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw problem('bad-request', 'The size of a page is a number.')
  return Number(text)
}

function numberIn(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

export const serviceFeatures: readonly string[] = [
  muc,
  stableId,
  selfPing,
  occupantIds,
  rsm,
  roomRegister,
  voiceRequest,
  channelSearch,
  tokenInvite,
]
