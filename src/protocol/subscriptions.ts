/**
 * RFC 6121 Appendix A: the nine states of a subscription between two people, seen from the owner of one roster,
 * and what the four kinds of subscription stanzas make of them.
 */

/** RFC 6121 §2.1.2.5. */
export type Subscription = 'none' | 'to' | 'from' | 'both'

/** RFC 6121 §A.1: a subscription, `out` for a request of the owner and `in` for one of the contact that waits for its answer. */
export type SubscriptionState =
  | 'none'
  | 'none out'
  | 'none in'
  | 'none out in'
  | 'to'
  | 'to in'
  | 'from'
  | 'from out'
  | 'both'

export type SubscriptionStanza = 'subscribe' | 'subscribed' | 'unsubscribe' | 'unsubscribed'

/** The state after a stanza. */
export interface Step {
  readonly state: SubscriptionState
  /** Outbound: it is routed. Inbound: it is shown to the owner's clients. */
  readonly passes: boolean
}

type Table = Readonly<Record<SubscriptionState, Step>>

const passes = (state: SubscriptionState): Step => ({ state, passes: true })
const stops = (state: SubscriptionState): Step => ({ state, passes: false })

/** RFC 6121 §A.2: sent by the owner. */
const outbound: Readonly<Record<SubscriptionStanza, Table>> = {
  subscribe: {
    none: passes('none out'),
    'none out': passes('none out'),
    'none in': passes('none out in'),
    'none out in': passes('none out in'),
    to: passes('to'),
    'to in': passes('to in'),
    from: passes('from out'),
    'from out': passes('from out'),
    both: passes('both'),
  },
  unsubscribe: {
    none: passes('none'),
    'none out': passes('none'),
    'none in': passes('none in'),
    'none out in': passes('none in'),
    to: passes('none'),
    'to in': passes('none in'),
    from: passes('from'),
    'from out': passes('from'),
    both: passes('from'),
  },
  subscribed: {
    none: stops('none'),
    'none out': stops('none out'),
    'none in': passes('from'),
    'none out in': passes('from out'),
    to: stops('to'),
    'to in': passes('both'),
    from: stops('from'),
    'from out': stops('from out'),
    both: stops('both'),
  },
  unsubscribed: {
    none: stops('none'),
    'none out': stops('none out'),
    'none in': passes('none'),
    'none out in': passes('none out'),
    to: stops('to'),
    'to in': passes('to'),
    from: passes('none'),
    'from out': passes('none out'),
    both: passes('to'),
  },
}

/** RFC 6121 §A.3: sent by the contact. */
const inbound: Readonly<Record<SubscriptionStanza, Table>> = {
  subscribe: {
    none: passes('none in'),
    'none out': passes('none out in'),
    'none in': stops('none in'),
    'none out in': stops('none out in'),
    to: passes('to in'),
    'to in': stops('to in'),
    from: stops('from'),
    'from out': stops('from out'),
    both: stops('both'),
  },
  unsubscribe: {
    none: stops('none'),
    'none out': stops('none out'),
    'none in': passes('none'),
    'none out in': passes('none out'),
    to: stops('to'),
    'to in': passes('to'),
    from: passes('none'),
    'from out': passes('none out'),
    both: passes('to'),
  },
  subscribed: {
    none: stops('none'),
    'none out': passes('to'),
    'none in': stops('none in'),
    'none out in': passes('to in'),
    to: stops('to'),
    'to in': stops('to in'),
    from: stops('from'),
    'from out': passes('both'),
    both: stops('both'),
  },
  unsubscribed: {
    none: stops('none'),
    'none out': passes('none'),
    'none in': stops('none in'),
    'none out in': passes('none in'),
    to: passes('none'),
    'to in': passes('none in'),
    from: stops('from'),
    'from out': passes('from'),
    both: passes('from'),
  },
}

/** What a stanza from the owner of the roster does (RFC 6121 §A.2). */
export function sent(state: SubscriptionState, stanza: SubscriptionStanza): Step {
  return outbound[stanza][state]
}

/** What a stanza from the contact does (RFC 6121 §A.3). */
export function arrived(state: SubscriptionState, stanza: SubscriptionStanza): Step {
  return inbound[stanza][state]
}

/**
 * Approving somebody who has not asked means approving in advance (RFC 6121 §3.4.2); in every other state there is a
 * request to approve or nothing left to.
 */
export function approvesInAdvance(state: SubscriptionState): boolean {
  return state === 'none' || state === 'none out' || state === 'to'
}

/** The state of which a roster shows the parts. What cannot be (asking for what one has) is left out. */
export function stateFrom(subscription: Subscription, asked: boolean, requested: boolean): SubscriptionState {
  switch (subscription) {
    case 'both':
      return 'both'
    case 'to':
      return requested ? 'to in' : 'to'
    case 'from':
      return asked ? 'from out' : 'from'
    case 'none':
      return asked ? (requested ? 'none out in' : 'none out') : requested ? 'none in' : 'none'
  }
}

/** The parts that a roster keeps of a state. */
export function partsOf(state: SubscriptionState): {
  readonly subscription: Subscription
  readonly asked: boolean
  readonly requested: boolean
} {
  const [subscription, ...pending] = state.split(' ')
  return {
    subscription: subscription as Subscription,
    asked: pending.includes('out'),
    requested: pending.includes('in'),
  }
}
