import { randomBytes } from 'node:crypto'
import { type ContactJid, isVisible, type RosterItem } from '../accounts/roster.ts'
import { itemElement } from '../accounts/roster-element.ts'
import { NS } from '../protocol/namespaces.ts'
import { type Element, xml } from '../protocol/xml/element.ts'
import type { LocalAccount } from './account.ts'
import type { Session } from './session.ts'

/**
 * Changes a contact and tells the clients that asked for the roster (RFC 6121 §2.1.6).
 * Both happen at once, so that presence that follows from the change comes after it; the version in the push is never
 * used again, so a push that a crash made untrue is found out at the client's next login.
 * @returns when the change is on disk
 */
export function saveContact(account: LocalAccount, item: RosterItem): Promise<void> {
  const before = account.roster.get(item.jid)
  const saved = account.roster.put(item)
  if (isVisible(item)) push(account, itemElement(item))
  else if (before !== undefined && isVisible(before)) push(account, removal(item.jid))
  return saved
}

/** Removes a contact and tells the clients that asked for the roster (RFC 6121 §2.5). @returns when that is on disk */
export function dropContact(account: LocalAccount, jid: ContactJid): Promise<void> {
  const before = account.roster.get(jid)
  const saved = account.roster.remove(jid)
  if (before !== undefined && isVisible(before)) push(account, removal(jid))
  return saved
}

/** Sends a request of the server's to some devices of an account, each under an id of its own. */
export function pushTo(devices: readonly Session[], payload: Element): void {
  for (const device of devices) {
    device.sendStanza(xml('iq', { xmlns: NS.client, type: 'set', id: pushId(), to: device.jid }, payload))
  }
}

function push(account: LocalAccount, item: Element): void {
  const interested = account.sessions.filter(session => session.wantsRoster)
  if (interested.length === 0) return
  pushTo(interested, xml('query', { xmlns: NS.roster, ver: account.roster.version }, item))
}

function removal(jid: ContactJid): Element {
  return xml('item', { jid, subscription: 'remove' })
}

const idBytes = 6

function pushId(): string {
  return randomBytes(idBytes).toString('base64url')
}
