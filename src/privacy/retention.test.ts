import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { backends } from '../storage/contract/backends.ts'
import { type Catalogue, personalTable } from './catalogue.ts'
import { type Day, daysBefore } from './day.ts'
import {
  type Expiring,
  expiringStores,
  farDays,
  NotAnnounced,
  promiseRetention,
  Retention,
  retentionState,
  retentionTable,
  watchRetention,
} from './retention.ts'

const plan = { tables: [retentionTable] }
const noon = (day: Day) => Date.parse(`${day}T12:00:00Z`)
const later = (day: Day, days: number) => daysBefore(day, -days)

/** A store that is a list of days, and a clock that is set by hand. */
async function start(t: TestContext, days = 90) {
  const store = await backends[0]!.fresh(plan)
  t.after(() => store.end())
  const { db } = store
  const clock = { day: '2026-11-22' }
  const kept = new Set<Day>()
  const messages: Expiring = { name: 'messages', days: async () => [...kept], drop: async day => kept.delete(day) }
  const parts = { db, days, stores: [messages], now: () => noon(clock.day) }
  return {
    db,
    clock,
    kept,
    retention: new Retention(parts),
    /** As after a restart. */
    again: (days: number) => new Retention({ ...parts, days }),
  }
}

describe('retention', () => {
  it('erases what has been kept for as many days as were promised, and nothing younger', async t => {
    const { clock, kept, retention } = await start(t)
    kept.add('2026-11-22').add('2026-11-23')
    assert.deepEqual(await retention.look(), { believed: true, dropped: 0 })
    clock.day = later('2026-11-22', 89)
    assert.equal((await retention.look()).dropped, 0)
    clock.day = later('2026-11-22', 90)
    assert.equal((await retention.look()).dropped, 1)
    assert.deepEqual([...kept], ['2026-11-23'])
  })

  it('catches up after weeks without a look, and when the retention time was made shorter', async t => {
    const { clock, kept, retention, again } = await start(t)
    for (let i = 0; i < 60; i++) kept.add(daysBefore(clock.day, i))
    await retention.look()
    clock.day = later(clock.day, 45)
    assert.equal((await again(90).look()).dropped, 15)
    assert.equal((await again(46).look()).dropped, 44)
    assert.deepEqual([...kept], ['2026-11-22'])
  })

  it('ends less and not more when the clock goes back, and goes on when it is right again', async t => {
    const { clock, kept, retention } = await start(t)
    const today = clock.day
    for (let i = 0; i < 90; i++) kept.add(daysBefore(today, i))
    await retention.look()
    for (const wrong of ['1970-01-01', '2026-10-01', '2020-02-29']) {
      clock.day = wrong
      assert.equal((await retention.look()).dropped, 0)
      clock.day = today
      assert.deepEqual(await retention.look(), { believed: true, dropped: 0 })
    }
    assert.equal(kept.size, 90)
    clock.day = later(today, 1)
    assert.equal((await retention.look()).dropped, 1)
  })

  it('does not believe a jump of more than half a year at once, also over restarts', async t => {
    const { clock, kept, retention, again, db } = await start(t)
    const today = clock.day
    for (let i = 0; i < 90; i++) kept.add(daysBefore(today, i))
    await retention.look()
    clock.day = later(today, farDays + 1)
    assert.deepEqual(await retention.look(), { believed: false, dropped: 0 })
    clock.day = later(today, farDays + 2)
    assert.deepEqual(await again(90).look(), { believed: false, dropped: 0 })
    assert.equal((await retentionState(db)).doubted, later(today, farDays + 1))
    // A shorter time is in force all the same: counted from the last day that was believed.
    assert.deepEqual(await again(30).look(), { believed: false, dropped: 60 })
    clock.day = today
    assert.deepEqual(await again(30).look(), { believed: true, dropped: 0 })
    assert.equal((await retentionState(db)).doubted, undefined)
  })

  it('believes a jump when the clock has gone on from there, or when somebody says so', async t => {
    for (const sure of [false, true]) {
      const { clock, kept, retention } = await start(t)
      kept.add(clock.day)
      await retention.look()
      clock.day = '2030-01-01'
      assert.equal((await retention.look(sure)).believed, sure)
      clock.day = '2030-01-02'
      assert.equal((await retention.look()).believed, sure)
      clock.day = '2030-01-03'
      assert.equal((await retention.look()).believed, true)
      assert.deepEqual([...kept], [])
    }
  })

  it('does not take a clock that jumps about for one that goes on', async t => {
    const { clock, kept, retention } = await start(t)
    kept.add(clock.day)
    await retention.look()
    for (const wrong of ['2030-01-01', '2040-01-05', '2030-01-05', '2038-01-19', '1970-01-01']) {
      clock.day = wrong
      assert.deepEqual(await retention.look(), { believed: false, dropped: 0 }, wrong)
    }
    assert.equal(kept.size, 1)
  })

  it('counts what was kept while the clock was ahead from the day on which that is noticed', async t => {
    const { clock, kept, retention, again } = await start(t, 30)
    const today = clock.day
    await retention.look()
    clock.day = '2036-05-05'
    kept.add(clock.day)
    await retention.look()
    clock.day = today
    await retention.look()
    clock.day = later(today, 29)
    await again(30).look()
    assert.deepEqual([...kept], ['2036-05-05'])
    clock.day = later(today, 30)
    assert.equal((await again(30).look()).dropped, 1)
    assert.deepEqual([...kept], [])
  })

  it('becomes longer only if that was announced', async t => {
    const { db } = await start(t)
    await promiseRetention(db, 60, false)
    await promiseRetention(db, 60, false)
    await promiseRetention(db, 30, false)
    await assert.rejects(
      promiseRetention(db, 31, false),
      (error: unknown) =>
        error instanceof NotAnnounced && /longer than 30 days.*sotto config announce/.test(error.message),
    )
    await promiseRetention(db, 31, true)
    await promiseRetention(db, 31, false)
    assert.equal((await retentionState(db)).promised, 31)
  })

  it('is tried again where it failed, and told of once', async t => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const { db, clock, kept } = await start(t)
    const told: unknown[] = []
    let broken = true
    const drop = async (day: Day) => {
      if (broken) throw new Error('the disk is full')
      kept.delete(day)
    }
    kept.add('2026-01-01')
    const messages = { name: 'messages', days: async () => [...kept], drop }
    const now = () => noon(clock.day)
    const retention = new Retention({ db, days: 90, stores: [messages], now })
    const stop = await watchRetention({
      retention,
      now,
      doubts: () => told.push('doubts'),
      failed: bug => told.push((bug as Error).message),
    })
    assert.deepEqual(told, ['the disk is full'])
    broken = false
    const next = async () => {
      t.mock.timers.tick(10 * 60 * 1000)
      await retention.look()
    }
    await next()
    assert.equal(kept.size, 0)
    clock.day = '2030-01-01'
    await next()
    await next()
    assert.deepEqual(told, ['the disk is full', 'doubts'])
    stop()
  })

  it('refuses a catalogue in which something should end and nobody ends it', () => {
    const why = 'a test'
    const letters = personalTable(
      'letters',
      'account',
      { account: { kind: 'id', why }, day: { kind: 'day', why } },
      { key: ['account'], expires: 'day', keep: 'a while', reader: 'owner' },
    )
    const catalogue = { tables: [letters] } as unknown as Catalogue
    assert.throws(() => expiringStores(catalogue, {}), /Nobody ends what is too old in the table letters/)
    assert.equal(expiringStores(catalogue, { letters: { days: async () => [], drop: async () => 0 } }).length, 1)
  })
})
