import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { blobNameOf, type FileFacts, newSecret } from './sealed-file.ts'
import { type Slot, Slots } from './slots.ts'

let now = 0
let slots: Slots

const facts = (size = 1024): FileFacts => ({ name: 'letter.txt', type: 'text/plain', size, purpose: 'message' })

function open(account: number, size?: number): { blob: string; token: string } {
  const blob = blobNameOf(newSecret())
  const made = slots.open(account, blob, facts(size), false)
  assert.ok('token' in made)
  return { blob, token: made.token }
}

function take({ blob, token }: { blob: string; token: string }): Slot {
  const slot = slots.take(blob, token)
  assert.ok(typeof slot === 'object', String(slot))
  return slot
}

beforeEach(() => {
  now = 1_000_000
  slots = new Slots({ seconds: 300, perAccount: 3, inAll: 5, underwayPerAccount: 2, now: () => now })
})

describe('slots', () => {
  test('are for one upload, with the token that belongs to them', () => {
    const one = open(1)
    const other = open(1)
    assert.equal(slots.take(one.blob, other.token), 'forbidden')
    assert.equal(slots.take(one.blob, ''), 'forbidden')
    const slot = take(one)
    assert.equal(slots.take(one.blob, one.token), 'busy')
    slots.spend(slot)
    assert.equal(slots.take(one.blob, one.token), 'unknown')
    assert.equal(slots.count, 1)
  })

  test('expire unused, and not while an upload is underway', () => {
    const late = open(1)
    const begun = take(open(1))
    now += 299_999
    assert.equal(slots.count, 2)
    now += 1
    assert.equal(slots.take(late.blob, late.token), 'unknown')
    assert.equal(slots.count, 1)
    assert.deepEqual(slots.claimed(1).slots, 1)
    slots.spend(begun)
    assert.deepEqual(slots.claimed(1), { slots: 0, kib: 0 })
  })

  test('can be used again after a failed upload, as long as they last', () => {
    const one = open(1)
    now += 200_000
    const younger = open(1)
    slots.giveBack(take(one))
    slots.giveBack(take(one))
    now += 100_000
    assert.equal(slots.take(one.blob, one.token), 'unknown')
    now += 199_999
    slots.giveBack(take(younger))
    now += 1
    assert.equal(slots.count, 0)
    assert.deepEqual(slots.claimed(1), { slots: 0, kib: 0 })
  })

  test('are bounded for each account and in all; who is refused hears when there is room', () => {
    for (let i = 0; i < 3; i++) {
      open(1)
      now += 1000
    }
    const blob = blobNameOf(newSecret())
    assert.deepEqual(slots.open(1, blob, facts(), false), { fullUntil: 1_300_000 })
    open(2)
    open(2)
    assert.deepEqual(slots.open(3, blob, facts(), false), { fullUntil: 1_300_000 })
    assert.equal(slots.count, 5)
    now = 1_300_000
    assert.ok('token' in slots.open(3, blob, facts(), false))
  })

  test('ten thousand requests leave no more than the bound', () => {
    for (let i = 0; i < 10_000; i++) slots.open(i % 4, blobNameOf(String(i)), facts(), false)
    assert.equal(slots.count, 5)
  })

  test('claim the room that their uploads will take', () => {
    open(1, 1)
    open(1, 1025)
    assert.deepEqual({ ...slots.claimed(1) }, { slots: 2, kib: 3, underway: 0 })
  })

  test('of one account are used for so many uploads at one time', () => {
    const three = [open(1), open(1), open(1)] as const
    const first = take(three[0])
    take(three[1])
    assert.equal(slots.take(three[2].blob, three[2].token), 'too many')
    slots.spend(first)
    take(three[2])
  })
})
