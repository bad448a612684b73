/** XEP-0283: a contact has another address from now on, and the old one says so. */

import { type BareJid, bareOf, type Jid, parseBareJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { Post } from '../../routing/post.ts'

const movedNs = 'urn:xmpp:moved:1'
const pubsub = 'http://jabber.org/protocol/pubsub'

/** The address that a request for a subscription says it replaces (XEP-0283#publish-notification). */
export function oldAddressIn(stanza: Element): BareJid | undefined {
  const said = stanza.child('moved', movedNs)?.childText('old-jid')
  return said === undefined ? undefined : parseBareJid(said)
}

/**
 * Asks the old address whether that is true (XEP-0283#receive-notification-server).
 * @param contact the new address, which has asked
 */
export async function isMoved(post: Post, account: BareJid, old: BareJid, contact: Jid): Promise<boolean> {
  const items = xml('items', { node: movedNs }, xml('item', { id: 'current' }))
  const question = xml(
    'iq',
    { xmlns: NS.client, type: 'get', from: account, to: old },
    xml('pubsub', { xmlns: pubsub }, items),
  )
  const answer = await post.ask(question, account, old)
  const said = answer.attr('type') === 'result' ? statementIn(answer) : goneTo(answer)
  return said !== undefined && parseBareJid(said) === bareOf(contact)
}

function statementIn(answer: Element): string | undefined {
  const item = answer.child('pubsub', pubsub)?.child('items')?.child('item')
  return item?.child('moved', movedNs)?.childText('new-jid')
}

/** RFC 6120 §8.3.3.5: an account that is gone can say where to. */
function goneTo(answer: Element): string | undefined {
  const uri = answer.child('error', NS.client)?.childText('gone', NS.stanzaErrors)
  if (uri === undefined || !/^xmpp:[^/?#]+$/i.test(uri)) return undefined
  try {
    return decodeURIComponent(uri.slice('xmpp:'.length))
  } catch {
    return undefined
  }
}
