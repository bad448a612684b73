import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Attempts } from './attempts.ts'

test('attempts at the same time are all counted before any has ended', () => {
  const attempts = new Attempts({ now: () => 0, account: { burst: 3, per: 'minute', by: 'account and network' } })
  const taken = [1, 2, 3, 4, 5].map(() => attempts.take('home', 'nurse@capulet.lit'))
  assert.deepEqual(
    taken.map(giveBack => giveBack !== undefined),
    [true, true, true, false, false],
  )
  taken[0]?.()
  assert.ok(attempts.take('home', 'nurse@capulet.lit'))
  assert.equal(attempts.take('home', 'nurse@capulet.lit'), undefined)
})

test('one network cannot try one password on every account', () => {
  const attempts = new Attempts({ now: () => 0, network: { burst: 5, per: 'minute', by: 'network' } })
  const taken = Array.from({ length: 8 }, (_, n) => attempts.take('home', `name${n}@capulet.lit`) !== undefined)
  assert.deepEqual(taken, [true, true, true, true, true, false, false, false])
  assert.ok(attempts.take('abroad', 'name0@capulet.lit'))
})

test('the allowance grows back at its pace, up to the burst, and a clock that goes back takes nothing away', () => {
  let now = 1_000_000
  const attempts = new Attempts({ now: () => now, account: { burst: 2, per: 'minute', by: 'account and network' } })
  const some = () => {
    let n = 0
    while (attempts.take('home', 'nurse@capulet.lit')) n++
    return n
  }
  assert.equal(some(), 2)
  now += 29_999
  assert.equal(some(), 0)
  now += 2
  assert.equal(some(), 1)
  now += 3_600_000
  assert.equal(some(), 2)
  now -= 7_200_000
  assert.equal(some(), 0)
  now += 30_001
  assert.equal(some(), 1)
})

test('what is remembered has a bound, and what is busy stays', () => {
  const attempts = new Attempts({
    now: () => 0,
    account: { burst: 1, per: 'minute', by: 'account and network' },
    remembered: 10,
  })
  assert.ok(attempts.take('home', 'nurse@capulet.lit'))
  for (let n = 0; n < 100; n++) {
    attempts.take(`network ${n}`, 'peter@capulet.lit')
    assert.equal(attempts.take('home', 'nurse@capulet.lit'), undefined)
  }
  assert.equal(attempts.size, 10)
})
