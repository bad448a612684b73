import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { Reader } from '../storage/sqlite/reader.ts'
import { freshKey, wipe } from './envelope.ts'
import { SealError } from './seal-error.ts'
import { openVault, type Vault, type VaultParts, vaultDirectory } from './vault.ts'

const juliet = 4_000_000_000_000_001
const romeo = 12

/** A place for a vault, with its master secret beside it. */
function place(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-vault-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const data = join(directory, 'data')
  const path = join(directory, 'secret', 'master.key')
  const opened = new Set<Vault>()
  t.after(() => Promise.all([...opened].map(vault => vault.close())))
  return {
    data,
    path,
    async open(more: Partial<VaultParts> = {}): Promise<Vault> {
      const parts = { data, path, today: '2026-11-22', mayMake: true, access: 'service', ...more } as const
      const vault = await openVault(parts)
      opened.add(vault)
      return vault
    },
    async close(vault: Vault): Promise<void> {
      opened.delete(vault)
      await vault.close()
    },
    /** The rows as they are on the disk. */
    rows() {
      const reader = new Reader(join(vaultDirectory(data), 'vault.db'), 1000)
      const rows = reader.all('SELECT account, wrapping, sealed FROM keys ORDER BY account', [])
      reader.close()
      return rows
    },
  }
}

const hex = (vault: Vault, account: number) => vault.keys(account)?.documents.toString('hex')

/** Every byte below a directory. */
function everything(directory: string): Buffer {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return Buffer.concat(files.map(entry => readFileSync(join(entry.parentPath, entry.name))))
}

describe('the key vault', () => {
  test('gives every account keys of its own, the same after a restart', async t => {
    const at = place(t)
    const vault = await at.open()
    assert.equal(vault.keys(juliet), undefined)
    await vault.add(juliet)
    await vault.add(romeo)
    const keys = vault.keys(juliet)!
    const all = [keys.documents, keys.tags, keys.epochs, vault.credentialsKey(juliet)!, vault.keys(romeo)!.documents]
    assert.equal(new Set(all.map(key => key.toString('hex'))).size, 5)
    const before = all.map(key => key.toString('hex'))
    assert.deepEqual(await vault.accounts(), [romeo, juliet])
    await at.close(vault)
    assert.deepEqual(keys.documents, Buffer.alloc(32), 'wiped when closed')
    const again = await at.open({ mayMake: false })
    assert.equal(hex(again, juliet), before[0])
    assert.equal(again.credentialsKey(juliet)!.toString('hex'), before[3])
  })

  test('an account has one key', async t => {
    const vault = await place(t).open()
    await vault.add(juliet)
    await assert.rejects(vault.add(juliet))
  })

  test('a destroyed key is gone from the disk', async t => {
    const at = place(t)
    const vault = await at.open()
    for (let account = 100; account < 400; account++) await vault.add(account)
    const doomed = at.rows().filter(row => Number(row.account) % 2 === 0)
    const keys = vault.keys(200)!
    await Promise.all(doomed.map(row => vault.destroy(Number(row.account))))
    assert.deepEqual(keys.documents, Buffer.alloc(32))
    assert.equal(vault.keys(200), undefined)
    assert.equal(vault.credentialsKey(200), undefined)
    assert.equal((await vault.accounts()).length, 150)
    await vault.destroy(200)
    await at.close(vault)
    const bytes = everything(at.data)
    for (const { sealed } of doomed) assert.equal(bytes.indexOf(Buffer.from(sealed as Uint8Array)), -1)
  })

  test('rotation: everything opens, nothing does with the old key', async t => {
    const at = place(t)
    const vault = await at.open()
    for (let account = 1; account <= 500; account++) await vault.add(account)
    const before = new Map((await vault.accounts()).map(account => [account, hex(vault, account)]))
    const [oldFile] = readdirSync(vaultDirectory(at.data)).filter(name => name.startsWith('wrapping'))
    const oldRows = at.rows()
    const oldKey = readFileSync(join(vaultDirectory(at.data), oldFile!))
    assert.equal(vault.rotatedOn, '2026-11-22')
    const [, late] = await Promise.all([vault.rotate('2026-11-23'), vault.add(501).then(() => hex(vault, 501))])
    assert.equal(vault.rotatedOn, '2026-11-23')
    await at.close(vault)
    const again = await at.open({ mayMake: false })
    for (const [account, documents] of before) assert.equal(hex(again, account), documents)
    assert.equal(hex(again, 501), late)
    await at.close(again)
    assert.deepEqual(
      readdirSync(vaultDirectory(at.data)).filter(name => name.startsWith('wrapping')),
      ['wrapping-2.key'],
    )
    const bytes = everything(at.data)
    assert.equal(bytes.indexOf(oldKey), -1)
    for (const { sealed } of oldRows) assert.equal(bytes.indexOf(Buffer.from(sealed as Uint8Array)), -1)
  })

  test('rooms have keys as accounts have, and apart from theirs', async t => {
    const at = place(t)
    const vault = await at.open()
    await vault.add(romeo)
    await vault.rooms.add(romeo)
    await vault.rooms.add(13)
    const room = vault.rooms.keys(romeo)!
    const all = [room.documents, room.tags, room.authors, room.entries, vault.rooms.keys(13)!.documents]
    const account = vault.keys(romeo)!
    assert.equal(new Set([...all, account.documents, account.words].map(key => key.toString('hex'))).size, 7)
    const before = all.map(key => key.toString('hex'))
    await vault.rotate('2026-11-23')
    await at.close(vault)
    assert.deepEqual(room.entries, Buffer.alloc(32), 'wiped when closed')
    const again = await at.open({ mayMake: false })
    assert.equal(again.rooms.keys(romeo)!.documents.toString('hex'), before[0])
    assert.deepEqual(await again.rooms.owners(), [romeo, 13])
    await again.rooms.destroy(romeo)
    assert.equal(again.rooms.keys(romeo), undefined)
    assert.ok(again.keys(romeo), 'the account of that number is another matter')
    assert.equal(again.rooms.keys(13)!.documents.toString('hex'), before[4])
  })

  test('a vault of before there were rooms is given a place for their keys', async t => {
    const at = place(t)
    const vault = await at.open()
    await vault.add(romeo)
    await at.close(vault)
    const { DatabaseSync } = await import('node:sqlite')
    const db = new DatabaseSync(join(vaultDirectory(at.data), 'vault.db'))
    db.exec('DROP TABLE room_keys; PRAGMA user_version = 1')
    db.close()
    const again = await at.open({ mayMake: false })
    assert.ok(again.keys(romeo))
    assert.equal(again.rooms.keys(13), undefined)
    await again.rooms.add(13)
    assert.ok(again.rooms.keys(13))
  })

  test('two processes that make it at the same time make one', async t => {
    const at = place(t)
    const [one, two] = await Promise.all([at.open({ access: 'tool' }), at.open({ access: 'tool' })])
    await Promise.all([one.add(1), two.add(2)])
    assert.equal(hex(one, 2), hex(two, 2))
    assert.equal(hex(one, 1), hex(two, 1))
    await one.rotate('2026-11-23')
    await two.add(3)
    assert.equal(hex(one, 3), hex(two, 3))
  })

  test('everything is readable by its owner only', async t => {
    const at = place(t)
    await (await at.open()).add(juliet)
    for (const path of [
      dirname(at.path),
      at.path,
      at.data,
      ...readdirSync(vaultDirectory(at.data)).map(name => join(at.data, 'vault', name)),
    ])
      assert.equal(statSync(path).mode & 0o077, 0, path)
  })

  test('a row of one account does not open in the place of another', async t => {
    const at = place(t)
    const vault = await at.open()
    await vault.add(1)
    await vault.add(2)
    await at.close(vault)
    const { DatabaseSync } = await import('node:sqlite')
    const db = new DatabaseSync(join(vaultDirectory(at.data), 'vault.db'))
    db.exec('UPDATE keys SET sealed = (SELECT sealed FROM keys WHERE account = 1) WHERE account = 2')
    db.close()
    const again = await at.open()
    assert.ok(again.keys(1))
    assert.equal(again.keys(2), undefined)
  })
})

describe('the master secret', () => {
  const refused = (sentence: RegExp) => (error: unknown) => error instanceof SealError && sentence.test(error.message)

  test('is made once, beside the data and not in it', async t => {
    const at = place(t)
    await at.close(await at.open())
    const secret = readFileSync(at.path)
    assert.equal(secret.length, 32)
    await at.close(await at.open())
    assert.deepEqual(readFileSync(at.path), secret)
    assert.equal(everything(at.data).indexOf(secret), -1)
  })

  test('missing or wrong: refused, and nothing is made in its place', async t => {
    const at = place(t)
    const vault = await at.open()
    await vault.add(juliet)
    await at.close(vault)
    const right = readFileSync(at.path)
    rmSync(at.path)
    await assert.rejects(at.open(), refused(/is missing\. Without it/))
    assert.equal(existsSync(at.path), false)
    writeFileSync(at.path, freshKey(), { mode: 0o600 })
    await assert.rejects(at.open(), refused(/is not the one/))
    writeFileSync(at.path, right)
    assert.ok((await at.open()).keys(juliet))
  })

  test('of the wrong size, open to others, or a directory: refused', async t => {
    const at = place(t)
    await at.close(await at.open())
    chmodSync(at.path, 0o640)
    await assert.rejects(at.open(), refused(/Others on this machine can read .* chmod 600/))
    chmodSync(at.path, 0o600)
    writeFileSync(at.path, 'too short')
    await assert.rejects(at.open(), refused(/has 9 bytes and needs 32/))
    rmSync(at.path)
    await assert.rejects(at.open({ path: dirname(at.path) }), refused(/has to be a file/))
  })

  test('in the data directory, also by a link: refused', async t => {
    const at = place(t)
    await assert.rejects(at.open({ path: join(at.data, 'master.key') }), refused(/lies in the data directory/))
    await at.close(await at.open())
    const link = join(dirname(at.path), 'link')
    symlinkSync(at.data, link)
    await assert.rejects(at.open({ path: join(link, 'master.key') }), refused(/lies in the data directory/))
  })

  test('cannot be made: says where else', async t => {
    const at = place(t)
    await assert.rejects(at.open({ path: '/dev/null/master.key' }), refused(/cannot be made .* seal\.master/))
  })

  test('accounts without a vault: refused, and no vault is made', async t => {
    const at = place(t)
    await assert.rejects(at.open({ mayMake: false }), refused(/the key vault .* is missing/))
    assert.equal(existsSync(at.data), false)
    assert.equal(existsSync(at.path), false)
    await at.close(await at.open())
    for (const name of readdirSync(vaultDirectory(at.data)))
      if (name.startsWith('wrapping')) rmSync(join(vaultDirectory(at.data), name))
    await assert.rejects(at.open(), refused(/wrapping-1\.key .* missing or damaged/))
  })

  test('keys are wiped with zeros', () => {
    const key = freshKey()
    wipe(key, undefined)
    assert.deepEqual(key, Buffer.alloc(32))
  })
})
