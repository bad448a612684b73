import { bareOf, isFull, type Jid, resourceOf } from '../../protocol/jid.ts'
import { ownCopy } from '../../protocol/own-copy.ts'
import { presenceType } from '../../protocol/stanza.ts'
import type { Element } from '../../protocol/xml/element.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { Session } from '../../routing/session.ts'

/**
 * Contacts whose server has answered presence with an error: that there is no such account any more, for example. As long as
 * that is the last presence from them, a device does not tell them of itself (RFC 6121 §4.4.2 and §4.5.2).
 */
export class Refusals {
  readonly #by = new WeakMap<Session, Set<Jid>>()

  /** An error came for an account, or for one of its devices. */
  refused(account: LocalAccount, from: Jid, to: Jid): void {
    const { roster } = account
    // Who does not hear of the account by way of the roster is not told anyway.
    if (!roster.isSeenBy(from)) return
    for (const session of account.sessions) {
      if (!session.available || (isFull(to) && session.resource !== resourceOf(to))) continue
      const refusals = this.#by.get(session) ?? new Set()
      this.#by.set(session, refusals.add(ownCopy(from)))
      // Contacts come and go, and nobody makes us remember more than there are.
      if (refusals.size > roster.size) {
        for (const contact of refusals) if (!roster.isSeenBy(contact)) refusals.delete(contact)
      }
    }
  }

  /** Presence of any kind came for an account: what is not an error takes the contact's refusal back. */
  heard(account: LocalAccount, presence: Element, from: Jid): void {
    if (presenceType(presence) === 'error') return
    for (const session of account.sessions) this.#by.get(session)?.delete(bareOf(from))
  }

  /** The device begins anew, or is gone. */
  forget(session: Session): void {
    this.#by.delete(session)
  }

  has(session: Session, contact: Jid): boolean {
    return this.#by.get(session)?.has(contact) === true
  }
}
