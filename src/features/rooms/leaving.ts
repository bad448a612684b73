/** XEP-0045#exit, and every other way out: of the own will, by force, or because the way there is broken. */

import { NS } from '../../protocol/namespaces.ts'
import type { Element } from '../../protocol/xml/element.ts'
import type { Hall } from './hall.ts'
import { status } from './namespaces.ts'
import type { Device, Occupant } from './occupant.ts'
import { type Actor, announce } from './presences.ts'
import type { Affiliation } from './rights.ts'
import type { Room } from './room.ts'

export interface Parting {
  /** What is said in parting. */
  readonly presence?: Element
  readonly codes?: readonly number[]
  readonly actor?: Actor
  readonly reason?: string | undefined
  /** Where it has just changed. */
  readonly affiliation?: Affiliation
  readonly destroy?: Element
}

/** One device goes. Others see the occupant go with the last one only. */
export function leave(hall: Hall, room: Room, device: Device, parting: Parting = {}): void {
  const { occupant } = device
  if (occupant.count === 1) {
    leaveAltogether(hall, room, occupant, parting)
    return
  }
  const wasShown = occupant.shown === device
  occupant.shows(device)
  announce(hall.post, room, occupant, [device], telling(occupant, parting))
  room.leave(device)
  if (wasShown) announce(hall.post, room, occupant, room.everybody)
  else occupant.changed()
}

/** An occupant goes, with all devices. */
export function leaveAltogether(hall: Hall, room: Room, occupant: Occupant, parting: Parting = {}): void {
  announce(hall.post, room, occupant, room.everybody, telling(occupant, parting))
  for (const device of [...occupant.all]) room.leave(device)
  if (room.size === 0) hall.rooms.emptied(room)
}

function telling(occupant: Occupant, { presence, codes = [], actor, reason, affiliation, destroy }: Parting) {
  return {
    codes,
    actor,
    reason,
    leaving: { presence, affiliation: affiliation ?? occupant.affiliation },
    ...(destroy === undefined ? {} : { destroy }),
  }
}

/** Conditions that say that somebody is not where they were (XEP-0045#impl-service-ghosts). */
const goneFor: ReadonlySet<string> = new Set([
  'gone',
  'item-not-found',
  'recipient-unavailable',
  'redirect',
  'remote-server-not-found',
  'remote-server-timeout',
  'service-unavailable',
  'jid-malformed',
])

/** XEP-0045#service-error-kick: a stanza came back. @returns whether that was the end of a stay */
export function bounced(hall: Hall, room: Room, stanza: Element, device: Device): boolean {
  const condition = stanza
    .child('error')
    ?.elements()
    .find(({ ns, name }) => ns === NS.stanzaErrors && name !== 'text')
  if (condition === undefined || !goneFor.has(condition.name) || device.session !== undefined) return false
  leave(hall, room, device, { codes: [status.kicked, status.failed] })
  return true
}

/** No way leads to the people of another server any longer. */
export function serverLost(hall: Hall, room: Room, domain: string): void {
  for (const device of room.devicesOf(domain)) {
    if (room.device(device.jid) === device) leave(hall, room, device, { codes: [status.kicked, status.failed] })
  }
}

/** XEP-0045#service-shutdown-kick: everybody hears of it before their streams end. */
export function closeRoom(hall: Hall, room: Room): void {
  for (const occupant of [...room.occupants()]) {
    announce(hall.post, room, occupant, [...occupant.all], {
      codes: [status.shutdown],
      leaving: { affiliation: occupant.affiliation },
    })
  }
  room.sequence.finish()
}
