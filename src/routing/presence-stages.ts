import type { Log } from '../operations/log.ts'
import type { BareJid, Jid } from '../protocol/jid.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { LocalAccount } from './account.ts'
import type { Session } from './session.ts'

/** What a feature does with available presence that another feature deals with. A throw is a log line. */
export interface PresenceStages {
  /** May add to what a device of ours shows to its contacts, or to one address that is named then. */
  stamp?(session: Session, presence: Element, to: Jid | undefined): Element | Promise<Element>
  /** A device of ours has told its contacts that it is there; `first` if it was not there before. */
  shown?(session: Session, first: boolean): void
  /** Presence of any kind has come for an account from elsewhere, or for it alone. */
  heard?(account: LocalAccount, presence: Element, from: Jid): void
  /**
   * Presence of a device elsewhere has come for an account that is away, and that may not be in memory.
   * @returns what is to be done about it with the account; undefined for nothing, and then the account is left alone
   */
  heardAway?(jid: BareJid, presence: Element, from: Jid): ((account: LocalAccount) => void) | undefined
  /** A contact may see the account's presence from now on. */
  permitted?(account: LocalAccount, contact: Jid): void
}

/** Takes presence through the stages of all features, in their order. */
export class PresenceRoad {
  readonly #stages: readonly PresenceStages[]
  readonly #log: Log

  constructor(stages: readonly PresenceStages[], log: Log) {
    this.#stages = stages
    this.#log = log
  }

  /**
   * Stamps what a device shows, then lets it go; a promise only where a stamp needs one.
   * @param to undefined for a broadcast
   */
  out(
    session: Session,
    presence: Element,
    to: Jid | undefined,
    send: (stamped: Element) => void | Promise<void>,
  ): void | Promise<void> {
    const sent = (stamped: Element): void | Promise<void> => {
      if (session.ended) return
      const first = !session.available
      const sending = send(stamped)
      if (to === undefined && session.available) this.#watch(({ shown }) => shown?.(session, first))
      return sending
    }
    const stamped = this.#stamped(session, presence, to)
    return stamped instanceof Promise ? stamped.then(sent) : sent(stamped)
  }

  heard(account: LocalAccount, presence: Element, from: Jid): void {
    this.#watch(({ heard }) => heard?.(account, presence, from))
  }

  /** @returns what features want to do about it with the account; undefined for nothing */
  heardAway(jid: BareJid, presence: Element, from: Jid): ((account: LocalAccount) => void) | undefined {
    const wishes: ((account: LocalAccount) => void)[] = []
    this.#watch(({ heardAway }) => {
      const wish = heardAway?.(jid, presence, from)
      if (wish !== undefined) wishes.push(wish)
    })
    if (wishes.length === 0) return undefined
    return account => {
      for (const wish of wishes) wish(account)
    }
  }

  permitted(account: LocalAccount, contact: Jid): void {
    this.#watch(({ permitted }) => permitted?.(account, contact))
  }

  #stamped(session: Session, presence: Element, to: Jid | undefined): Element | Promise<Element> {
    let stamped: Element | Promise<Element> = presence
    for (const { stamp } of this.#stages) {
      if (stamp !== undefined) stamped = this.#stampedBy(stamp, session, stamped, to)
    }
    return stamped
  }

  #stampedBy(
    stamp: NonNullable<PresenceStages['stamp']>,
    session: Session,
    presence: Element | Promise<Element>,
    to: Jid | undefined,
  ): Element | Promise<Element> {
    if (presence instanceof Promise) return presence.then(before => this.#stampedBy(stamp, session, before, to))
    const unstamped = (bug: unknown): Element => {
      this.#log.bug('presence could not be stamped', bug)
      return presence
    }
    try {
      const stamped = stamp(session, presence, to)
      return stamped instanceof Promise ? stamped.catch(unstamped) : stamped
    } catch (bug) {
      return unstamped(bug)
    }
  }

  #watch(run: (stages: PresenceStages) => void): void {
    for (const stages of this.#stages) {
      try {
        run(stages)
      } catch (bug) {
        this.#log.bug('a watcher of presence failed', bug)
      }
    }
  }
}
