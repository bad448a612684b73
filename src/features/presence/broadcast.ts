import { isSeenByOwner, seesOwner } from '../../accounts/roster.ts'
import { bareOf, type Jid } from '../../protocol/jid.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import { Parcel } from '../../routing/parcel.ts'
import type { Post } from '../../routing/post.ts'
import { addressed, forMany, learnFrom, presenceOf, tell } from '../../routing/presence.ts'
import type { Session } from '../../routing/session.ts'
import type { Refusals } from './refusals.ts'

/**
 * RFC 6121 §4.2.2: initial presence. The device itself and the owner's other devices see it first, then the contacts;
 * in return it learns who is there, and who has asked for a subscription and waits for an answer.
 */
export function arrive(post: Post, session: Session, presence: Element): void {
  const { account } = session
  session.send(addressed(presence, session.jid))
  for (const other of [...account.sessions]) {
    if (other === session || other.presence === undefined) continue
    other.send(addressed(presence, other.jid).asNews())
    session.send(addressed(other.presence, session.jid))
  }
  for (const item of account.roster.all()) {
    const { jid } = item
    if (seesOwner(item)) tell(post, account, presence, session.jid, jid)
    if (isSeenByOwner(item)) learnFrom(post, account, jid, [session])
    // RFC 6121 §3.1.2: a request that got no answer is repeated; one to an account here cannot have been lost.
    if (item.ask === true && !account.blocklist.blocks(jid) && !post.isLocal(jid)) {
      post.route(presenceOf(account.jid, 'subscribe').with({ to: jid }), account.jid, jid)
    }
    if (item.request !== undefined && !account.blocklist.blocks(jid)) {
      session.send(new Parcel(parseElement(item.request), undefined, item.request))
    }
  }
}

/** RFC 6121 §4.4.2: whoever heard of the device hears that something about it is different. */
export function update(post: Post, session: Session, presence: Element, refusals: Refusals): void {
  const { account } = session
  for (const own of [...account.sessions]) if (own.available) own.send(addressed(presence, own.jid))
  toContacts(post, session, presence, contactsOf(session, refusals))
}

/**
 * RFC 6121 §4.5.2 and §4.6.3: everybody who was told that the device is there is to be told that it is gone, once. It is at
 * once; they are told as soon as the caller says so.
 * @returns tells them; undefined for a device that nobody has heard of
 */
export function goAway(
  post: Post,
  session: Session,
  unavailable: Element,
  refusals: Refusals,
): (() => void) | undefined {
  const { account, available, directed } = session
  const contacts = available ? new Set(contactsOf(session, refusals)) : undefined
  refusals.forget(session)
  session.presence = undefined
  session.priority = 0
  session.directed = undefined
  if (!available && directed === undefined) return undefined
  const presence = forMany(unavailable)
  return () => {
    if (contacts !== undefined) {
      // The device that goes gets its own presence back as well (§4.5.2); one that has ended sends nothing any more.
      session.send(addressed(presence, session.jid))
      for (const own of [...account.sessions]) if (own.available) own.send(addressed(presence, own.jid))
      toContacts(post, session, presence, contacts)
    }
    for (const to of directed ?? []) {
      if (account.blocklist.blocks(to) || contacts?.has(bareOf(to)) === true) continue
      post.route(presence.with({ to }), session.jid, to)
    }
  }
}

/** RFC 6121 §4.4.2: those who are told of a device by way of the roster. */
function* contactsOf(session: Session, refusals: Refusals): Generator<Jid> {
  for (const item of session.account.roster.all()) {
    if (seesOwner(item) && !refusals.has(session, item.jid)) yield item.jid
  }
}

function toContacts(post: Post, { account, jid }: Session, presence: Element, contacts: Iterable<Jid>): void {
  for (const contact of contacts) tell(post, account, presence, jid, contact)
}
