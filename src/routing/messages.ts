import type { Log } from '../operations/log.ts'
import type { Jid } from '../protocol/jid.ts'
import { asProblem, errorReply, Problem, problem } from '../protocol/problems.ts'
import { messageType } from '../protocol/stanza.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { LocalAccount } from './account.ts'
import { recipients } from './delivery.ts'
import type { Feature, MessageStages, Passing } from './feature.ts'
import { Parcel } from './parcel.ts'
import type { Session } from './session.ts'

/** What the road of a message needs from the rest of routing. */
export interface Surroundings {
  readonly log: Log
  /** Runs when all that was recorded so far is on disk; at once if it is already. */
  afterCommit(then: () => void): void
  /** Sends an error or a message on to somebody else's server or service. */
  forward(stanza: Element, from: Jid, to: Jid): void
  /** Sends a stanza back to where it came from. */
  answer(stanza: Element, to: Jid): void
}

/**
 * The road of a message: screen and stamp for the sender's side, then for the recipient's; record for the recipient, who
 * may have no room, then for the sender; then, once what was recorded is on disk, deliver and notify. No step looks back.
 */
export class MessageRoad {
  readonly #around: Surroundings
  readonly #screen: Required<Pick<MessageStages, 'screen'>>[]
  readonly #stamp: Required<Pick<MessageStages, 'stamp'>>[]
  readonly #record: Required<Pick<MessageStages, 'record'>>[]
  readonly #deliver: Required<Pick<MessageStages, 'deliver'>>[]
  readonly #notify: Required<Pick<MessageStages, 'notify'>>[]

  constructor(features: readonly Feature[], around: Surroundings) {
    const stages = features.flatMap(feature => (feature.message === undefined ? [] : [feature.message]))
    this.#around = around
    this.#screen = stages.filter(s => s.screen !== undefined) as Required<Pick<MessageStages, 'screen'>>[]
    this.#stamp = stages.filter(s => s.stamp !== undefined) as Required<Pick<MessageStages, 'stamp'>>[]
    this.#record = stages.filter(s => s.record !== undefined) as Required<Pick<MessageStages, 'record'>>[]
    this.#deliver = stages.filter(s => s.deliver !== undefined) as Required<Pick<MessageStages, 'deliver'>>[]
    this.#notify = stages.filter(s => s.notify !== undefined) as Required<Pick<MessageStages, 'notify'>>[]
  }

  /**
   * @param session the sender's, if the sender is one of ours
   * @param recipient the account it is for, if that is one of ours
   * @param local whether `to` is an address of ours, whether or not there is such an account; where it is one of a service,
   *   how that service takes the message: at once, so that what it keeps joins the same commit
   */
  travel(
    message: Element,
    from: Jid,
    to: Jid,
    session: Session | undefined,
    recipient: LocalAccount | undefined,
    local: boolean | ((message: Element) => void),
  ): void {
    let sending: Passing | undefined
    let receiving: Passing | undefined
    try {
      if (session !== undefined) {
        sending = passing('sending', session.account, message, from, to, session)
        this.#prepare(sending)
        message = sending.message
      }
      if (local === true && recipient === undefined) throw problem('service-unavailable')
      if (recipient !== undefined) {
        receiving = passing('receiving', recipient, message, from, to, undefined)
        // One message, one number, on both sides.
        receiving.id = sending?.id
        this.#prepare(receiving)
        this.#keep(receiving)
      }
      if (sending !== undefined) this.#keep(sending)
      if (typeof local === 'function') local(message)
    } catch (thrown) {
      this.#refuse(message, from, thrown)
      return
    }
    const [out, into] = [sending, receiving]
    const onwards = (): void => {
      if (into !== undefined) this.#handOver(into)
      else if (local === false) this.#around.forward(message, from, to)
      if (out !== undefined) this.#copies(out, [])
    }
    this.#around.afterCommit(onwards)
  }

  #prepare(p: Passing): void {
    for (const stage of this.#screen) {
      const refusal = stage.screen(p)
      if (refusal !== undefined) throw refusal
    }
    for (const stage of this.#stamp) stage.stamp(p)
  }

  #keep(p: Passing): void {
    for (const stage of this.#record) stage.record(p)
  }

  #handOver(p: Passing): void {
    if (p.account.gone) return
    const chosen = recipients(p.account, p.to, messageType(p.message))
    const sessions = chosen.to === 'devices' ? chosen.sessions : []
    if (sessions.length > 0) {
      const parcel = new Parcel(p.message, p.receipt && shared(p.receipt, sessions.length), p.text)
      for (const session of sessions) {
        session.deliver(parcel)
      }
    } else {
      p.receipt?.returned()
      if (chosen.to === 'sender') this.#refuse(p.message, p.from, problem('service-unavailable'))
    }
    this.#copies(p, sessions)
  }

  #copies(p: Passing, reached: readonly Session[]): void {
    for (const stage of this.#deliver) this.#watch(() => stage.deliver(p, reached))
    for (const stage of this.#notify) this.#watch(() => stage.notify(p, reached))
  }

  #watch(run: () => void): void {
    try {
      run()
    } catch (bug) {
      this.#around.log.bug('a watcher of messages failed', bug)
    }
  }

  /** An error may go back to the sender only, and never in answer to an error (RFC 6120 §8.3.1). */
  #refuse(message: Element, from: Jid, thrown: unknown): void {
    if (!(thrown instanceof Problem)) this.#around.log.bug('a message could not be dealt with', thrown)
    const reply = errorReply(message, asProblem(thrown))
    if (reply !== undefined) this.#around.answer(reply, from)
  }
}

function passing(
  side: Passing['side'],
  account: LocalAccount,
  message: Element,
  from: Jid,
  to: Jid,
  session: Session | undefined,
): Passing {
  return {
    side,
    account,
    message,
    text: undefined,
    id: undefined,
    waits: false,
    archived: false,
    entry: undefined,
    from,
    to,
    session,
    receipt: undefined,
  }
}

/** One receipt for several devices: the first that has the message settles it, it is returned when all gave it back. */
function shared(receipt: NonNullable<Passing['receipt']>, devices: number): NonNullable<Passing['receipt']> {
  if (devices === 1) return receipt
  let open = devices
  let settled = false
  return {
    delivered() {
      if (!settled) receipt.delivered()
      settled = true
    },
    returned() {
      if (--open === 0 && !settled) receipt.returned()
    },
  }
}
