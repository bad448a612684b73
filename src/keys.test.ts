import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type House, openHouse } from './house.ts'
import { bareJid } from './protocol/jid.ts'
import { freshKey } from './seals/envelope.ts'
import { SealError } from './seals/seal-error.ts'
import { loadSettings } from './settings/load.ts'

/** A directory with a service that has some accounts. */
async function inhabited(t: TestContext, env: Record<string, string> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-keys-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const { settings } = loadSettings({ env, directory })
  const visit = async <T>(use: (house: House) => Promise<T>, access: 'service' | 'tool' = 'service'): Promise<T> => {
    const house = await openHouse(settings, { access })
    try {
      return await use(house)
    } finally {
      await house.close()
    }
  }
  const admit = (names: readonly string[]) =>
    visit(async ({ accounts }) => {
      for (const name of names)
        assert.ok((await accounts.create(bareJid(name, 'localhost')!, 'pencil', 'operator')).done)
    })
  return { directory, settings, visit, admit, vault: join(settings.service.data, 'vault') }
}

const refused = (sentence: RegExp) => (error: unknown) => error instanceof SealError && sentence.test(error.message)

describe('the keys of a data directory', () => {
  test('the master secret lies beside the data, or is what systemd hands over', async t => {
    const { directory, settings, admit } = await inhabited(t)
    assert.equal(settings.seal.master, join(directory, 'secret', 'master.key'))
    await admit(['romeo'])
    assert.equal(readFileSync(settings.seal.master).length, 32)
    const credentials = join(directory, 'credentials')
    const env = { CREDENTIALS_DIRECTORY: credentials }
    assert.equal(loadSettings({ env, directory }).settings.seal.master, settings.seal.master, 'nothing is handed over')
    mkdirSync(credentials)
    writeFileSync(join(credentials, 'sotto-master'), freshKey())
    assert.equal(loadSettings({ env, directory }).settings.seal.master, join(credentials, 'sotto-master'))
    const named = { ...env, SOTTO_SEAL_MASTER: '/elsewhere/key' }
    assert.equal(loadSettings({ env: named, directory }).settings.seal.master, '/elsewhere/key')
  })

  test('accounts without a vault, as of a version before there was one: says so, and makes nothing', async t => {
    const { visit, admit, vault } = await inhabited(t)
    await admit(['romeo'])
    rmSync(vault, { recursive: true })
    const tried = () => visit(async () => undefined)
    await assert.rejects(tried, refused(/key vault .* is missing\. .* version before there was a vault/))
    await assert.rejects(tried, refused(/missing/))
    assert.equal(existsSync(vault), false)
  })

  test('a vault of another day: says how many accounts it does not know', async t => {
    const { visit, admit } = await inhabited(t)
    await admit(['romeo', 'juliet'])
    await visit(async ({ accounts, vault }) => {
      const romeo = await accounts.find('romeo', 'localhost')
      await vault.destroy(romeo!.id)
    })
    await assert.rejects(() => visit(async () => undefined), refused(/no key for 1 of 2 accounts/))
  })

  test('a database of another day: no key is destroyed', async t => {
    const { visit, admit, settings } = await inhabited(t)
    await admit(Array.from({ length: 12 }, (_, n) => `guest${n}`))
    const { data } = settings.service
    for (const name of ['sotto.db', 'sotto.db-wal', 'sotto.db-shm']) rmSync(join(data, name), { force: true })
    await assert.rejects(
      () => visit(async () => undefined),
      refused(/keys of 12 accounts that are not in the database/),
    )
    await visit(async ({ vault }) => assert.equal((await vault.accounts()).length, 12), 'tool')
  })

  test('a key whose account was never finished is destroyed by the service', async t => {
    const { visit, admit } = await inhabited(t)
    await admit(['romeo'])
    await visit(({ vault }) => vault.add(7), 'tool')
    await visit(async ({ vault }) => assert.deepEqual(vault.keys(7), undefined))
  })

  test('a document that was changed on the disk is as good as absent, and can be written anew', async t => {
    const { visit, admit } = await inhabited(t)
    await admit(['romeo'])
    await visit(async ({ accounts, documents, db }) => {
      const { id } = (await accounts.find('romeo', 'localhost'))!
      const notes = { name: 'roster' } as Parameters<typeof documents.get>[1]
      await documents.put(id, notes, 'one', 'kept')
      await documents.put(id, notes, 'two', 'changed')
      const [row] = await db.all('SELECT tag, value FROM documents ORDER BY tag')
      assert.equal(Buffer.from(row!.value as Uint8Array).indexOf('kept'), -1)
      await db.run('UPDATE documents SET value = ? WHERE tag = ?', [new Uint8Array(60), row!.tag as Uint8Array])
      const left = await documents.list(id, notes)
      assert.equal(left.length, 1)
      for (const key of ['one', 'two']) await documents.put(id, notes, key, 'anew')
      assert.deepEqual(
        (await documents.list(id, notes)).map(({ value }) => value),
        ['anew', 'anew'],
      )
    })
  })
})
