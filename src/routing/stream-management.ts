import { newsMs, type Parcel } from './parcel.ts'
import type { Session } from './session.ts'

/**
 * A client that has just been asked is left alone for a while, unless many stanzas have gone out since, or one that is stored
 * until it has arrived: its answer costs as much as a message, and the later it comes the more it answers for. What is stored
 * would come again to a client that goes meanwhile.
 */
const restMs = 250
const many = 50

/** Those to be asked when the rest of the first of them is over. */
let resting: StreamManagement[] = []

function askAll(): void {
  const those = resting
  resting = []
  for (const management of those) management.rested()
}

/**
 * Both counters of XEP-0198 for one session and the parcels the client has not acknowledged.
 * What it means for a stream is in `features/stream-management`.
 */
export class StreamManagement {
  readonly session: Session
  /** Unguessable; undefined where the client does not want to resume. */
  readonly resumptionId: string | undefined
  /** Stanzas received from the client. */
  arrived = 0
  /** Of those, how many are dealt with: whatever had to be kept is on disk. This is the `h` we tell. */
  handled = 0
  /** `h` of the client's last `<a/>`. */
  acknowledged = 0
  /** Sent and not acknowledged, oldest first; a ring would be quicker than shift() only for thousands. */
  readonly unacknowledged: Parcel[] = []
  /** An `<r/>` of ours is on its way. */
  #asked = false
  /** How many stanzas had been sent when we last asked. */
  #askedAfter = 0
  #askedAtMs = Number.NEGATIVE_INFINITY
  #isResting = false
  /** Something that is stored until it has arrived has gone out since we last asked. */
  #isStored = false
  #waits: ((few: boolean) => void) | undefined
  readonly #most: number
  readonly #overflow: (session: Session) => void

  /**
   * @param most stanzas that may be unacknowledged; with more the client is taken for lost
   * @param overflow does that
   */
  constructor(session: Session, resumptionId: string | undefined, most: number, overflow: (session: Session) => void) {
    this.session = session
    this.resumptionId = resumptionId
    this.#most = most
    this.#overflow = overflow
  }

  /** @returns false if the client lags too far behind; the session is over then and the parcel given back. */
  remember(parcel: Parcel): boolean {
    if (this.unacknowledged.length >= this.#most) {
      parcel.receipt?.returned()
      this.#overflow(this.session)
      return false
    }
    this.unacknowledged.push(parcel)
    if (parcel.receipt !== undefined) this.#isStored = true
    return true
  }

  /** One request at a time, and under load not one for each stanza. Nothing waits for the answer. */
  requestAck(): void {
    if (this.#asked) return
    const unasked = (this.#sent - this.#askedAfter) >>> 0
    const isHurried = this.#isStored || this.#waits !== undefined || unasked >= Math.min(many, this.#most / 4)
    if (isHurried || !this.#rests()) this.#ask()
  }

  #rests(): boolean {
    if (this.#isResting) return true
    if (performance.now() - this.#askedAtMs >= restMs) return false
    this.#isResting = true
    if (resting.push(this) === 1) setTimeout(askAll, restMs)
    return true
  }

  /** For the shared clock: the rest is over. */
  rested(): void {
    this.#isResting = false
    if (!this.#asked && this.unacknowledged.length > 0 && this.#sent !== this.#askedAfter) this.#ask()
  }

  #ask(): void {
    if (this.session.link === undefined) return
    this.#asked = true
    this.#isStored = false
    this.#askedAtMs = performance.now()
    this.#askedAfter = this.#sent
    this.session.link.send("<r xmlns='urn:xmpp:sm:3'/>", newsMs)
  }

  get #sent(): number {
    return (this.acknowledged + this.unacknowledged.length) >>> 0
  }

  /**
   * The client's `<a h=…/>` (XEP-0198#acking): counters loop at 2³².
   * @returns false if it acknowledges more than was sent.
   */
  acknowledge(h: number): boolean {
    const newly = (h - this.acknowledged) >>> 0
    if (newly > this.unacknowledged.length) return false
    this.acknowledged = h
    for (const parcel of this.unacknowledged.splice(0, newly)) parcel.receipt?.delivered()
    if (this.#few) this.#release(true)
    return true
  }

  /** The client has answered our `<r/>`. */
  answered(): void {
    this.#asked = false
    // Only about what went out since we asked: a client that counts too little would be asked without end.
    if (this.unacknowledged.length > 0 && this.#sent !== this.#askedAfter) this.requestAck()
  }

  /** Resolves with true when the client has acknowledged nearly everything, with false when the connection is gone. */
  whenFew(): Promise<boolean> {
    if (this.#few) return Promise.resolve(true)
    return new Promise(resolve => {
      this.#waits = resolve
      this.requestAck()
    })
  }

  /** So few are no reason to hold back stored messages. */
  get #few(): boolean {
    return this.unacknowledged.length <= this.#most / 10
  }

  /** The connection is gone. */
  unlinked(): void {
    this.#release(false)
  }

  #release(result: boolean): void {
    this.#waits?.(result)
    this.#waits = undefined
  }

  /** A new stream carries the session: everything the client has not acknowledged goes out again, in order. */
  resumed(): void {
    this.#asked = false
    this.#askedAtMs = Number.NEGATIVE_INFINITY
    for (const parcel of this.unacknowledged) this.session.link?.send(parcel.text)
    if (this.unacknowledged.length > 0) this.requestAck()
  }
}
