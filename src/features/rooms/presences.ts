/** XEP-0045#enter-pres and everything like it: presence of an occupant as the others get it. */

import type { FullJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import type { PresenceType } from '../../protocol/stanza.ts'
import { type Child, Element, xml } from '../../protocol/xml/element.ts'
import { detach } from '../../protocol/xml/parser.ts'
import { ForMany } from '../../routing/parcel.ts'
import type { Post } from '../../routing/post.ts'
import { FanOut } from './fan-out.ts'
import { muc, mucUser, occupantIds, status } from './namespaces.ts'
import type { Device, Occupant } from './occupant.ts'
import type { Affiliation, Role } from './rights.ts'
import type { Room } from './room.ts'

/** Who did something to somebody. */
export interface Actor {
  readonly nick: string | undefined
}

/** What is told along with a presence. */
export interface Telling {
  /** To everybody. */
  readonly codes?: readonly number[]
  /** To the occupant alone, besides `status.self`. */
  readonly selfCodes?: readonly number[]
  readonly actor?: Actor | undefined
  readonly reason?: string | undefined
  /** Others see no such role: to them the occupant goes. */
  readonly vanishes?: true
  /** The nick that comes next. */
  readonly newNick?: string
  /** The occupant goes: what they say in parting, if anything. */
  readonly leaving?: { readonly presence?: Element | undefined; readonly affiliation: Affiliation }
  readonly destroy?: Element
  /** The stanza that this answers (its device and id). */
  readonly answering?: { readonly device: Device; readonly id: string | undefined }
}

/** Only what shows something: nobody puts words about rights into the mouth of the room. Keeps nothing else alive. */
export function sanitized(presence: Element): Element {
  const children = presence.children.filter(
    child =>
      typeof child === 'string' ||
      !(
        child.ns === mucUser ||
        child.ns === muc ||
        child.ns === occupantIds ||
        child.ns === NS.delay ||
        child.ns === NS.stanzaIds
      ),
  )
  const lang = presence.attr('xml:lang')
  return detach(new Element('presence', NS.client, lang === undefined ? [] : ['xml:lang', lang], children))
}

/** Do others' real addresses show for that device? */
export function sees(room: Room, device: Device): boolean {
  return room.configuration.whois === 'anyone' || device.occupant.role === 'moderator'
}

/** The presence of an occupant, as newcomers get it. */
export function shown(room: Room, occupant: Occupant, viewer: Device): ForMany {
  const open = sees(room, viewer)
  return occupant.written(open ? 'open' : 'veiled', () => written(occupant, open, {}, []))
}

/** Tells the devices that something about an occupant is different now. */
export function announce(
  post: Post,
  room: Room,
  occupant: Occupant,
  devices: readonly Device[],
  telling: Telling = {},
): void {
  const { codes = [], selfCodes = [], answering } = telling
  const plain = codes.length === 0 && telling.actor === undefined && telling.reason === undefined
  const ordinary =
    plain && telling.newNick === undefined && telling.leaving === undefined && telling.destroy === undefined
  const make = (open: boolean): ForMany => {
    if (!ordinary) return written(occupant, open, telling, codes)
    return occupant.written(open ? 'open' : 'veiled', () => written(occupant, open, {}, []))
  }
  const visible = telling.vanishes === true || isShown(room, occupant.role)
  const open = visible ? make(true) : undefined
  const veiled = visible && room.configuration.whois !== 'anyone' ? make(false) : undefined
  const own = [status.self, ...selfCodes, ...codes]
  const isOpen = room.configuration.whois === 'anyone' || occupant.role === 'moderator'
  const self = written(occupant, isOpen, telling, own)
  const answer =
    answering?.id === undefined ? undefined : new ForMany(self.stanza.with({ id: answering.id }), occupant.jid)
  room.sequence.add(
    new FanOut(post, devices, device => {
      if (device.occupant === occupant) return device === answering?.device ? (answer ?? self) : self
      // Where everybody saw addresses when it happened, there is nothing else to send.
      return sees(room, device) ? open : (veiled ?? open)
    }),
  )
}

/** Shows devices of an occupant everybody else. */
export function tellOfOthers(post: Post, room: Room, own: Occupant, devices: readonly Device[]): void {
  for (const occupant of room.occupants()) if (occupant !== own) announce(post, room, occupant, devices)
}

/** An occupant is not one of those any more whom everybody sees. */
export function vanish(post: Post, room: Room, occupant: Occupant): void {
  const others = room.everybody.filter(device => device.occupant !== occupant)
  announce(post, room, occupant, others, { vanishes: true, leaving: { affiliation: occupant.affiliation } })
}

/** `muc#roomconfig_presencebroadcast` */
export function isShown({ configuration }: Room, role: Role): boolean {
  return role === 'none' || configuration.shown.includes(role)
}

function written(occupant: Occupant, open: boolean, telling: Telling, codes: readonly number[]): ForMany {
  const { leaving } = telling
  const { shown: device, jid } = occupant
  return presence(jid, {
    presence: leaving === undefined ? device.presence : leaving.presence,
    type: leaving === undefined ? undefined : 'unavailable',
    affiliation: leaving === undefined ? occupant.affiliation : leaving.affiliation,
    // Who goes on under another nick keeps the role (XEP-0045#changenick).
    role: leaving === undefined || telling.newNick !== undefined ? occupant.role : 'none',
    realJid: open ? device.jid : undefined,
    occupantId: occupant.occupantId,
    telling,
    codes,
  })
}

interface Shape {
  readonly presence: Element | undefined
  readonly type: PresenceType | undefined
  readonly affiliation: Affiliation
  readonly role: Role
  readonly realJid: FullJid | undefined
  readonly occupantId: string
  readonly telling: Telling
  readonly codes: readonly number[]
}

function presence(from: FullJid, shape: Shape): ForMany {
  const { telling, codes } = shape
  const { actor, reason } = telling
  const x = xml(
    'x',
    { xmlns: mucUser },
    xml(
      'item',
      { affiliation: shape.affiliation, role: shape.role, jid: shape.realJid, nick: telling.newNick },
      actor?.nick === undefined ? undefined : xml('actor', { nick: actor.nick }),
      reason === undefined ? undefined : xml('reason', null, reason),
    ),
    telling.destroy,
    codes.map(code => xml('status', { code })),
  )
  const occupantId = xml('occupant-id', { xmlns: occupantIds, id: shape.occupantId })
  const { presence: said } = shape
  const attrs = ['from', from as string]
  if (shape.type !== undefined) attrs.push('type', shape.type)
  const children: Child[] = [...(said?.children ?? []), occupantId, x]
  return new ForMany(new Element('presence', NS.client, [...attrs, ...(said?.attrs ?? [])], children), from)
}
