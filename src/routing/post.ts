import type { BareJid, Jid } from '../protocol/jid.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { LocalAccount } from './account.ts'
import type { Session } from './session.ts'

/** What features may ask of routing. `Router` is it. */
export interface Post {
  /** Sends a stanza on its way, to an account of ours or elsewhere. Its `from` and `to` must be set. Never throws. */
  route(stanza: Element, from: Jid, to: Jid): void
  /**
   * Does something when all that was sent before has gone on its way, at once if it has already (RFC 6120 §10.1). Nothing
   * waits for that.
   */
  inTurn(act: () => void): void
  /**
   * Sends a request of the server's own, or of an account's, and waits for its answer: the result or the error, at
   * worst one of ours after a minute. Never rejects. The id is made here.
   */
  ask(iq: Element, from: Jid, to: Jid): Promise<Element>
  /** The account if it has a session now: for presence, which needs nobody who is away. */
  online(jid: BareJid): LocalAccount | undefined
  /** The account, loaded; at once if it is in memory already. */
  account(jid: BareJid): LocalAccount | undefined | Promise<LocalAccount | undefined>
  /** Every account that has a session now. */
  everyoneOnline(): Iterable<LocalAccount>
  /**
   * Something was said that concerns an account of ours, in a place where some of its devices are not: tells those who wake
   * devices. Nothing is delivered. Never throws.
   */
  missed(jid: BareJid, message: Element): void
  /** Is that an address of a domain served here? */
  isLocal(jid: Jid): boolean
  /** The session has become available with a priority that is not negative: tells those who wait for it. */
  available(session: Session): void
  /** Tells everybody who sees the session's presence that it is a different one now. Nothing more is stamped on it. */
  show(session: Session, presence: Element): void
  /** A contact may see the account's presence from now on: tells those who have more to show. */
  permitted(account: LocalAccount, contact: Jid): void
  /** A new stream carries the session (XEP-0198): tells those who wait for it. */
  resumed(session: Session): void
  /** Ends a session for good: its stream is closed, its watchers told. */
  end(session: Session): void
}
