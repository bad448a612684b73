/** XEP-0045#message, #subject-mod and #privatemessage: what people in a room say to all, and to one. */

import { type FullJid, isFull, type Jid, resourceOf } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { problem } from '../../protocol/problems.ts'
import { messageType } from '../../protocol/stanza.ts'
import { type Child, Element, xml } from '../../protocol/xml/element.ts'
import { detach } from '../../protocol/xml/parser.ts'
import { ForMany } from '../../routing/parcel.ts'
import type { Whoever } from './configuration.ts'
import { FanOut } from './fan-out.ts'
import type { Hall } from './hall.ts'
import { bounced } from './leaving.ts'
import { mucUser, occupantIds } from './namespaces.ts'
import type { Device, Occupant } from './occupant.ts'
import { maySpeak } from './rights.ts'
import type { Room } from './room.ts'

const addresses = 'http://jabber.org/protocol/address'

const chatStates = 'http://jabber.org/protocol/chatstates'
const passing: ReadonlySet<string> = new Set([chatStates, NS.hints, NS.stanzaIds])
/** With more devices in it than that, a room tells nobody who is typing: it would be most of what it tells. */
const bigRoom = 100

/** A subject is shown to everybody who ever enters. */
const longestSubject = 4_096

export const notInside = () => problem('not-acceptable', 'You are not in this room.')

/** A message of type `groupchat` to the room. Throw a `Problem` to refuse. */
export function say(hall: Hall, room: Room, message: Element, device: Device): void {
  const { occupant } = device
  const subject = isSubject(message)
  if (subject) mayChangeSubject(hall, room, message, occupant)
  else if (!maySpeak(occupant.role)) throw problem('forbidden', 'You have no voice in this room.')
  const devices = room.everybody
  if (devices.length > bigRoom && isActivity(message)) return
  if (!hall.pace.allows('deliveries', occupant.person, devices.length)) {
    throw problem('policy-violation', 'You say very much in a big room. Wait a little.', { type: 'wait' })
  }
  for (const { screen } of hall.extensions) {
    const refused = screen?.(room, message, occupant)
    if (refused !== undefined) throw refused
  }
  const stanza = said(room, message, occupant)
  const show = room.sequence.reserve()
  try {
    const about = { stanza, author: occupant.person, occupantId: occupant.occupantId }
    hall.history.record(room, about, room.configuration.archived, (id, stamped) => {
      const many = new ForMany(stamped, occupant.jid)
      show(new FanOut(hall.post, devices, () => many, id))
      for (const { shown } of hall.extensions) shown?.(room, stamped, occupant, id)
    })
  } catch (refused) {
    show()
    throw refused
  }
  if (subject) setSubject(hall, room, message, occupant)
}

/** XEP-0085: that somebody is typing, and nothing else. */
function isActivity(message: Element): boolean {
  const elements = message.elements()
  return elements.some(({ ns }) => ns === chatStates) && elements.every(({ ns }) => passing.has(ns))
}

/** XEP-0045#subject-mod: a subject and neither body nor thread. */
function isSubject(message: Element): boolean {
  return (
    message.child('subject') !== undefined &&
    message.child('body') === undefined &&
    message.child('thread') === undefined
  )
}

function mayChangeSubject(hall: Hall, room: Room, message: Element, { role, person }: Occupant): void {
  if (role !== 'moderator' && !(room.configuration.occupantsSetSubject && maySpeak(role))) {
    throw problem('forbidden', 'You may not change the subject of this room.')
  }
  const texts = message.elements().filter(child => child.is('subject', NS.client))
  if (texts.reduce((sum, text) => sum + text.text().length, 0) > longestSubject) {
    throw problem('not-acceptable', `A subject has at most ${longestSubject} characters.`)
  }
  if (!hall.pace.allows('subject', person)) {
    throw problem('policy-violation', 'You change the subject too often. Wait a little.', { type: 'wait' })
  }
}

function setSubject(hall: Hall, room: Room, message: Element, occupant: Occupant): void {
  const texts = message.elements().filter(child => child.is('subject', NS.client))
  room.subject = {
    texts: texts.map(text => detach(text)),
    from: occupant.jid,
    author: occupant.person,
    time: hall.now(),
  }
  hall.rooms.changed(room)
}

/** As everybody gets it: in the room's name for the speaker, with nothing forged. */
function said(room: Room, message: Element, occupant: Occupant): Element {
  const children = message.children.filter(child => typeof child === 'string' || !isForged(child, room))
  const attrs = ['from', occupant.jid as string, 'type', 'groupchat']
  for (const name of ['id', 'xml:lang']) {
    const value = message.attr(name)
    if (value !== undefined) attrs.push(name, value)
  }
  const occupantId = xml('occupant-id', { xmlns: occupantIds, id: occupant.occupantId })
  return new Element('message', NS.client, attrs, [...children, occupantId])
}

/** What only the room itself may say (XEP-0045, XEP-0203, XEP-0359#rules, XEP-0421#forged). */
function isForged(child: Element, room: Room): boolean {
  switch (child.ns) {
    case mucUser:
    case occupantIds:
    case addresses:
      return true
    case NS.stanzaIds:
      return child.name === 'stanza-id' && child.attr('by') === room.jid
    case NS.delay:
      return child.attr('from') === room.jid
    default:
      return false
  }
}

/** XEP-0045#privatemessage: a message to an occupant. Throw a `Problem` to refuse. */
export function whisper(hall: Hall, room: Room, message: Element, device: Device, to: FullJid): void {
  const { occupant } = device
  const target = room.occupantNamed(resourceOf(to))
  const type = messageType(message)
  if (type === 'groupchat') throw problem('bad-request', 'What is for everybody is sent to the room itself.')
  if (target === undefined) throw problem('item-not-found', 'Nobody in this room has that nick.')
  if (type !== 'error' && !mayWhisper(room.configuration.privateMessages, occupant, target)) {
    throw problem('forbidden', 'Private messages are not allowed in this room.')
  }
  const children: Child[] = message.children.filter(child => typeof child === 'string' || !isForged(child, room))
  children.push(xml('x', { xmlns: mucUser }), xml('occupant-id', { xmlns: occupantIds, id: occupant.occupantId }))
  const stanza = message.with({ from: occupant.jid, to: undefined }, children)
  room.sequence.inTurn(() => {
    for (const { jid } of target.all) hall.post.route(stanza.with({ to: jid }), occupant.jid, jid)
  })
}

/** `muc#roomconfig_allowpm`: anybody may write to moderators where moderators may write. */
function mayWhisper(whoever: Whoever, from: Occupant, to: Occupant): boolean {
  switch (whoever) {
    case 'anyone':
      return true
    case 'participants':
      return maySpeak(from.role)
    case 'moderators':
      return from.role === 'moderator' || to.role === 'moderator'
    case 'none':
      return false
  }
}

/** A message to an address in a room, from a device that is in it. */
export function messageCame(hall: Hall, room: Room, message: Element, from: Jid, to: Jid): void {
  const device = room.device(from)
  if (messageType(message) === 'error') {
    if (device !== undefined && !bounced(hall, room, message, device) && isFull(to)) {
      whisper(hall, room, message, device, to)
    }
    return
  }
  if (device === undefined) throw notInside()
  if (isFull(to)) whisper(hall, room, message, device, to)
  else say(hall, room, message, device)
}
