/** Who has the data directory, the master secret and this program reads no message: every key at hand is tried. */

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { jidOf } from '../../src/accounts/accounts.ts'
import { provePassword } from '../../src/accounts/password-proof.ts'
import { type House, openHouse } from '../../src/house.ts'
import { bareJid } from '../../src/protocol/jid.ts'
import { openBox } from '../../src/seals/box.ts'
import { bound, deriveKey, open } from '../../src/seals/envelope.ts'
import { epochBinding, MessageKey, type SealedEpoch } from '../../src/seals/epoch.ts'
import { loadSettings } from '../../src/settings/load.ts'

const text = Buffer.from('But soft, what light through yonder window breaks?')
const names = ['juliet', 'romeo', 'nurse'] as const

interface Sealed {
  readonly row: SealedEpoch
  readonly body: Buffer
}

/** Everything of 16 to 64 bytes that lies about, and everything that the program makes of it. */
async function keysAtHand(house: House, data: string, master: string): Promise<Buffer[]> {
  const found: Uint8Array[] = [readFileSync(master)]
  for (const { name } of await house.db.realTables()) {
    const rows = await house.db.all(`SELECT * FROM ${name}`)
    found.push(...rows.flatMap(row => Object.values(row)).filter(value => value instanceof Uint8Array))
  }
  const vaultKey = deriveKey(readFileSync(master), 'sotto vault')
  found.push(vaultKey)
  for (const name of readdirSync(join(data, 'vault'))) {
    const [, number] = /^wrapping-(\d+)\.key$/.exec(name) ?? []
    if (number === undefined) continue
    const wrapping = open(
      vaultKey,
      readFileSync(join(data, 'vault', name)),
      bound('sotto wrapping key', Number(number)),
    )
    assert.ok(wrapping, 'the master secret opens the wrapping key')
    found.push(wrapping)
  }
  for (const account of await house.accounts.list()) {
    const { documents, tags, epochs } = house.vault.keys(account.id)!
    found.push(documents, tags, epochs, house.vault.credentialsKey(account.id)!)
    const credentials = await house.accounts.credentials(account.localpart, account.domain)
    for (const verifier of credentials!.verifiers) found.push(verifier.storedKey, verifier.serverKey, verifier.salt)
  }
  const purposes = ['sotto epochs', 'sotto documents', 'sotto recovery code', 'sotto archive key SCRAM-SHA-256', '']
  const plain = found.filter(bytes => bytes.length >= 16 && bytes.length <= 64).map(bytes => Buffer.from(bytes))
  return [...plain, ...plain.flatMap(key => purposes.map(purpose => deriveKey(key, purpose)))]
}

/** What of a message opens with any of the keys, used as any kind of key. */
async function opened(
  house: House,
  { row, body }: Sealed,
  keys: readonly Buffer[],
  publicKey: Buffer,
): Promise<string[]> {
  const ways: string[] = []
  const binding = epochBinding(row.account, row.epoch, row.generation)
  if (house.keyring.openEpoch(row.account, row) !== undefined) ways.push('the keyring')
  for (const key of keys) {
    for (const hash of ['SHA-256', 'SHA-1'] as const)
      if (await house.keyring.unlock(row.account, { hash, key })) ways.push(`unlocked as ${hash}`)
    if (key.length !== 32) continue
    if (openBox({ privateKey: key, publicKey }, row.sealed, binding) !== undefined) ways.push('as the private key')
    if (open(key, row.sealed, binding) !== undefined) ways.push('as the key of the key')
    if (new MessageKey(row.account, row.epoch, Buffer.from(key)).open(1, body) !== undefined) ways.push('as the key')
  }
  return ways
}

test('nothing that is sealed to its owner opens without the password, and all of it with the password', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-zero-access-'))
  const { settings } = loadSettings({ env: {}, directory })
  const visit = async <T>(use: (house: House) => Promise<T>): Promise<T> => {
    const house = await openHouse(settings)
    try {
      return await use(house)
    } finally {
      await house.close()
    }
  }
  t.after(() => rmSync(directory, { recursive: true, force: true }))

  const messages = await visit(async house => {
    const sealed: Sealed[] = []
    for (const name of names) {
      const made = await house.accounts.create(bareJid(name, 'localhost')!, `password of ${name}`, 'operator')
      assert.ok(made.done)
      const { id } = made.account
      const epoch = house.keyring.epochFor(id, await house.keyring.publicOf(id), house.today())
      sealed.push({ row: epoch.fresh!, body: epoch.key.seal(1, text) })
    }
    return sealed
  })

  await visit(async house => {
    const keys = await keysAtHand(house, settings.service.data, settings.seal.master)
    assert.ok(keys.length > 100, `${keys.length} keys were tried`)
    for (const message of messages) {
      const { publicKey } = await house.keyring.publicOf(message.row.account)
      assert.deepEqual(await opened(house, message, keys, publicKey), [])
    }
  })

  await visit(async house => {
    for (const account of await house.accounts.list()) {
      const { row, body } = messages.find(one => one.row.account === account.id)!
      const proof = await provePassword(house, jidOf(account), `password of ${account.localpart}`)
      assert.ok(typeof proof === 'object')
      assert.equal(await house.keyring.unlock(account.id, proof.clientKey), true)
      assert.deepEqual(house.keyring.openEpoch(row.account, row)?.open(1, body), text)
    }
  })
})
