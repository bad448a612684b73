import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { catalogue, schemaOf } from '../privacy/catalogue.ts'
import type { BareJid, DomainJid } from '../protocol/jid.ts'
import { backends, type Fresh } from '../storage/contract/backends.ts'
import { accountStore } from './account-store.ts'
import { type Documents, documents } from './documents.ts'
import { loadRoster, type RosterItem } from './roster.ts'
import { rosterCollection, rosterStore } from './roster-store.ts'
import { accountsTable, accountTables, documentsTable, storeFiles } from './tables.ts'

const kept = catalogue({
  accounts: accountsTable,
  documents: documentsTable,
  tables: accountTables,
  collections: [rosterCollection],
  files: [storeFiles],
})

const juliet = 7
const romeo: RosterItem = {
  jid: 'romeo@montague.lit' as BareJid,
  name: 'Rōmeo ❤',
  groups: ['Lovers', 'Montague'],
  subscription: 'both',
}
const nurse: RosterItem = {
  jid: 'nurse@capulet.lit' as BareJid,
  groups: [],
  subscription: 'none',
  ask: true,
  approved: true,
}
const gateway: RosterItem = { jid: 'icq.capulet.lit' as DomainJid, groups: [], subscription: 'to' }
const stranger: RosterItem = {
  jid: 'paris@verona.lit' as BareJid,
  groups: [],
  subscription: 'none',
  request: "<presence from='paris@verona.lit' type='subscribe'/>",
  unlisted: true,
}

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

  describe(`rosters on ${backend.name}`, () => {
    it('come back as they were put, with their version', async t => {
      const opened = await fresh(t)
      const roster = await loadRoster(juliet, rosterStore(documents(opened.db)))
      await Promise.all([romeo, nurse, gateway, stranger].map(item => roster.put(item)))
      await roster.remove(gateway.jid)
      const again = await loadRoster(juliet, rosterStore(documents((await opened.reopen()).db)))
      assert.deepEqual(new Set(again.all()), new Set([romeo, nurse, stranger]))
      assert.deepEqual(new Set(again.visible()), new Set([romeo, nurse]))
      assert.equal(again.version, roster.version)
      assert.equal(again.requests, 1)
    })

    it('are in force before they are on disk', async t => {
      const roster = await loadRoster(juliet, rosterStore(documents((await fresh(t)).db)))
      const stored = roster.put(romeo)
      assert.equal(roster.isSeenBy(romeo.jid), true)
      assert.equal(roster.sees(romeo.jid), true)
      await stored
    })

    it('get another version with every change that clients see, and with no other', async t => {
      const roster = await loadRoster(juliet, rosterStore(documents((await fresh(t)).db)))
      const versions = [roster.version]
      const look = () => versions.push(roster.version)
      await roster.put(stranger)
      assert.equal(roster.version, versions[0], 'a request is nothing that clients see')
      await roster.put(romeo)
      look()
      await roster.put({ ...romeo, request: '<presence/>' })
      assert.equal(roster.version, versions.at(-1), 'nor is one of somebody on the list')
      await roster.put({ ...romeo, groups: ['Lovers'] })
      look()
      const { unlisted: _, ...listed } = stranger
      await roster.put(listed)
      look()
      await roster.remove(romeo.jid)
      look()
      assert.equal(new Set(versions).size, versions.length)
      const { version } = roster
      await roster.put(stranger)
      assert.notEqual(roster.version, version, 'somebody has left the list')
    })

    it('count the requests that wait', async t => {
      const roster = await loadRoster(juliet, rosterStore(documents((await fresh(t)).db)))
      await roster.put(stranger)
      await roster.put(stranger)
      await roster.put({ ...romeo, request: '<presence/>' })
      assert.equal(roster.requests, 2)
      await roster.put(romeo)
      await roster.remove(stranger.jid)
      assert.equal(roster.requests, 0)
    })

    it('forget a change that could not be stored', async t => {
      const opened = await fresh(t)
      const store = documents(opened.db)
      const roster = await loadRoster(juliet, rosterStore(store))
      await roster.put(romeo)
      await opened.db.close()
      await assert.rejects(roster.put({ ...romeo, subscription: 'none' }))
      await assert.rejects(roster.put(nurse))
      await assert.rejects(roster.remove(romeo.jid))
      assert.deepEqual([...roster.all()], [romeo])
      await opened.reopen()
    })

    it('write one document for a contact and one for the version', async t => {
      const store: Documents = documents((await fresh(t)).db)
      const roster = await loadRoster(juliet, rosterStore(store))
      await roster.put(romeo)
      await roster.put(nurse)
      assert.equal((await store.amount(juliet)).documents, 3)
      await roster.remove(romeo.jid)
      assert.equal((await store.amount(juliet)).documents, 2)
    })
  })
}
