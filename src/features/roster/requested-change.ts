import type { ContactJid } from '../../accounts/roster.ts'
import { isFull, parseJid } from '../../protocol/jid.ts'
import { problem } from '../../protocol/problems.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { detach } from '../../protocol/xml/parser.ts'

/** In bytes of UTF-8, as those of a localpart; nobody reads names that are longer. */
const longestName = 1_023
/** Of a name and all groups together: a contact list is kept in memory. */
const longestContact = 4_096

/** What a client wants to be on its contact list. */
export interface RequestedChange {
  readonly jid: ContactJid
  readonly name: string | undefined
  readonly groups: readonly string[]
}

/**
 * Reads the one contact that a roster set is about (RFC 6121 §2.1.5).
 * @throws Problem as §2.3.3 says
 */
export function contactIn(query: Element): ContactJid {
  return addressOf(onlyItem(query))
}

/**
 * Reads a roster set (RFC 6121 §2.3.1, §2.4.1). What it says about subscriptions is not for clients to say (§2.1.2.5).
 * @throws Problem as §2.3.3 says
 */
export function requestedChange(query: Element): RequestedChange {
  const item = onlyItem(query)
  const jid = addressOf(item)
  const name = item.attr('name')
  if (name !== undefined && isTooLong(name)) throw problem('not-acceptable', 'This name is too long.')
  const groups = item.elements().filter(child => child.is('group', item.ns))
  const names = groups.map(group => group.text())
  if (new Set(names).size < names.length) throw problem('bad-request', 'A group is named twice.')
  for (const group of names) {
    if (group === '') throw problem('not-acceptable', 'A group needs a name.')
    if (isTooLong(group)) throw problem('not-acceptable', 'The name of a group is too long.')
  }
  if (bytesOf(name ?? '') + bytesOf(names.join('')) > longestContact) {
    throw problem('not-acceptable', 'A contact can be in fewer groups only.')
  }
  return { jid, name: name === '' ? undefined : name, groups: names }
}

function onlyItem(query: Element): Element {
  const [item, second] = query.elements()
  if (item === undefined || second !== undefined || !item.is('item', query.ns)) {
    throw problem('bad-request', 'A change of the contact list is about exactly one contact.')
  }
  // The contact stays in memory: not with all that came in the same chunk.
  return detach(item)
}

function addressOf(item: Element): ContactJid {
  const text = item.attr('jid')
  if (text === undefined) throw problem('bad-request', 'A contact needs an address.')
  const jid = parseJid(text)
  if (jid === undefined) throw problem('jid-malformed', 'That is not an address.')
  if (isFull(jid))
    throw problem('bad-request', 'A contact is a person, not one of their devices: leave out the resource.')
  return jid
}

function isTooLong(name: string): boolean {
  return bytesOf(name) > longestName
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text)
}
