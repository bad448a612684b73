import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { catalogue, schemaOf } from '../privacy/catalogue.ts'
import type { BareJid, Jid } from '../protocol/jid.ts'
import { backends, type Fresh } from '../storage/contract/backends.ts'
import { accountStore } from './account-store.ts'
import { Blocklist, loadBlocklist } from './blocklist.ts'
import { blocklistCollection, blocklistStore } from './blocklist-store.ts'
import { documents } from './documents.ts'
import { accountsTable, accountTables, documentsTable, storeFiles } from './tables.ts'

const kept = catalogue({
  accounts: accountsTable,
  documents: documentsTable,
  tables: accountTables,
  collections: [blocklistCollection],
  files: [storeFiles],
})

const juliet = 7
const owner = 'juliet@capulet.lit' as BareJid
const jids = (...texts: string[]) => texts as Jid[]

describe('XEP-0191#matching', () => {
  const rows: readonly (readonly [listed: string, blocked: readonly string[], free: readonly string[]])[] = [
    ['romeo@montague.lit/orchard', ['romeo@montague.lit/orchard'], ['romeo@montague.lit', 'romeo@montague.lit/home']],
    ['romeo@montague.lit', ['romeo@montague.lit', 'romeo@montague.lit/home'], ['montague.lit', 'tybalt@montague.lit']],
    [
      'montague.lit/orchard',
      ['montague.lit/orchard'],
      ['montague.lit', 'montague.lit/home', 'romeo@montague.lit/orchard'],
    ],
    [
      'montague.lit',
      ['montague.lit', 'montague.lit/orchard', 'romeo@montague.lit', 'romeo@montague.lit/home'],
      ['chat.montague.lit', 'romeo@verona.lit/montague.lit'],
    ],
    ['capulet.lit', ['nurse@capulet.lit', 'nurse@capulet.lit/kitchen'], [owner, `${owner}/balcony`, 'capulet.lit']],
  ]
  for (const [listed, blocked, free] of rows) {
    it(`${listed} on the list`, () => {
      const store = { load: async () => [], add: async () => {}, remove: async () => {} }
      const list = new Blocklist(juliet, owner, store, jids(listed))
      for (const jid of jids(...blocked)) assert.equal(list.blocks(jid), true, jid)
      for (const jid of jids(...free)) assert.equal(list.blocks(jid), false, jid)
    })
  }
})

for (const backend of backends) {
  const fresh = async (t: TestContext): Promise<Fresh> => {
    let opened = await backend.fresh(schemaOf(kept))
    t.after(() => opened.end())
    await accountStore(opened.db, kept).create(
      { id: juliet, localpart: 'juliet', domain: 'capulet.lit', created: '2026-11-22' },
      [],
    )
    return { ...opened, reopen: async () => (opened = await opened.reopen()) }
  }

  describe(`block lists on ${backend.name}`, () => {
    it('come back after a restart', async t => {
      const opened = await fresh(t)
      const list = await loadBlocklist(juliet, owner, blocklistStore(documents(opened.db)))
      await list.add(jids('romeo@montague.lit', 'verona.lit', 'tybalt@capulet.lit/hall'))
      await list.remove(jids('verona.lit'))
      const again = await loadBlocklist(juliet, owner, blocklistStore(documents((await opened.reopen()).db)))
      assert.deepEqual(new Set(again.all()), new Set(['romeo@montague.lit', 'tybalt@capulet.lit/hall']))
    })

    it('block at once, and let nobody in again before that is on disk', async t => {
      const list = await loadBlocklist(juliet, owner, blocklistStore(documents((await fresh(t)).db)))
      const [romeo] = jids('romeo@montague.lit')
      const added = list.add([romeo!])
      assert.equal(list.blocks(romeo!), true)
      await added
      const removed = list.remove([romeo!])
      assert.equal(list.blocks(romeo!), true)
      await removed
      assert.equal(list.blocks(romeo!), false)
    })

    it('stay as they were when nothing can be stored', async t => {
      const opened = await fresh(t)
      const list = await loadBlocklist(juliet, owner, blocklistStore(documents(opened.db)))
      await list.add(jids('romeo@montague.lit'))
      await opened.db.close()
      await assert.rejects(list.add(jids('romeo@montague.lit', 'verona.lit')))
      await assert.rejects(list.remove(jids('romeo@montague.lit')))
      assert.deepEqual(list.all(), ['romeo@montague.lit'])
      await opened.reopen()
    })
  })
}
