import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { catalogue, schemaOf } from '../privacy/catalogue.ts'
import { daysBefore } from '../privacy/day.ts'
import { backends } from '../storage/contract/backends.ts'
import { accountStore } from './account-store.ts'
import type { Account } from './accounts.ts'
import { Invitations, invitationsTable } from './invitations.ts'
import { marksTable } from './marks.ts'
import { accountsTable, accountTables, documentsTable, storeFiles } from './tables.ts'

const kept = catalogue({
  accounts: accountsTable,
  documents: documentsTable,
  tables: [...accountTables, marksTable, invitationsTable],
  collections: [],
  files: [storeFiles],
})
const domain = 'capulet.lit'
const romeo: Account = { id: 7, localpart: 'romeo', domain, created: '2026-11-01' }
const terms = { domain, befriends: false, admits: true, uses: 1, days: 7 }

for (const backend of backends) {
  describe(`invitations on ${backend.name}`, () => {
    const start = async (t: { after(then: () => Promise<void>): void }) => {
      const { db, end } = await backend.fresh(schemaOf(kept))
      t.after(end)
      const store = accountStore(db, kept)
      assert.ok(await store.create(romeo, []))
      const clock = { today: '2026-11-22' }
      const invitations = new Invitations({ db, today: () => clock.today, most: 3 })
      const made = async (more: Partial<Parameters<Invitations['create']>[0]> = {}) => {
        const result = await invitations.create({ ...terms, ...more })
        assert.ok(result.done)
        return result
      }
      const rows = async () => Number((await db.get('SELECT COUNT(*) AS n FROM invitations'))?.n)
      return { db, store, invitations, clock, made, rows }
    }

    test('only a hash of the token is kept', async t => {
      const { db, invitations, made } = await start(t)
      const { token, last } = await made()
      assert.match(token, /^[a-z2-9]{24}$/)
      assert.equal(last, '2026-11-28')
      const [row] = await db.all('SELECT * FROM invitations')
      assert.doesNotMatch(JSON.stringify(row), new RegExp(token))
      assert.equal((await invitations.find(token))?.domain, domain)
      assert.equal(await invitations.find(`${token}x`), undefined)
      assert.equal(await invitations.find('b'.repeat(24)), undefined)
    })

    test('it is good for so many guests, and then gone', async t => {
      const { invitations, made, rows } = await start(t)
      const { token } = await made({ uses: 2 })
      const shown = (await invitations.find(token))!
      assert.equal(await invitations.spend(shown), true)
      await invitations.used(shown)
      assert.equal(await invitations.spend(shown), true)
      assert.equal(await invitations.spend(shown), false)
      await invitations.giveBack(shown)
      assert.equal(await invitations.spend(shown), true)
      await invitations.used(shown)
      assert.equal(await rows(), 0)
    })

    test('it is good until its last day; who showed it in time may still finish; then it is erased', async t => {
      const { invitations, clock, made, rows } = await start(t)
      const { token } = await made({ days: 1, localpart: 'guest' })
      const shown = (await invitations.find(token))!
      assert.equal(await invitations.isReserved('guest', domain), true)
      clock.today = daysBefore(clock.today, -1)
      assert.equal(await invitations.find(token), undefined)
      assert.equal(await invitations.isReserved('guest', domain), false)
      assert.equal(await invitations.expire(), 0)
      assert.equal(await invitations.spend(shown), true)
      await invitations.giveBack(shown)
      clock.today = daysBefore(clock.today, -1)
      assert.equal(await invitations.expire(), 1)
      assert.equal(await rows(), 0)
    })

    test('a name is kept once, and not where it is taken', async t => {
      const { invitations, made } = await start(t)
      await made({ localpart: 'guest' })
      const refused = async (localpart: string) => {
        const result = await invitations.create({ ...terms, localpart })
        return result.done ? undefined : result.because
      }
      assert.equal(await refused('guest'), 'name taken')
      assert.equal(await refused('romeo'), 'name taken')
    })

    test('one account has so many open, and they leave with it', async t => {
      const { store, invitations, made, rows } = await start(t)
      for (let i = 0; i < 3; i++) await made({ host: romeo.id, befriends: true })
      const fourth = await invitations.create({ ...terms, host: romeo.id })
      assert.deepEqual(fourth, { done: false, because: 'too many' })
      const { token } = await made()
      assert.ok(await store.erase(romeo.id))
      assert.equal(await rows(), 1)
      assert.notEqual(await invitations.find(token), undefined)
    })

    test('several at once neither pass the bound nor share a name', async t => {
      const { invitations } = await start(t)
      const many = await Promise.all(Array.from({ length: 10 }, () => invitations.create({ ...terms, host: romeo.id })))
      assert.equal(many.filter(({ done }) => done).length, 3)
      const named = await Promise.all(
        Array.from({ length: 5 }, () => invitations.create({ ...terms, localpart: 'guest' })),
      )
      assert.deepEqual(named.map(made => (made.done ? 'done' : made.because)).sort(), [
        'done',
        'name taken',
        'name taken',
        'name taken',
        'name taken',
      ])
    })

    test('who may not sign in lets nobody in', async t => {
      const { db, invitations, made } = await start(t)
      const { token } = await made({ host: romeo.id, befriends: true })
      const { token: other } = await made()
      for (const [shut, open] of [
        ["INSERT INTO marks (account, mark) VALUES (7, 'disabled')", 'DELETE FROM marks'],
        ["INSERT INTO departures (account, due) VALUES (7, '2026-12-01')", 'DELETE FROM departures'],
      ] as const) {
        await db.run(shut)
        assert.equal(await invitations.find(token), undefined)
        assert.equal(await invitations.accept(romeo.id, token), false)
        assert.notEqual(await invitations.find(other), undefined)
        await db.run(open)
        assert.notEqual(await invitations.find(token), undefined)
      }
      await db.run("INSERT INTO marks (account, mark) VALUES (7, 'admin')")
      assert.notEqual(await invitations.find(token), undefined)
    })

    test('XEP-0379: only the host who gave the token lets its guest in', async t => {
      const { invitations, made } = await start(t)
      const { token } = await made({ host: romeo.id, befriends: true, admits: false })
      assert.equal(await invitations.accept(8, token), false)
      assert.equal(await invitations.accept(romeo.id, token), true)
      assert.equal(await invitations.accept(romeo.id, token), false)
      const other = await made({ host: romeo.id, befriends: false })
      assert.equal(await invitations.accept(romeo.id, other.token), false)
    })
  })
}
