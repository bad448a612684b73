import type { FullJid, Jid } from '../protocol/jid.ts'
import type { StreamProblem } from '../protocol/problems.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { LocalAccount } from './account.ts'
import type { Link } from './link.ts'
import { Parcel, type Receipt } from './parcel.ts'
import type { StreamManagement } from './stream-management.ts'

/** Messages that may wait behind stored ones; more stay in the store themselves. */
const maxLater = 1_000

/** Bytes that wait for a client before it is handed more from the store. */
const crowd = 256 * 1024

/** Holds parcels back and lets them go later (XEP-0352). */
export interface Gate {
  /** @returns true if the gate keeps the parcel for now. It must let everything go, in order, before a later one passes. */
  holds(parcel: Parcel): boolean
  /** The session ended: give back what is still held. */
  abandon(): void
}

/**
 * One bound resource of an account (RFC 6120 §7), from binding until its stream is closed for good.
 * It outlives its connection while stream management keeps it for resumption.
 */
export class Session {
  readonly account: LocalAccount
  readonly jid: FullJid
  readonly resource: string
  /** The stream that carries it; undefined while it waits to be resumed. */
  link: Link | undefined
  ended = false

  /** The presence it last broadcast; undefined while it is unavailable. Set by the presence feature alone. */
  presence: Element | undefined = undefined
  /** RFC 6121 §4.7.2.3; meaningless while unavailable. */
  priority = 0
  /** Asked for the roster, so gets roster pushes (RFC 6121 §2.1.6). */
  wantsRoster = false
  /** Asked for the block list, so gets its pushes (XEP-0191). */
  wantsBlocklist = false
  /** Has enabled carbons (XEP-0280). */
  carbons = false
  /** Sits between routing and the stream (XEP-0352). */
  gate: Gate | undefined = undefined
  /** Present once the client enabled it (XEP-0198). */
  management: StreamManagement | undefined = undefined
  /** Where stanzas wait while older ones are being delivered from the store. */
  later: Parcel[] | undefined = undefined
  /** Contacts that got directed presence and must hear of its end (RFC 6121 §4.6). */
  directed: Set<Jid> | undefined = undefined
  /** Receipts of messages that are on their way into the network, oldest first; without stream management only. */
  #unwritten: Receipt[] | undefined = undefined
  /** Those who wait until nothing waits to be written; made when first needed. */
  #waits: Set<(drained: boolean) => void> | undefined

  constructor(account: LocalAccount, jid: FullJid, resource: string, link: Link) {
    this.account = account
    this.jid = jid
    this.resource = resource
    this.link = link
  }

  get available(): boolean {
    return this.presence !== undefined
  }

  /** Sends a message behind those that are being delivered from the store now. */
  deliver(parcel: Parcel): void {
    if (this.later === undefined) this.send(parcel)
    else if (this.later.length < maxLater) this.later.push(parcel)
    else parcel.receipt?.returned()
  }

  /** So much waits for the client that stored messages had better stay where they are for now. */
  get crowded(): boolean {
    return this.link !== undefined && this.link.waitingBytes > crowd
  }

  /**
   * Resolves when the client has nearly all of what it was sent: it is written, and acknowledged where the client does that.
   * @returns false if the session ended or lost its connection instead
   */
  async caughtUp(): Promise<boolean> {
    return (await this.drained()) && (await (this.management?.whenFew() ?? true))
  }

  /** Resolves when nothing waits to be written, with false if the session ended or lost its connection instead. */
  drained(): Promise<boolean> {
    const { link } = this
    if (this.ended || link === undefined) return Promise.resolve(false)
    return new Promise(resolve => {
      this.#waits ??= new Set()
      this.#waits.add(resolve)
      link.whenDrained(() => {
        this.#waits?.delete(resolve)
        resolve(true)
      })
    })
  }

  /** The connection is gone: nobody waits for it any longer. */
  unlink(): void {
    this.link = undefined
    for (const resolve of this.#waits ?? []) resolve(false)
    this.#waits = undefined
    this.management?.unlinked()
  }

  /** Sends a stanza; never throws. What cannot be sent gives its receipt back. */
  send(parcel: Parcel): void {
    if (this.ended) parcel.receipt?.returned()
    else if (this.gate === undefined || !this.gate.holds(parcel)) this.put(parcel)
  }

  sendStanza(stanza: Element): void {
    this.send(new Parcel(stanza))
  }

  /** Past the gate: remembered until acknowledged, then written. For gates and stream management. */
  put(parcel: Parcel): void {
    const { management, link } = this
    if (management !== undefined) {
      if (!management.remember(parcel)) return
      link?.send(parcel.text, parcel.patienceMs)
      management.requestAck()
      return
    }
    if (link === undefined) {
      parcel.receipt?.returned()
      return
    }
    const { receipt } = parcel
    if (receipt === undefined) {
      link.send(parcel.text, parcel.patienceMs)
      return
    }
    // Noted first: sending can show that the client is lost, and end the session.
    this.#unwritten ??= []
    this.#unwritten.push(receipt)
    link.send(parcel.text)
    link.whenWritten(() => this.#unwritten?.shift()?.delivered())
  }

  /** The session is over: what its client never acknowledged, or was never sent. */
  takeUnsent(): readonly Parcel[] {
    for (const receipt of this.#unwritten?.splice(0) ?? []) receipt.returned()
    this.gate?.abandon()
    const parcels = [...(this.management?.unacknowledged.splice(0) ?? []), ...(this.later ?? [])]
    this.later = undefined
    return parcels
  }

  /** Ends the session's stream from our side; its end then takes its usual course. */
  close(problem?: StreamProblem): void {
    if (this.link !== undefined) this.link.close(problem)
  }
}
