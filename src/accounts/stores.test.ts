import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { catalogue, collection, schemaOf } from '../privacy/catalogue.ts'
import { backends, type Fresh } from '../storage/contract/backends.ts'
import { accountStore } from './account-store.ts'
import type { Account } from './accounts.ts'
import type { Verifier } from './credentials.ts'
import { documents } from './documents.ts'
import { messageIdKey, messageIds } from './message-ids.ts'
import { accountsTable, accountTables, documentsTable, storeFiles } from './tables.ts'

const notes = collection('notes', { why: 'a test', keep: 'for good', reader: 'owner', exported: () => [] })
const letters = collection('letters', { why: 'a test', keep: 'for good', reader: 'owner', exported: () => [] })
const kept = catalogue({
  accounts: accountsTable,
  documents: documentsTable,
  tables: accountTables,
  collections: [notes, letters],
  files: [storeFiles],
})

const juliet: Account = { id: 4_000_000_000_000_001, localpart: 'juliet', domain: 'capulet.lit', created: '2026-11-22' }
const romeo: Account = { id: 12, localpart: 'romeo', domain: 'montague.lit', created: '2026-11-21' }

const verifier = (hash: Verifier['hash'], fill: number): Verifier => ({
  hash,
  salt: new Uint8Array(16).fill(fill),
  iterations: 10_000,
  storedKey: new Uint8Array(hash === 'SHA-1' ? 20 : 32).fill(fill + 1),
  serverKey: new Uint8Array(hash === 'SHA-1' ? 20 : 32).fill(fill + 2),
})
const both = (fill: number) => [verifier('SHA-256', fill), verifier('SHA-1', fill)]

for (const backend of backends) {
  const fresh = async (t: TestContext): Promise<Fresh> => {
    const opened = await backend.fresh(schemaOf(kept))
    t.after(() => opened.end())
    return opened
  }

  describe(`accounts on ${backend.name}`, () => {
    it('finds what was made, with the verifiers of both hashes', async t => {
      const { db } = await fresh(t)
      const accounts = accountStore(db, kept)
      assert.equal(await accounts.create(juliet, both(1)), true)
      assert.deepEqual(await accounts.find('juliet', 'capulet.lit'), juliet)
      assert.deepEqual(await accounts.credentials('juliet', 'capulet.lit'), { account: juliet, verifiers: both(1) })
      assert.equal(await accounts.find('juliet', 'montague.lit'), undefined)
      assert.equal(await accounts.credentials('nurse', 'capulet.lit'), undefined)
    })

    it('gives a name once, and writes nothing for the second who wants it', async t => {
      const { db } = await fresh(t)
      const accounts = accountStore(db, kept)
      const rival = { ...juliet, id: 99 }
      assert.deepEqual(
        await Promise.all([
          accounts.create(juliet, both(1)),
          accounts.create(rival, both(5)),
          accounts.create(romeo, []),
        ]),
        [true, false, true],
      )
      assert.deepEqual(await accounts.list(), [juliet, romeo])
      assert.deepEqual(await accounts.list('montague.lit'), [romeo])
      assert.deepEqual(
        await db.all('SELECT DISTINCT account FROM credentials'),
        await db.all('SELECT id AS account FROM accounts WHERE id = ?', [juliet.id]),
      )
    })

    it('replaces verifiers as a whole, and only those of accounts that exist', async t => {
      const { db } = await fresh(t)
      const accounts = accountStore(db, kept)
      await accounts.create(juliet, both(1))
      assert.equal(await accounts.setVerifiers(juliet.id, [verifier('SHA-256', 7)]), 'kept')
      assert.deepEqual((await accounts.credentials('juliet', 'capulet.lit'))?.verifiers, [verifier('SHA-256', 7)])
      assert.equal(await accounts.setVerifiers(romeo.id, both(9)), 'unknown')
      assert.equal((await db.all('SELECT * FROM credentials')).length, 1)
    })

    it('erases an account from every table, and nobody else', async t => {
      const { db } = await fresh(t)
      const accounts = accountStore(db, kept)
      const papers = documents(db)
      for (const [i, who] of [juliet, romeo].entries()) {
        await accounts.create(who, both(i))
        await papers.put(who.id, notes, 'key', 'value')
        assert.equal(await accounts.depart(who.id, '2026-12-01'), true)
      }
      assert.equal(await accounts.erase(juliet.id), true)
      assert.equal(await accounts.erase(juliet.id), false)
      for (const table of kept.tables.filter(t => t.owner !== undefined)) {
        const rows = await db.all(`SELECT DISTINCT ${table.owner} AS owner FROM ${table.name}`)
        assert.deepEqual(
          rows.map(r => r.owner),
          [romeo.id],
          table.name,
        )
      }
    })

    it('lets nothing be written for an account that is gone', async t => {
      const { db } = await fresh(t)
      await accountStore(db, kept).create(juliet, both(1))
      const erased = accountStore(db, kept).erase(juliet.id)
      const late = documents(db).put(juliet.id, notes, 'late', 'value')
      await Promise.all([erased, late])
      assert.deepEqual(await db.all('SELECT account FROM documents'), [])
    })
  })

  describe(`documents on ${backend.name}`, () => {
    it('keeps, replaces, lists and removes by key, each collection for itself', async t => {
      const { db } = await fresh(t)
      await accountStore(db, kept).create(juliet, [])
      const papers = documents(db)
      await papers.put(juliet.id, notes, 'b', 'two')
      await papers.put(juliet.id, notes, 'a', 'one')
      await papers.put(juliet.id, notes, 'a', 'ein €, 𝄞')
      await papers.put(juliet.id, letters, 'a', '')
      assert.equal(await papers.get(juliet.id, notes, 'a'), 'ein €, 𝄞')
      assert.equal(await papers.get(juliet.id, letters, 'a'), '')
      assert.equal(await papers.get(juliet.id, letters, 'b'), undefined)
      assert.deepEqual(await papers.list(juliet.id, notes), [
        { key: 'a', value: 'ein €, 𝄞' },
        { key: 'b', value: 'two' },
      ])
      assert.equal(await papers.remove(juliet.id, notes, 'b'), true)
      assert.equal(await papers.remove(juliet.id, notes, 'b'), false)
      assert.equal(await papers.removeAll(juliet.id, notes), 1)
      assert.deepEqual(await papers.list(juliet.id, notes), [])
      assert.equal((await papers.amount(juliet.id)).documents, 1)
    })

    it('changes several documents at once', async t => {
      const { db } = await fresh(t)
      await accountStore(db, kept).create(juliet, [])
      const papers = documents(db)
      await papers.put(juliet.id, notes, 'old', 'x')
      await papers.change(juliet.id, [
        { collection: notes, key: 'old', value: undefined },
        { collection: letters, key: 'new', value: 'y' },
      ])
      assert.equal(await papers.get(juliet.id, notes, 'old'), undefined)
      assert.equal(await papers.get(juliet.id, letters, 'new'), 'y')
    })
  })

  describe(`message ids on ${backend.name}`, () => {
    it('grow, are never given twice over restarts, and lead back to their number', async t => {
      let store = await backend.fresh(schemaOf(kept))
      t.after(() => store.end())
      const seen = new Set<string>()
      let last = 0
      for (let start = 0; start < 3; start++) {
        const ids = await messageIds(store.db, await messageIdKey(store.db), 100)
        for (let i = 0; i < 250; i++) {
          const { seq, id } = ids.next()
          assert.ok(seq > last)
          assert.match(id, /^[A-Za-z0-9_-]{22}$/)
          assert.equal(ids.seqOf(id), seq)
          assert.equal(ids.idOf(seq), id)
          assert.deepEqual(ids.idsOf([seq, last]), [id, ids.idOf(last)])
          seen.add(id)
          last = seq
          if (i % 10 === 0) await store.db.unit([])
        }
        store = await store.reopen()
      }
      assert.equal(seen.size, 750)
    })

    it('are not found for what this service never gave out', async t => {
      const { db } = await fresh(t)
      const ids = await messageIds(db, await messageIdKey(db))
      const elsewhere = await messageIds(db, new Uint8Array(16).fill(3))
      const { id } = ids.next()
      for (const stranger of ['', 'x', id.slice(1), `${id}A`, `${id}=`, elsewhere.next().id, 'A'.repeat(22)]) {
        assert.equal(ids.seqOf(stranger), undefined, stranger)
      }
    })
  })
}
