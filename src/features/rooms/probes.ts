/** XEP-0045#bizrules-presence: a device in a room, or its server, asks how things stand (RFC 6121 §4.3). */

import { accountOf, type FullJid, isBare, isFull, type Jid, resourceOf } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { xml } from '../../protocol/xml/element.ts'
import { ForMany } from '../../routing/parcel.ts'
import { FanOut } from './fan-out.ts'
import type { Hall } from './hall.ts'
import { mucUser } from './namespaces.ts'
import type { Device } from './occupant.ts'
import { announce, isShown, tellOfOthers } from './presences.ts'
import type { Room } from './room.ts'

/** Whoever is outside gets no answer: not even whether there is such a room. */
export function answerProbe(hall: Hall, room: Room, from: Jid, to: Jid): void {
  const person = accountOf(from)
  const device = room.device(from)
  // Servers ask in the name of the person.
  const devices = isBare(from) ? room.occupantsOf(from).flatMap(({ all }) => all) : device === undefined ? [] : [device]
  if (person === undefined || devices.length === 0 || !hall.pace.allows('presence', person)) return
  if (!hall.pace.allows('deliveries', person, isFull(to) ? 1 : room.size)) return
  for (const one of devices) {
    if (isFull(to)) tellOfOne(hall, room, one, to)
    else tellOfAll(hall, room, one)
  }
}

function tellOfOne(hall: Hall, room: Room, device: Device, to: FullJid): void {
  const occupant = room.occupantNamed(resourceOf(to))
  if (occupant !== undefined && (occupant === device.occupant || isShown(room, occupant.role))) {
    announce(hall.post, room, occupant, [device])
    return
  }
  const nobody = xml('item', { affiliation: 'none', role: 'none' })
  const absent = xml(
    'presence',
    { xmlns: NS.client, type: 'unavailable', from: to },
    xml('x', { xmlns: mucUser }, nobody),
  )
  room.sequence.add(FanOut.toOne(hall.post, device, [new ForMany(absent, to)]))
}

function tellOfAll(hall: Hall, room: Room, device: Device): void {
  tellOfOthers(hall.post, room, device.occupant, [device])
  announce(hall.post, room, device.occupant, [device])
}
