import { isFull, type Jid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { hasHint, messageType } from '../../protocol/stanza.ts'
import type { Element } from '../../protocol/xml/element.ts'

export type CarbonDecision = { readonly copy: true } | { readonly copy: false; readonly because: string }

const copy: CarbonDecision = { copy: true }
const no = (because: string): CarbonDecision => ({ copy: false, because })

/** Payloads “typically used in IM” (XEP-0280#which-messages) that make a message without a body worth copying. */
const conversational = new Set([
  'urn:xmpp:receipts',
  'http://jabber.org/protocol/chatstates',
  'urn:xmpp:chat-markers:0',
  'urn:xmpp:jingle-message:0',
  'urn:xmpp:reactions:0',
  'urn:xmpp:message-retract:1',
  'urn:xmpp:eme:0',
  'urn:xmpp:omemo:2',
  'eu.siacs.conversations.axolotl',
  'urn:xmpp:openpgp:0',
  'jabber:x:encrypted',
  'jabber:x:conference',
])

/** XEP-0280#which-messages: which messages the other devices of an account get a copy of. */
export function shouldCopy(message: Element, side: 'sending' | 'receiving', from: Jid): CarbonDecision {
  const type = messageType(message)
  if (type === 'groupchat') return no('groupchat')
  if (type === 'headline') return no('headline')
  if (message.child('private', 'urn:xmpp:carbons:2') !== undefined) return no('private')
  if (hasHint(message, 'no-copy')) return no('no-copy hint')
  const room = message.child('x', NS.mucUser)
  if (room !== undefined && side === 'receiving' && room.child('invite') === undefined && isFull(from)) {
    // The room itself sends them to every device that is in it.
    return no('private message of a room')
  }
  if (type === 'chat') return copy
  // An error is copied if what it answers was; that is not remembered, so only errors that enclose a body can tell.
  if (message.child('body') !== undefined) return copy
  if (room?.child('invite') !== undefined) return copy
  return message.elements().some(child => conversational.has(child.ns)) ? copy : no('nothing to read')
}
