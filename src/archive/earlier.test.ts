import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ArchiveHouse, DAY, JULIET, noon, ROMEO } from '../../tests/kit/archive-house.ts'
import { dayOf } from '../privacy/day.ts'
import { backends } from '../storage/contract/backends.ts'
import type { Earlier, EarlierEntry } from './earlier.ts'

const entry = (time: number, text: string, more: Partial<EarlierEntry> = {}): EarlierEntry => ({
  time,
  peer: 'romeo@montague.lit/orchard',
  contact: 'romeo@montague.lit',
  text: () => text,
  sent: false,
  waiting: false,
  archived: true,
  ...more,
})

const begins = async (house: ArchiveHouse, of = JULIET): Promise<Earlier> =>
  (await house.archive.earlier(house.owners[of]!))!
const adds = (earlier: Earlier, time: number, ...texts: string[]) =>
  earlier.add(
    dayOf(time),
    texts.map((text, i) => entry(time + i, text)),
  )

for (const backend of backends) {
  const build = async (t: Parameters<typeof ArchiveHouse.build>[0]) => {
    const house = await ArchiveHouse.build(t, backend)
    // As the service gives out numbers.
    house.seq = 2 ** 26 + 5
    return house
  }

  test(`what was before stands before what is here, day by day, and can be found by id and time (${backend.name})`, async t => {
    const house = await build(t)
    house.append('now')
    house.append('romeo’s', { of: ROMEO })
    const earlier = await begins(house)
    assert.equal(earlier.before, noon)
    assert.equal(await adds(earlier, noon - 3 * DAY, 'a', 'b'), 2)
    assert.equal(await adds(earlier, noon - 10_000, 'c'), 1)
    assert.deepEqual(await house.texts(), ['a', 'b', 'c', 'now'])
    assert.deepEqual(await house.texts({}, ROMEO), ['romeo’s'])
    const { entries } = await house.page()
    const seqs = entries.map(({ seq }) => seq)
    assert.deepEqual(
      seqs,
      [...seqs].sort((one, other) => one - other),
    )
    for (const [i, { seq }] of entries.entries()) {
      assert.deepEqual(await house.texts({ after: seq }), ['a', 'b', 'c', 'now'].slice(i + 1))
      assert.deepEqual(await house.texts({ before: seq, backwards: true }), ['a', 'b', 'c', 'now'].slice(0, i))
    }
    assert.deepEqual(await house.texts({ start: noon - 3 * DAY + 1 }), ['b', 'c', 'now'])
    assert.deepEqual(await house.texts({ end: noon - 1 }), ['a', 'b', 'c'])
    assert.deepEqual(await house.texts({ with: 'romeo@montague.lit' }), ['a', 'b', 'c', 'now'])
    assert.deepEqual(await house.texts({ with: 'paris@verona.lit' }), [])
    await house.restart()
    house.append('later')
    assert.deepEqual(await house.texts(), ['a', 'b', 'c', 'now', 'later'])
    assert.equal(house.corrupt, 0)
  })

  test(`a second import stands before the first; there is room for so many, until the history is emptied (${backend.name})`, async t => {
    const house = await build(t)
    const first = await begins(house)
    assert.equal(first.before, noon)
    await adds(first, noon - 2 * DAY, 'b')
    const second = await begins(house)
    assert.equal(second.before, noon - 2 * DAY)
    await adds(second, noon - 2 * DAY - 5, 'a')
    assert.deepEqual(await house.texts(), ['a', 'b'])
    for (let i = 3; i <= 64; i++) await adds(await begins(house), noon - 2 * DAY - 10 * i, String(i))
    assert.equal(await house.archive.earlier(house.owners[JULIET]!), undefined)
    assert.equal((await house.texts()).length, 64)
    await house.archive.purge(JULIET)
    assert.deepEqual(await house.texts(), [])
    await adds(await begins(house), noon - DAY, 'anew')
    assert.deepEqual(await house.texts(), ['anew'])
  })

  test(`what a service kept before there were numbers below stays as it is, and nothing is put before it (${backend.name})`, async t => {
    const house = await ArchiveHouse.build(t, backend)
    house.append('old')
    await house.store.db.unit([])
    // The service that kept it knew nothing of this.
    await house.store.db.run("DELETE FROM counters WHERE name = 'archive order'", [])
    await house.restart()
    house.seq = 2 ** 26 + 5
    house.append('new')
    assert.equal(await house.archive.earlier(house.owners[JULIET]!), undefined)
    assert.deepEqual(await house.texts({ after: 1000 }), ['new'])
    assert.deepEqual(await house.texts({ before: 2 ** 26 + 5 }), ['old'])
    house.append('romeo’s', { of: ROMEO })
    await adds(await begins(house, ROMEO), noon - DAY, 'earlier')
    assert.deepEqual(await house.texts({}, ROMEO), ['earlier', 'romeo’s'])
    await house.archive.purge(JULIET)
    await adds(await begins(house), noon - DAY, 'anew')
    await house.restart()
    assert.deepEqual(await house.texts(), ['anew'])
  })

  test(`what waits is handed over once, before what came later; nothing is kept for who is gone (${backend.name})`, async t => {
    const house = await build(t)
    house.append('now', { waiting: true })
    const earlier = await begins(house)
    await earlier.add(dayOf(noon - DAY), [
      entry(noon - DAY, 'read'),
      entry(noon - DAY + 1, 'waits', { waiting: true }),
      entry(noon - DAY + 2, 'waits, and is not kept', { waiting: true, archived: false }),
    ])
    assert.deepEqual(await house.waitingTexts(), ['waits', 'waits, and is not kept', 'now'])
    assert.equal(house.archive.standing(JULIET).messages, 3)
    for (const kept of (await house.archive.waiting(JULIET, 0, 100)).found) house.archive.delivered(kept)
    await house.store.db.unit([])
    assert.deepEqual(await house.waitingTexts(), [])
    assert.deepEqual(await house.texts(), ['read', 'waits', 'now'])
    await house.restart()
    assert.deepEqual(await house.waitingTexts(), [])
    const late = await begins(house)
    house.archive.forget(JULIET)
    assert.equal(await adds(late, noon - 5 * DAY, 'nobody’s'), 0)
  })

  test(`where the history is closed, messages have to be from before its first day (${backend.name})`, async t => {
    const house = await build(t)
    house.append('now')
    await house.store.db.unit([])
    house.keyring.close()
    const earlier = await begins(house)
    assert.equal(earlier.before, Date.parse(dayOf(noon)))
    await assert.rejects(earlier.add(dayOf(noon), [entry(noon - DAY, 'of another day')]), /not its own/)
  })
}
