import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Allowance, Limiter, limits, networkPart } from './limits.ts'

describe('an allowance', () => {
  test('is spent, and grows back evenly', () => {
    const allowance = new Allowance({ burst: 3, per: 'second', by: 'session' }, 0)
    assert.deepEqual(
      [1, 2, 3, 4].map(() => allowance.take(0)),
      [true, true, true, false],
    )
    assert.equal(allowance.waitMs(0), 334)
    assert.equal(allowance.take(333), false)
    assert.equal(allowance.take(334), true)
    assert.equal(allowance.take(100_000), true)
    assert.equal(allowance.waitMs(100_000, 2), 0)
  })

  test('lets pass once what is larger than all of it, and then makes it wait for that', () => {
    const allowance = new Allowance({ burst: 10, per: 'second', by: 'session' }, 0)
    assert.equal(allowance.take(0, 30), true)
    assert.equal(allowance.take(1000, 1), false)
    assert.equal(allowance.take(2200, 1), true)
  })

  test('takes back what was harmless, but never grows above its burst', () => {
    const allowance = new Allowance({ burst: 1, per: 'hour', by: 'network' }, 0)
    assert.equal(allowance.take(0), true)
    allowance.giveBack()
    allowance.giveBack()
    assert.deepEqual([allowance.take(0), allowance.take(0)], [true, false])
  })

  test('does not mind a clock that stands still or goes back', () => {
    const allowance = new Allowance({ burst: 1, per: 'second', by: 'network' }, 1000)
    assert.deepEqual([allowance.take(1000), allowance.take(0), allowance.take(500)], [true, false, false])
  })
})

describe('a limiter', () => {
  test('counts each key by itself', () => {
    const limiter = new Limiter({ enabled: true, now: () => 0 })
    const a = limiter.networkOf('192.0.2.1')
    const b = limiter.networkOf('192.0.2.2')
    for (let i = 0; i < limits.signUp.burst; i++) assert.equal(limiter.allow('signUp', a), true)
    assert.equal(limiter.allow('signUp', a), false)
    assert.equal(limiter.allow('signUp', b), true)
    limiter.giveBack('signUp', a)
    assert.equal(limiter.allow('signUp', a), true)
  })

  test('lets everything pass when it is switched off', () => {
    const limiter = new Limiter({ enabled: false, now: () => 0 })
    for (let i = 0; i < 100; i++) assert.equal(limiter.allow('signUp', 'x'), true)
    assert.ok(limiter.hold(limiter.networkOf('192.0.2.1'), 0))
  })

  test('is bounded: a stranger with many networks pushes out the longest untouched only', () => {
    const limiter = new Limiter({ enabled: true, now: () => 0, capacity: 3 })
    for (let i = 0; i < limits.signUp.burst; i++) limiter.allow('signUp', 'spent')
    for (const other of ['b', 'c']) limiter.allow('signUp', other)
    assert.equal(limiter.allow('signUp', 'spent'), false)
    for (const other of ['d', 'e']) limiter.allow('signUp', other)
    assert.equal(limiter.allow('signUp', 'spent'), false)
    for (const other of ['f', 'g', 'h']) limiter.allow('signUp', other)
    assert.equal(limiter.allow('signUp', 'spent'), true)
  })

  test('holds what is open, and counts it off once', () => {
    const limiter = new Limiter({ enabled: true })
    const network = limiter.networkOf('2001:db8::1')
    const first = limiter.hold(network, 2)
    assert.ok(first)
    assert.ok(limiter.hold(network, 2))
    assert.equal(limiter.hold(network, 2), undefined)
    first()
    first()
    assert.ok(limiter.hold(network, 2))
    assert.equal(limiter.hold(network, 2), undefined)
  })

  test('names a network differently each day, and tells nothing of it', () => {
    let now = 0
    const limiter = new Limiter({ enabled: true, now: () => now })
    const today = limiter.networkOf('127.99.13.37')
    assert.equal(limiter.networkOf('127.99.13.37'), today)
    assert.match(today, /^[\w-]{22}$/)
    now = 90_000_000
    assert.notEqual(limiter.networkOf('127.99.13.37'), today)
  })
})

describe('the network of an address', () => {
  const cases = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:c000:0207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:0:192.0.2.7', '0:0:0:0'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['1::', '1:0:0:0'],
  ] as const
  for (const [address, network] of cases) test(address, () => assert.equal(networkPart(address), network))
})
