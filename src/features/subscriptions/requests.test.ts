import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountStore } from '../../accounts/account-store.ts'
import { ArchivePreferences } from '../../accounts/archive-preferences.ts'
import { preferencesStore } from '../../accounts/archive-preferences-store.ts'
import { Blocklist } from '../../accounts/blocklist.ts'
import { blocklistCollection, blocklistStore } from '../../accounts/blocklist-store.ts'
import { documents } from '../../accounts/documents.ts'
import { loadRoster } from '../../accounts/roster.ts'
import { rosterCollection, rosterStore } from '../../accounts/roster-store.ts'
import { accountsTable, accountTables, documentsTable, storeFiles } from '../../accounts/tables.ts'
import { openLog } from '../../operations/log.ts'
import { catalogue, schemaOf } from '../../privacy/catalogue.ts'
import type { BareJid } from '../../protocol/jid.ts'
import { xml } from '../../protocol/xml/element.ts'
import { LocalAccount } from '../../routing/account.ts'
import type { Post } from '../../routing/post.ts'
import { backends } from '../../storage/contract/backends.ts'
import { subscriptions } from './subscriptions.ts'

const kept = catalogue({
  accounts: accountsTable,
  documents: documentsTable,
  tables: accountTables,
  collections: [rosterCollection, blocklistCollection],
  files: [storeFiles],
})

const nowhere: Post = {
  route() {},
  inTurn: act => act(),
  ask: async iq => iq,
  everyoneOnline: () => [],
  online: () => undefined,
  account: () => undefined,
  missed() {},
  isLocal: () => true,
  show() {},
  end() {},
  available() {},
  resumed() {},
  permitted() {},
}

for (const backend of backends) {
  test(`strangers cannot fill more than so much of an account (${backend.name})`, async t => {
    const { db, end } = await backend.fresh(schemaOf(kept))
    t.after(end)
    const jid = 'juliet@capulet.lit' as BareJid
    await accountStore(db, kept).create(
      { id: 7, localpart: 'juliet', domain: 'capulet.lit', created: '2026-11-22' },
      [],
    )
    const store = documents(db)
    const roster = await loadRoster(7, rosterStore(store))
    const wishes = new ArchivePreferences(7, preferencesStore(store), roster, 'always', undefined)
    const account = new LocalAccount(7, jid, roster, new Blocklist(7, jid, blocklistStore(store), []), wishes, {
      generation: 1,
      publicKey: Buffer.alloc(32),
    })
    const { presence } = subscriptions({
      post: nowhere,
      log: openLog({ level: 'error' }),
      maxContacts: 10,
      maxRequests: 3,
      invited: async () => false,
    })
    const asks = (n: number) => {
      const from = `suitor${n}@verona.lit` as BareJid
      return presence!.inbound(
        account,
        xml('presence', { xmlns: 'jabber:client', type: 'subscribe', from, to: jid }),
        from,
        jid,
      )
    }
    for (let n = 0; n < 10; n++) await asks(n)
    assert.equal(roster.requests, 3)
    assert.equal((await store.amount(7)).documents, 4, 'three requests and the version')
    assert.equal([...roster.visible()].length, 0)
  })
}
