import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  approvesInAdvance,
  arrived,
  partsOf,
  type Subscription,
  type SubscriptionStanza,
  type SubscriptionState,
  sent,
  stateFrom,
} from './subscriptions.ts'

const stanzas: readonly SubscriptionStanza[] = ['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed']

const states: readonly SubscriptionState[] = [
  'none',
  'none out',
  'none in',
  'none out in',
  'to',
  'to in',
  'from',
  'from out',
  'both',
]

/**
 * The rows of RFC 6121 §A.2 and §A.3, written as the RFC writes them: state, whether it is routed or delivered, new state
 * ('-' for no change). Kept apart from the implementation so that neither can hide a slip of the other.
 */
const appendix = {
  'A.2.1 outbound subscribe': `
    none        | MUST     | none out
    none out    | MUST     | -
    none in     | MUST     | none out in
    none out in | MUST     | -
    to          | MUST     | -
    to in       | MUST     | -
    from        | MUST     | from out
    from out    | MUST     | -
    both        | MUST     | -`,
  'A.2.2 outbound unsubscribe': `
    none        | MUST     | -
    none out    | MUST     | none
    none in     | MUST     | -
    none out in | MUST     | none in
    to          | MUST     | none
    to in       | MUST     | none in
    from        | MUST     | -
    from out    | MUST     | from
    both        | MUST     | from`,
  'A.2.3 outbound subscribed': `
    none        | MUST NOT | -
    none out    | MUST NOT | -
    none in     | MUST     | from
    none out in | MUST     | from out
    to          | MUST NOT | -
    to in       | MUST     | both
    from        | MUST NOT | -
    from out    | MUST NOT | -
    both        | MUST NOT | -`,
  'A.2.4 outbound unsubscribed': `
    none        | MUST NOT | -
    none out    | MUST NOT | -
    none in     | MUST     | none
    none out in | MUST     | none out
    to          | MUST NOT | -
    to in       | MUST     | to
    from        | MUST     | none
    from out    | MUST     | none out
    both        | MUST     | to`,
  'A.3.1 inbound subscribe': `
    none        | MUST     | none in
    none out    | MUST     | none out in
    none in     | MUST NOT | -
    none out in | MUST NOT | -
    to          | MUST     | to in
    to in       | MUST NOT | -
    from        | MUST NOT | -
    from out    | MUST NOT | -
    both        | MUST NOT | -`,
  'A.3.2 inbound unsubscribe': `
    none        | MUST NOT | -
    none out    | MUST NOT | -
    none in     | MUST     | none
    none out in | MUST     | none out
    to          | MUST NOT | -
    to in       | MUST     | to
    from        | MUST     | none
    from out    | MUST     | none out
    both        | MUST     | to`,
  'A.3.3 inbound subscribed': `
    none        | MUST NOT | -
    none out    | MUST     | to
    none in     | MUST NOT | -
    none out in | MUST     | to in
    to          | MUST NOT | -
    to in       | MUST NOT | -
    from        | MUST NOT | -
    from out    | MUST     | both
    both        | MUST NOT | -`,
  'A.3.4 inbound unsubscribed': `
    none        | MUST NOT | -
    none out    | MUST     | none
    none in     | MUST NOT | -
    none out in | MUST     | none in
    to          | MUST     | none
    to in       | MUST     | none in
    from        | MUST NOT | -
    from out    | MUST     | from
    both        | MUST     | from`,
} as const

describe('RFC 6121 Appendix A', () => {
  for (const [title, text] of Object.entries(appendix)) {
    const [, direction, stanza] = title.split(' ') as [string, 'outbound' | 'inbound', SubscriptionStanza]
    const step = direction === 'outbound' ? sent : arrived
    const rows = text.trim().split('\n')
    it(`${title}: every state`, () => {
      assert.equal(rows.length, states.length)
      for (const row of rows) {
        const [state, must, next] = row.split('|').map(cell => cell.trim()) as [SubscriptionState, string, string]
        const expected = { passes: must === 'MUST', state: next === '-' ? state : next }
        assert.deepEqual({ ...step(state, stanza) }, expected, `${title}: ${state}`)
      }
    })
  }

  it('both sides of a conversation always agree about what holds between them', () => {
    // Ours and theirs, as two rosters that each see the other's stanzas; walked through completely.
    const mirrored: Record<Subscription, Subscription> = { none: 'none', to: 'from', from: 'to', both: 'both' }
    const seen = new Set<string>()
    const open: [SubscriptionState, SubscriptionState][] = [['none', 'none']]
    for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
      const [mine, yours] = pair
      if (seen.has(pair.join())) continue
      seen.add(pair.join())
      const [left, right] = [partsOf(mine), partsOf(yours)]
      assert.equal(right.subscription, mirrored[left.subscription], pair.join(' / '))
      assert.equal(right.asked, left.requested, pair.join(' / '))
      assert.equal(right.requested, left.asked, pair.join(' / '))
      for (const stanza of stanzas) {
        const mySide = sent(mine, stanza)
        const yourSide = mySide.passes ? arrived(yours, stanza).state : yours
        open.push([mySide.state, yourSide], [yourSide, mySide.state])
      }
    }
    assert.equal(seen.size, states.length)
  })
})

describe('parts of a state', () => {
  it('make the state again', () => {
    for (const state of states) {
      const { subscription, asked, requested } = partsOf(state)
      assert.equal(stateFrom(subscription, asked, requested), state)
    }
  })

  it('that contradict the subscription are left out', () => {
    assert.equal(stateFrom('both', true, true), 'both')
    assert.equal(stateFrom('to', true, true), 'to in')
    assert.equal(stateFrom('from', true, true), 'from out')
  })
})

it('RFC 6121 §3.4.2: only somebody who has no subscription and has not asked can be approved in advance', () => {
  assert.deepEqual(states.filter(approvesInAdvance), ['none', 'none out', 'to'])
})
