/** What is kept of messages, and for how long: decided by type, hints and kinds of payload. Nobody reads the text. */
import { NS } from '../protocol/namespaces.ts'
import { hasHint, messageType } from '../protocol/stanza.ts'
import type { Element } from '../protocol/xml/element.ts'

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

/** Must the message wait for its reader, and so be on disk before its sender is told that we have it (XEP-0160, XEP-0334)? */
export function worthWaiting(message: Element): KeepDecision {
  const type = messageType(message)
  if (type !== 'chat' && type !== 'normal') return no(type)
  if (hasHint(message, 'no-store')) return no('no-store hint')
  if (hasHint(message, 'store')) return keep
  return hasLastingPayload(message) ? keep : no('nothing to read')
}

/**
 * Does the message belong into the history of the people concerned (XEP-0313#business-storeret-user-archives, XEP-0334)?
 * What is said in a room is in the room's own archive; errors are answers to a device and not part of a conversation.
 */
export function worthArchiving(message: Element): KeepDecision {
  const waiting = worthWaiting(message)
  if (!waiting.keep) return waiting
  return hasHint(message, 'no-permanent-store') ? no('no-permanent-store hint') : keep
}

/**
 * Does a message belong into the history of a room (XEP-0313#business-storeret-muc-archives, XEP-0334)? By the same measure;
 * what nobody would look for later, such as who is typing, is nothing for the room either.
 */
export function worthArchivingInRoom(message: Element): KeepDecision {
  if (hasHint(message, 'no-store')) return no('no-store hint')
  if (hasHint(message, 'no-permanent-store')) return no('no-permanent-store hint')
  if (hasHint(message, 'store')) return keep
  return hasLastingPayload(message) ? keep : no('nothing to read')
}

function hasLastingPayload(message: Element): boolean {
  for (const child of message.children) {
    if (typeof child === 'string') continue
    if (child.ns === NS.client && (child.name === 'body' || child.name === 'subject')) return true
    if (lasting.has(child.ns)) return true
    if (child.ns === NS.mucUser && (child.child('invite') ?? child.child('decline')) !== undefined) return true
  }
  return false
}
