/** XEP-0045#bizrules-iq: requests from one in a room to another, who learns nothing but the address in the room. */

import { bareOf, isFull, type Jid, resourceOf } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { problem } from '../../protocol/problems.ts'
import { iqResult } from '../../protocol/stanza.ts'
import type { Element } from '../../protocol/xml/element.ts'
import type { Hall } from './hall.ts'
import { pingNs } from './namespaces.ts'
import type { Room } from './room.ts'

/** What is about a person and not about one of their devices: it goes to the account. */
const aboutPeople: ReadonlySet<string> = new Set(['vcard-temp', 'http://jabber.org/protocol/pubsub'])

/** Requests of one device that other occupants have not answered yet. */
const mostAsked = 50

/** A request to an occupant. @throws Problem to refuse */
export async function requestToOccupant(hall: Hall, room: Room, iq: Element, from: Jid, to: Jid): Promise<void> {
  const device = room.device(from)
  const payload = iq.firstElement()
  const isPing = payload?.is('ping', pingNs) === true
  if (device === undefined) {
    // XEP-0045#disco-occupant; XEP-0410#performing: this is how a client learns that it is not in any more.
    if (payload?.ns === NS.discoInfo || payload?.ns === NS.discoItems) throw problem('bad-request')
    throw problem('not-acceptable', 'You are not in this room.')
  }
  if (payload === undefined || !isFull(to)) throw problem('bad-request', 'A request has exactly one child element.')
  const target = room.occupantNamed(resourceOf(to))
  if (target === undefined) throw problem('item-not-found', 'Nobody in this room has that nick.')
  const { occupant } = device
  // XEP-0410#service: whoever is in gets the answer from the room, which knows.
  if (isPing && target === occupant) return hall.post.route(iqResult(iq), to, from)
  const real = target.shown.jid
  const whom = aboutPeople.has(payload.ns) ? bareOf(real) : real
  if (device.asking >= mostAsked) throw problem('resource-constraint', 'Too many of your requests wait for answers.')
  device.asking++
  const answer = await hall.post.ask(iq.with({ from: occupant.jid, to: whom }), occupant.jid, whom)
  device.asking--
  hall.post.route(answer.with({ id: iq.attr('id'), from: to, to: from }), to, from)
}
