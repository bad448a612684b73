import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { ArchiveHouse, DAY, JULIET, kept, login, noon, numbers, ROMEO } from '../../tests/kit/archive-house.ts'
import { eraseAccount } from '../privacy/erase.ts'
import { backends } from '../storage/contract/backends.ts'
import type { Kept } from './archive.ts'

for (const backend of backends) {
  const build = (t: TestContext) => ArchiveHouse.build(t, backend)

  describe(`the archive on ${backend.name}`, () => {
    it('gives back what was kept, for each account its own, in order, over days and restarts', async t => {
      const house = await build(t)
      assert.deepEqual(await house.texts(), [])
      assert.equal(await house.archive.history.edges(JULIET), undefined)
      house.append('1', { sent: true })
      house.append('of another', { of: ROMEO })
      house.clock.now += DAY
      house.append('2')
      await house.restart()
      house.append('3')
      house.clock.now += DAY
      house.append('4')
      const { entries, complete } = await house.page()
      assert.deepEqual(
        entries.map(({ text, sent, peer, time, seq }) => [text, sent, peer, time, seq]),
        [
          ['1', true, 'romeo@montague.lit/orchard', noon, 1000],
          ['2', false, 'romeo@montague.lit/orchard', noon + DAY, 1002],
          ['3', false, 'romeo@montague.lit/orchard', noon + DAY, 1003],
          ['4', false, 'romeo@montague.lit/orchard', noon + 2 * DAY, 1004],
        ],
      )
      assert.equal(complete, true)
      assert.deepEqual(await house.texts({}, ROMEO), ['of another'])
      const edges = await house.archive.history.edges(JULIET)
      assert.deepEqual([edges?.first.text, edges?.last.text], ['1', '4'])
      assert.deepEqual(await house.archive.days(), ['2026-11-22', '2026-11-23', '2026-11-24'])
    })

    it('pages forwards and backwards from every message, without a gap or a double', async t => {
      const house = await build(t)
      for (let i = 1; i <= 30; i++) {
        house.append(String(i), { contact: i % 3 === 0 ? 'nurse@capulet.lit' : 'romeo@montague.lit' })
        if (i === 17) await house.restart()
        if (i % 10 === 0) house.clock.now += DAY
        else house.clock.now += 1000
      }
      await house.restart()
      for (const limit of [1, 4, 10, 29, 30]) {
        for (const backwards of [false, true]) {
          const seen: string[][] = []
          let edge: number | undefined
          for (let complete = false; !complete; ) {
            const page = await house.page({
              limit,
              backwards,
              ...(edge === undefined ? {} : backwards ? { before: edge } : { after: edge }),
            })
            complete = page.complete
            edge = (backwards ? page.entries[0] : page.entries.at(-1))?.seq
            seen.push(page.entries.map(({ text }) => text))
          }
          assert.deepEqual((backwards ? seen.reverse() : seen).flat(), numbers(1, 30), `${limit} ${backwards}`)
        }
      }
      const nurse = await house.texts({ with: 'nurse@capulet.lit' })
      assert.deepEqual(
        nurse,
        numbers(1, 30).filter(n => Number(n) % 3 === 0),
      )
      assert.deepEqual(await house.texts({ with: 'nurse@capulet.lit', limit: 2, backwards: true }), ['27', '30'])
      assert.deepEqual(await house.texts({ with: 'nurse@capulet.lit/orchard', after: 1014 }), [
        '18',
        '21',
        '24',
        '27',
        '30',
      ])
      assert.deepEqual(await house.texts({ with: 'nurse@capulet.lit/elsewhere' }), [])
      assert.deepEqual(await house.texts({ with: 'nobody@capulet.lit' }), [])
      assert.deepEqual(await house.texts({ after: 1009, before: 1013 }), ['11', '12', '13'])
      assert.deepEqual(await house.texts({ only: [1002, 1000, 1029] }), ['1', '3', '30'])
    })

    it('finds by time, to the millisecond, both ends included', async t => {
      const house = await build(t)
      const times: number[] = []
      for (let i = 1; i <= 60; i++) {
        times.push(house.clock.now)
        house.append(String(i))
        house.clock.now += i % 20 === 0 ? DAY : (i * 7919) % 5000
      }
      for (const [from, to] of [
        [1, 60],
        [5, 5],
        [20, 21],
        [33, 58],
      ] as const) {
        const [start, end] = [times[from - 1]!, times[to - 1]!]
        assert.deepEqual(await house.texts({ start, end }), numbers(from, to))
        assert.deepEqual(await house.texts({ start, end, backwards: true, limit: 1 }), [String(to)])
      }
      assert.deepEqual(await house.texts({ start: times[59]! + 1 }), [])
      assert.deepEqual(await house.texts({ end: noon - 1 }), [])
      assert.deepEqual(await house.texts({ start: times[19]! + 1, end: times[20]! - 1 }), [])
      assert.deepEqual(await house.texts({ start: times[30]! - 1, limit: 2 }), ['31', '32'])
    })

    it('knows no messages that are not in this archive', async t => {
      const house = await build(t)
      house.append('1')
      house.append('of another', { of: ROMEO })
      house.append('3')
      for (const stranger of [1, 1001, 1003]) {
        for (const query of [{ after: stranger }, { before: stranger }, { only: [1000, stranger] }]) {
          const page = await house.archive.history.page(JULIET, { limit: 10, backwards: false, ...query })
          assert.equal(page, 'not found')
        }
      }
    })

    it('keeps what waits until it is delivered, also over a restart, and what is not archived no longer', async t => {
      const house = await build(t)
      const entries = [
        house.append('1', { waiting: true }),
        house.append('2', { waiting: true, archived: false }),
        house.append('3', { waiting: true }),
      ]
      house.clock.now += DAY
      house.append('4', { waiting: true })
      assert.deepEqual(await house.waitingTexts(), ['1', '2', '3', '4'])
      assert.deepEqual(await house.waitingTexts(ROMEO), [])
      assert.deepEqual(await house.texts(), ['1', '3', '4'])
      assert.equal(house.archive.standing(JULIET).messages, 4)
      await house.restart()
      assert.equal(house.archive.standing(JULIET).messages, 4)
      for (const entry of entries.slice(0, 2)) house.archive.delivered(entry)
      assert.deepEqual(await house.waitingTexts(), ['3', '4'])
      const { found, next } = await house.archive.waiting(JULIET, 0, 1)
      assert.deepEqual([found.length, found[0]?.text, next], [1, '3', found[0]?.place])
      for (const entry of (await house.archive.waiting(JULIET, 0, 100)).found) house.archive.delivered(entry)
      assert.deepEqual(await house.waitingTexts(), [])
      await house.store.db.unit([])
      await house.restart()
      assert.deepEqual(await house.waitingTexts(), [])
      assert.deepEqual(await house.texts(), ['1', '3', '4'])
      const [today] = await house.store.db.partition('archive', '2026-11-22').all('SELECT COUNT(*) AS n FROM entries')
      assert.equal(today?.n, 2)
    })

    it('lets no more wait than is allowed, and as much again as was delivered', async t => {
      const house = await build(t)
      house.limits.messages = 2
      const more = () =>
        house.archive.append({
          owner: house.owners[JULIET]!,
          seq: house.seq++,
          peer: 'a@b/c',
          contact: 'a@b',
          text: 'x',
          sent: false,
          waiting: true,
          archived: true,
        })
      const first = more()
      more()
      assert.equal(more(), 'full')
      house.append('not waiting')
      house.append('another’s', { of: ROMEO, waiting: true })
      house.archive.delivered(first as Kept)
      assert.notEqual(more(), 'full')
      await house.store.db.unit([])
      await house.restart()
      assert.equal(more(), 'full')
    })

    it('drops a day with everything in it, waiting or not', async t => {
      const house = await build(t)
      house.append('old', { waiting: true })
      house.clock.now += DAY
      const late = house.append('new', { waiting: true })
      await house.store.db.unit([])
      const stale = (await house.archive.waiting(JULIET, 0, 1)).found[0]!
      await house.archive.drop('2026-11-22')
      house.archive.delivered(stale)
      assert.deepEqual(await house.texts(), ['new'])
      assert.deepEqual(await house.waitingTexts(), ['new'])
      assert.equal(house.archive.standing(JULIET).messages, 1)
      assert.deepEqual(await house.archive.days(), ['2026-11-23'])
      assert.equal(await house.archive.history.page(JULIET, { after: 1000, limit: 1, backwards: false }), 'not found')
      house.archive.delivered(late)
      assert.deepEqual(await house.waitingTexts(), [])
    })

    it('puts a tombstone in the place of what was retracted, and keeps its id and time', async t => {
      const house = await build(t)
      for (const text of ['1', 'regretted', '3']) house.append(text)
      const [, entry] = (await house.page()).entries
      assert.equal(await house.archive.retract(JULIET, entry!, 'retracted'), true)
      const [, after] = (await house.page()).entries
      assert.deepEqual(after, { ...entry, text: 'retracted', retracted: true })
      assert.deepEqual(await house.texts({ with: 'romeo@montague.lit' }), ['1', 'retracted', '3'])
    })

    it('keeps nothing for an account that is being erased, and erases it from every day', async t => {
      const house = await build(t)
      for (const id of [JULIET, ROMEO]) {
        for (let i = 0; i < 450; i++) house.append(`${i}`, { of: id, waiting: i % 2 === 0 })
      }
      house.clock.now += DAY
      house.append('another day')
      house.append('stays', { of: ROMEO })
      house.archive.forget(JULIET)
      const entry = { seq: 1, peer: 'a@b/c', contact: 'a@b', text: 'late', sent: false, waiting: true, archived: true }
      assert.equal(house.archive.append({ owner: house.owners[JULIET]!, ...entry }), 'gone')
      assert.equal(await eraseAccount(house.store.db, kept, JULIET), true)
      for (const day of house.store.db.partitions('archive')) {
        for (const table of ['entries', 'waiting', 'epochs']) {
          const rows = await house.store.db.partition('archive', day).all(`SELECT DISTINCT account FROM ${table}`)
          for (const row of rows) assert.equal(row.account, ROMEO)
        }
      }
      assert.deepEqual(await house.store.db.all('SELECT account FROM archive_days WHERE account = ?', [JULIET]), [])
      assert.equal((await house.texts({}, ROMEO)).length, 451)
    })

    it('shows a locked account nothing, and what was sealed meanwhile once it is open', async t => {
      const house = await build(t)
      house.append('1', { waiting: true })
      await house.store.db.unit([])
      house.keyring.forget(JULIET)
      house.append('2', { waiting: true })
      assert.deepEqual(await house.texts(), [])
      assert.deepEqual(await house.waitingTexts(), [])
      house.keyring.hold(JULIET)
      await house.keyring.unlock(JULIET, login)
      assert.deepEqual(await house.texts(), ['1', '2'])
      assert.deepEqual(await house.waitingTexts(), ['1', '2'])
      assert.equal(house.corrupt, 0)
    })
  })
}
