import { presenceType } from '../../protocol/stanza.ts'
import type { Element } from '../../protocol/xml/element.ts'

/** `drop`: worthless later; `hold`: can wait for the screen to be lit; `now`: somebody may be waiting for it. */
export type Importance = 'drop' | 'hold' | 'now'

/** XEP-0352: what an inactive client is told at once. Decided by kind, never by content. */
export function importance(stanza: Element): Importance {
  if (stanza.name === 'presence') {
    const type = presenceType(stanza)
    return type === 'available' || type === 'unavailable' ? 'hold' : 'now'
  }
  if (stanza.name !== 'message') return 'now'
  // A carbon is as important as what it carries.
  const carbon = stanza.child('received', 'urn:xmpp:carbons:2') ?? stanza.child('sent', 'urn:xmpp:carbons:2')
  const carried = carbon?.child('forwarded', 'urn:xmpp:forward:0')?.child('message', 'jabber:client') ?? stanza
  const children = carried.elements()
  if (children.length > 0 && children.every(isTyping)) return 'drop'
  return carried.child('event', 'http://jabber.org/protocol/pubsub#event') !== undefined ? 'hold' : 'now'
}

/** XEP-0085 alone, with the hints and ids that come along. */
function isTyping(child: Element): boolean {
  return (
    child.ns === 'http://jabber.org/protocol/chatstates' ||
    child.ns === 'urn:xmpp:hints' ||
    child.ns === 'urn:xmpp:sid:0' ||
    child.name === 'thread'
  )
}
