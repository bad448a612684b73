import { NS } from '../../protocol/namespaces.ts'
import { hasHint, messageType } from '../../protocol/stanza.ts'
import type { Element } from '../../protocol/xml/element.ts'

export type KeepDecision = { readonly keep: true } | { readonly keep: false; readonly because: string }

const keep: KeepDecision = { keep: true }
const no = (because: string): KeepDecision => ({ keep: false, because })

/** Namespaces of payloads that mean something to somebody who comes back later, body or none. */
const lasting = new Set([
  'urn:xmpp:eme:0',
  'urn:xmpp:omemo:2',
  'eu.siacs.conversations.axolotl',
  'urn:xmpp:openpgp:0',
  'jabber:x:encrypted',
  'urn:xmpp:receipts',
  'urn:xmpp:chat-markers:0',
  'urn:xmpp:jingle-message:0',
  'urn:xmpp:reactions:0',
  'urn:xmpp:message-retract:1',
  'urn:xmpp:message-correct:0',
  'jabber:x:conference',
  'jabber:x:data',
])

/**
 * Must the message wait for its reader, and so be on disk before its sender is told that we have it (XEP-0160, XEP-0334)?
 * Decided by type, hints and the kinds of payload; nobody reads the text.
 */
export function worthKeeping(message: Element): KeepDecision {
  const type = messageType(message)
  if (type !== 'chat' && type !== 'normal') return no(type)
  if (hasHint(message, 'no-store')) return no('no-store hint')
  if (hasHint(message, 'store')) return keep
  for (const child of message.children) {
    if (typeof child === 'string') continue
    if (child.ns === NS.client && (child.name === 'body' || child.name === 'subject')) return keep
    if (lasting.has(child.ns)) return keep
    if (child.ns === NS.mucUser && (child.child('invite') ?? child.child('decline')) !== undefined) return keep
  }
  return no('nothing to read')
}
