import { type FullJid, isBare, type Jid } from '../protocol/jid.ts'
import { NS } from '../protocol/namespaces.ts'
import { type Element, xml } from '../protocol/xml/element.ts'
import { detach } from '../protocol/xml/parser.ts'
import { escapeAttr, write } from '../protocol/xml/write.ts'
import type { LocalAccount } from './account.ts'
import { Parcel } from './parcel.ts'
import type { Post } from './post.ts'
import type { Session } from './session.ts'

/*
 * How presence gets from one account to another. A device that comes or goes tells everybody on its contact list, so
 * this is what makes many logins expensive: contacts of ours are reached directly, without a promise and without
 * serialising anything twice, and those who are away cost one look into a map.
 */

const opening = '<presence'

/** A presence for one of many recipients; for nothing where it comes from `forMany`. */
export function addressed(presence: Element, to: Jid): Parcel {
  const rest = write(presence).slice(opening.length)
  return new Parcel(presence.with({ to }), undefined, `${opening} to='${escapeAttr(to)}'${rest}`)
}

/**
 * A presence (in `jabber:client`, without `to`) that goes to many and may stay for long: it carries its text with it, and
 * keeps nothing else alive.
 */
export function forMany(presence: Element): Element {
  return detach(presence)
}

/** A presence of the server's making, without `to`. */
export function presenceOf(
  from: Jid,
  type: 'unavailable' | 'probe' | 'subscribe' | 'subscribed' | 'unsubscribe' | 'unsubscribed',
): Element {
  return xml('presence', { xmlns: NS.client, from, type })
}

/** Hands presence to every available device of an account here. */
export function deliverToAvailable(account: LocalAccount, parcel: Parcel): void {
  for (const session of [...account.sessions]) if (session.available) session.send(parcel)
}

/**
 * Tells a contact about one device (RFC 6121 §4.2.2, §4.4.2, §4.5.2). Whether the contact may know is for the caller to
 * say; between people of whom one has blocked the other nothing passes (XEP-0191#block).
 * @param presence of the device `from`, without `to`
 */
export function tell(post: Post, sender: LocalAccount, presence: Element, from: FullJid, contact: Jid): void {
  if (sender.blocklist.blocks(contact)) return
  const recipient = isBare(contact) ? post.online(contact) : undefined
  if (recipient === undefined) {
    if (!post.isLocal(contact)) post.route(presence.with({ to: contact }), from, contact)
    return
  }
  if (recipient.blocklist.blocks(from)) return
  if (presence.attr('type') === undefined && !recipient.roster.sees(sender.jid)) {
    // The subscription was ended while one of the two was blocked, and the other could not hear of it.
    post.route(presenceOf(recipient.jid, 'unsubscribe').with({ to: sender.jid }), recipient.jid, sender.jid)
    return
  }
  let parcel: Parcel | undefined
  // Sending can end a session that takes nothing any more, and so change the list.
  for (const device of [...recipient.sessions]) {
    // A block list can name a single device of a contact.
    if (!device.available || sender.blocklist.blocks(device.jid)) continue
    parcel ??= addressed(presence, contact).asNews()
    device.send(parcel)
  }
}

/** Shows a contact all available devices: they have just got permission (RFC 6121 §3.1.5), or are no longer blocked. */
export function showTo(post: Post, account: LocalAccount, contact: Jid): void {
  for (const { presence, jid } of [...account.sessions]) {
    if (presence !== undefined) tell(post, account, presence, jid, contact)
  }
  post.permitted(account, contact)
}

/** Makes all available devices go away for a contact: permission has ended (RFC 6121 §3.2.2, §3.3.3), or a block begins. */
export function hideFrom(post: Post, account: LocalAccount, contact: Jid): void {
  for (const { available, jid } of [...account.sessions]) {
    if (available) tell(post, account, presenceOf(jid, 'unavailable'), jid, contact)
  }
}

/**
 * Finds out where a contact is, for devices that do not know yet (RFC 6121 §4.3). A contact of ours is looked at
 * directly, with the same result as a probe: what they may see, or that they may not see it (any longer).
 */
export function learnFrom(post: Post, account: LocalAccount, contact: Jid, devices: readonly Session[]): void {
  if (account.blocklist.blocks(contact)) return
  const seen = isBare(contact) ? post.online(contact) : undefined
  if (seen === undefined) {
    if (!post.isLocal(contact)) post.route(presenceOf(account.jid, 'probe').with({ to: contact }), account.jid, contact)
    return
  }
  if (seen.blocklist.blocks(account.jid)) return
  if (!seen.roster.isSeenBy(account.jid)) {
    post.route(presenceOf(seen.jid, 'unsubscribed').with({ to: account.jid }), seen.jid, account.jid)
    return
  }
  for (const { presence, jid } of seen.sessions) {
    if (presence === undefined || account.blocklist.blocks(jid)) continue
    const parcel = addressed(presence, account.jid).asNews()
    for (const device of devices) if (!seen.blocklist.blocks(device.jid)) device.send(parcel)
  }
}
