import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { catalogue, schemaOf } from '../privacy/catalogue.ts'
import { backends } from '../storage/contract/backends.ts'
import { accountStore } from './account-store.ts'
import { type Complaint, Reports, reportsTable } from './reports.ts'
import { accountsTable, accountTables, documentsTable, storeFiles } from './tables.ts'

const kept = catalogue({
  accounts: accountsTable,
  documents: documentsTable,
  tables: [...accountTables, reportsTable],
  collections: [],
  files: [storeFiles],
})
const complaint: Complaint = {
  about: 'tybalt@verona.lit',
  reason: 'urn:xmpp:reporting:abuse',
  messages: [],
  allows: [],
}

for (const backend of backends) {
  describe(`reports on ${backend.name}`, () => {
    test('end by being dealt with, by the day, and with the account; an account has only so many', async t => {
      const { db, end } = await backend.fresh(schemaOf(kept))
      t.after(end)
      const store = accountStore(db, kept)
      for (const [id, localpart] of [
        [7, 'juliet'],
        [8, 'nurse'],
      ] as const) {
        assert.ok(await store.create({ id, localpart, domain: 'capulet.lit', created: '2026-11-01' }, []))
      }
      const clock = { today: '2026-11-22' }
      const reports = new Reports({ db, today: () => clock.today })
      for (let i = 0; i < 100; i++) assert.equal(await reports.add(7, complaint), true)
      assert.equal(await reports.add(7, complaint), false)
      assert.equal(await reports.add(9, complaint), false)
      clock.today = '2026-11-23'
      assert.equal(await reports.add(8, complaint), true)
      const all = await reports.list()
      assert.equal(all.length, 101)
      const { id, from, day, ...rest } = all.at(-1)!
      assert.deepEqual({ from, day, ...rest }, { from: 'nurse@capulet.lit', day: '2026-11-23', ...complaint })
      assert.deepEqual(await reports.find(id), all.at(-1))
      assert.deepEqual([...(await reports.days())].sort(), ['2026-11-22', '2026-11-23'])
      await reports.drop('2026-11-22')
      assert.deepEqual(await reports.list(), [all.at(-1)])
      assert.equal(await reports.done(id), true)
      assert.equal(await reports.done(id), false)
      await reports.add(8, complaint)
      await store.erase(8)
      assert.deepEqual(await reports.list(), [])
    })
  })
}
