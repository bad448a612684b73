import { NS } from '../../protocol/namespaces.ts'
import { hasHint, messageType } from '../../protocol/stanza.ts'
import type { Element } from '../../protocol/xml/element.ts'

export type WakeDecision =
  | { readonly wake: true; readonly for: 'message' | 'call' }
  | { readonly wake: false; readonly because: string }

const no = (because: string): WakeDecision => ({ wake: false, because })

const carbons = 'urn:xmpp:carbons:2'

/**
 * Is a message worth waking somebody's phone for? Decided by type, hints and the kinds of payload, never by content:
 * something to read, or somebody who calls. A message that is not kept (XEP-0334) would be gone when the phone comes.
 */
export function worthWaking(message: Element): WakeDecision {
  const type = messageType(message)
  if (type === 'error' || type === 'headline') return no(type)
  if (hasHint(message, 'no-store')) return no('no-store hint')
  if (message.elements().some(isCall)) return { wake: true, for: 'call' }
  return message.elements().some(isReadable) ? { wake: true, for: 'message' } : no('nothing to read')
}

/** The message that a stanza on its way to a device carries: itself, or what somebody else's device got (XEP-0280). */
export function carried(stanza: Element): Element | undefined {
  if (stanza.name !== 'message') return undefined
  // What the owner sent from another device is no news.
  if (stanza.child('sent', carbons) !== undefined) return undefined
  const copy = stanza.child('received', carbons)
  return copy === undefined ? stanza : copy.child('forwarded', NS.forward)?.child('message', NS.client)
}

/** XEP-0353 and XEP-0482. */
function isCall(payload: Element): boolean {
  return payload.is('propose', 'urn:xmpp:jingle-message:0') || payload.is('invite', 'urn:xmpp:call-invites:0')
}

function isReadable(payload: Element): boolean {
  switch (payload.ns) {
    case NS.client:
      return payload.name === 'body'
    case 'eu.siacs.conversations.axolotl':
    case 'urn:xmpp:omemo:2':
      // Without a payload it only takes care of keys (XEP-0384#key-transport).
      return payload.name === 'encrypted' && payload.child('payload') !== undefined
    case 'urn:xmpp:openpgp:0':
      return payload.name === 'openpgp'
    case 'jabber:x:encrypted':
      return payload.name === 'x'
    default:
      return false
  }
}
