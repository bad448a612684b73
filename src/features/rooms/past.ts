/** XEP-0045#enter-history and #enter-subject: what was said before somebody came, and what it is about. */

import { NS } from '../../protocol/namespaces.ts'
import { dateTime, parseDateTime } from '../../protocol/stanza.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { write } from '../../protocol/xml/write.ts'
import { ForMany } from '../../routing/parcel.ts'
import { FanOut, send } from './fan-out.ts'
import type { Hall } from './hall.ts'
import type { Remembered } from './history.ts'
import type { Device } from './occupant.ts'
import type { Room } from './room.ts'

/** History that anybody is shown on entering, however much they ask for. The rest is in the archive. */
const mostShown = 100

/** What a newcomer wants to see (XEP-0045#enter-managehistory). */
export interface Glimpse {
  readonly stanzas: number
  readonly characters: number
  readonly since: number | undefined
}

/** @param wish the element `<history/>`, if there was one */
export function glimpse(wish: Element | undefined, usual: number, now: number): Glimpse {
  const number = (name: string): number | undefined => {
    const text = wish?.attr(name)
    return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
  }
  const seconds = number('seconds')
  const times = [seconds === undefined ? undefined : now - seconds * 1000, parseDateTime(wish?.attr('since') ?? '')]
  const since = times.filter(time => time !== undefined)
  return {
    stanzas: Math.min(number('maxstanzas') ?? usual, mostShown),
    characters: number('maxchars') ?? Number.POSITIVE_INFINITY,
    since: since.length === 0 ? undefined : Math.max(...since),
  }
}

/** Shows a newcomer what was said and what it is about; meanwhile nothing else reaches that device. */
export function showPast(hall: Hall, room: Room, device: Device, wish: Element | undefined, fresh: boolean): void {
  const { stanzas, characters, since } = glimpse(wish, room.configuration.historyShown, hall.now())
  if (fresh || stanzas === 0 || characters === 0) {
    room.sequence.add(FanOut.toOne(hall.post, device, [subjectOf(room)]))
    return
  }
  const look = (): void => {
    device.held = []
    const asked = { stanzas, ...(since === undefined ? {} : { since }) }
    hall.history
      .recent(room, asked)
      .catch((bug: unknown) => {
        hall.log.bug('the history of a room could not be read', bug)
        return []
      })
      .then(entries => tell(hall, room, device, entries, characters))
  }
  room.sequence.add(FanOut.toOne(hall.post, device, [look]))
}

function tell(hall: Hall, room: Room, device: Device, entries: readonly Remembered[], characters: number): void {
  const held = device.held ?? []
  device.held = undefined
  if (room.device(device.jid) !== device) return
  const known = new Set<string>()
  for (const { id, many } of fitting(room, entries, characters)) {
    known.add(id)
    send(hall.post, device, many)
  }
  send(hall.post, device, subjectOf(room))
  for (const { id, many } of held) if (id === undefined || !known.has(id)) send(hall.post, device, many)
}

/** The newest that have room: whole stanzas only. */
function fitting(room: Room, entries: readonly Remembered[], characters: number): { id: string; many: ForMany }[] {
  const all: { id: string; many: ForMany }[] = []
  let left = characters
  for (const { id, time, stanza } of entries.toReversed()) {
    const delay = xml('delay', { xmlns: NS.delay, from: room.jid, stamp: dateTime(time, true) })
    const delayed = stanza.with({}, [...stanza.children, delay])
    if (left !== Number.POSITIVE_INFINITY) left -= write(delayed).length
    if (left < 0) break
    all.push({ id, many: new ForMany(delayed, room.jid) })
  }
  return all.reverse()
}

export function subjectOf(room: Room): ForMany {
  const { subject, jid } = room
  const message = xml(
    'message',
    { xmlns: NS.client, type: 'groupchat', from: subject?.from ?? jid },
    subject?.texts ?? xml('subject'),
    subject === undefined ? undefined : xml('delay', { xmlns: NS.delay, from: jid, stamp: dateTime(subject.time) }),
  )
  return new ForMany(message, subject?.from ?? jid)
}
