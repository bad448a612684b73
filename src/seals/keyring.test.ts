import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import { accountsTable, accountTables, documentsTable, storeFiles } from '../accounts/tables.ts'
import { catalogue, schemaOf } from '../privacy/catalogue.ts'
import { backends } from '../storage/contract/backends.ts'
import type { Database } from '../storage/database.ts'
import { bound, deriveKey, freshKey, seal, wipe } from './envelope.ts'
import type { SealedEpoch } from './epoch.ts'
import { Keyring, type KeyringParts, type LoginKey } from './keyring.ts'
import { sealTables } from './tables.ts'
import { x25519PublicOf } from './x25519.ts'

const kept = catalogue({
  accounts: accountsTable,
  documents: documentsTable,
  tables: [...accountTables, ...sealTables],
  collections: [],
  files: [storeFiles],
})

const juliet = 4_000_000_000_000_001
const romeo = 12
const today = '2026-11-22'

/** What a password reveals, by both hashes. */
const password = (): readonly LoginKey[] => [
  { hash: 'SHA-256', key: new Uint8Array(randomBytes(32)) },
  { hash: 'SHA-1', key: new Uint8Array(randomBytes(20)) },
]

async function keep(db: Database, keyring: Keyring, account: number, keys: readonly LoginKey[]): Promise<void> {
  await db.unit([
    [
      'INSERT INTO accounts (id, localpart, domain, created) VALUES (?, ?, ?, ?)',
      [account, `user${account}`, 'capulet.lit', today],
    ],
    ...keyring.created(account, keys),
  ])
}

async function furnished(t: TestContext, more: Partial<KeyringParts> = {}) {
  const { db, end } = await backends[0]!.fresh(schemaOf(kept))
  const keyrings: Keyring[] = []
  t.after(async () => {
    for (const keyring of keyrings) keyring.close()
    await end()
  })
  const another = () => {
    const keyring = new Keyring({ db, seal: 'owner', serverKey: () => undefined, ...more })
    keyrings.push(keyring)
    return keyring
  }
  const keyring = another()
  const keys = password()
  await keep(db, keyring, juliet, keys)
  return { db, keyring, keys, another }
}

const text = Buffer.from('But soft, what light through yonder window breaks?')

/** Seals one message as a store does; what it returns is what is on the disk. */
async function sealed(keyring: Keyring, account = juliet): Promise<{ row: SealedEpoch; body: Buffer }> {
  const epoch = keyring.epochFor(account, await keyring.publicOf(account), today)
  return { row: epoch.fresh!, body: epoch.key.seal(1, text) }
}

const read = (keyring: Keyring, { row, body }: { row: SealedEpoch; body: Buffer }) =>
  keyring.openEpoch(row.account, row)?.open(1, body)

/** The account's key pair as it was made before 2026-12. */
async function asBefore(db: Database, account: number, { hash, key }: LoginKey) {
  const privateKey = freshKey()
  const salt = new Uint8Array(randomBytes(16))
  const kind = `SCRAM-${hash}`
  const wrapping = deriveKey(key, `sotto archive key ${kind}`, salt)
  const wrapped = seal(wrapping, privateKey, bound('sotto archive key', account, 1, kind))
  await db.unit([
    ['UPDATE archive_keys SET public_key = ? WHERE account = ?', [x25519PublicOf(privateKey), account]],
    ['DELETE FROM archive_wraps WHERE account = ? AND kind <> ?', [account, kind]],
    ['UPDATE archive_wraps SET salt = ?, wrapped = ? WHERE account = ?', [salt, wrapped, account]],
  ])
}

describe('the keyring', () => {
  test('opens with either hash of the password, and with nothing else', async t => {
    const { db, keyring, keys, another } = await furnished(t)
    const message = await sealed(keyring)
    for (const key of keys) {
      const other = another()
      assert.equal(read(other, message), undefined)
      assert.equal(await other.unlock(juliet, key), true)
      assert.equal(other.isOpen(juliet), true)
      assert.deepEqual(read(other, message), text)
    }
    const stranger = another()
    for (const { hash } of keys)
      assert.equal(await stranger.unlock(juliet, { hash, key: new Uint8Array(randomBytes(32)) }), false)
    assert.equal(await stranger.unlock(juliet, { hash: 'SHA-1', key: keys[0]!.key }), false)
    assert.equal(await stranger.unlock(romeo, keys[0]!), false)
    assert.equal(stranger.isOpen(juliet), false)
    assert.equal(read(stranger, message), undefined)
    await keep(db, keyring, romeo, keys)
    await stranger.unlock(romeo, keys[0]!)
    assert.equal(read(stranger, message), undefined)
    assert.equal(stranger.openEpoch(romeo, { ...message.row, account: romeo }), undefined)
  })

  test('a wrap of one account, generation or kind opens in no other place', async t => {
    const { db, keyring, keys, another } = await furnished(t)
    await keep(db, keyring, romeo, keys)
    await db.run(
      'UPDATE archive_wraps SET (salt, wrapped) = (SELECT salt, wrapped FROM archive_wraps w WHERE w.account = ? AND w.kind = archive_wraps.kind) WHERE account = ?',
      [juliet, romeo],
    )
    assert.equal(await another().unlock(romeo, keys[0]!), false)
    await db.run('UPDATE archive_keys SET generation = 2 WHERE account = ?', [juliet])
    await db.run('UPDATE archive_wraps SET generation = 2 WHERE account = ?', [juliet])
    assert.equal(await another().unlock(juliet, keys[0]!), false)
  })

  test('an account from before 2026-12 goes on with the pair it has, until a reset brings one as they are now', async t => {
    const { db, keys, another } = await furnished(t)
    await asBefore(db, juliet, keys[0]!)
    const message = await sealed(another())
    const later = another()
    assert.equal(await later.unlock(juliet, keys[0]!), true)
    assert.deepEqual(read(later, message), text)
    const kept = await later.rewrap(juliet, password(), 'keep')
    assert.equal(kept!.outcome, 'kept')
    await db.unit(kept!.steps)
    assert.equal((await another().publicOf(juliet)).publicKey.length, 32)
    const fresh = password()
    await db.unit((await another().rewrap(juliet, fresh, 'renew'))!.steps)
    const renewed = another()
    assert.equal((await renewed.publicOf(juliet)).publicKey.length, 33)
    const next = await sealed(renewed)
    assert.equal(await renewed.unlock(juliet, fresh[0]!), true)
    assert.deepEqual(read(renewed, next), text)
  })

  test('stays open while somebody holds it, and not a moment longer', async t => {
    const { keyring, keys } = await furnished(t)
    const message = await sealed(keyring)
    await keyring.unlock(juliet, keys[0]!)
    const session = keyring.hold(juliet)
    keyring.arrived(juliet)
    const token = keyring.hold(juliet)
    assert.deepEqual(read(keyring, message), text)
    session()
    session()
    assert.equal(keyring.isOpen(juliet), true, 'letting go twice counts once')
    token()
    assert.equal(keyring.isOpen(juliet), false)
    assert.equal(read(keyring, message), undefined)
  })

  test('a sign-in that becomes no session ends by itself; one that does keeps what another one lets go', async t => {
    const { keyring, keys } = await furnished(t, { pendingMs: 20 })
    await keyring.unlock(juliet, keys[0]!)
    assert.equal(keyring.isOpen(juliet), true)
    await new Promise(resolve => setTimeout(resolve, 60))
    assert.equal(keyring.isOpen(juliet), false)

    await keyring.unlock(juliet, keys[0]!)
    const first = keyring.hold(juliet)
    keyring.arrived(juliet)
    await keyring.unlock(juliet, keys[0]!)
    first()
    assert.equal(keyring.isOpen(juliet), true, 'the second sign-in is on its way')
    const second = keyring.hold(juliet)
    keyring.arrived(juliet)
    second()
    assert.equal(keyring.isOpen(juliet), false)
  })

  test('wipes private keys and keys of epochs with zeros', async t => {
    const { keyring, keys } = await furnished(t)
    const wiped: { readonly bytes: Uint8Array; readonly before: string }[] = []
    const { fill } = Uint8Array.prototype
    t.mock.method(Buffer.prototype, 'fill', function (this: Buffer, ...args: Parameters<typeof fill>) {
      wiped.push({ bytes: this, before: this.toString('hex') })
      return Reflect.apply(fill, this, args)
    })
    const message = await sealed(keyring)
    await keyring.unlock(juliet, keys[0]!)
    const release = keyring.hold(juliet)
    keyring.arrived(juliet)
    assert.deepEqual(read(keyring, message), text)
    const stored = { ...message.row }
    wiped.length = 0
    release()
    const zeros = Buffer.alloc(32)
    const ended = wiped.filter(({ bytes, before }) => bytes.length === 32 && before !== zeros.toString('hex'))
    assert.ok(ended.length >= 2, 'a private key and the key of an epoch')
    for (const { bytes } of ended) assert.deepEqual(Buffer.from(bytes), zeros)
    assert.equal(keyring.openEpoch(juliet, stored), undefined)
  })

  test('another password: what is open is wrapped anew, the old password opens nothing', async t => {
    const { db, keyring, keys, another } = await furnished(t)
    const message = await sealed(keyring)
    await keyring.unlock(juliet, keys[0]!)
    const fresh = password()
    const rewrap = await keyring.rewrap(juliet, fresh, 'keep')
    assert.equal(rewrap!.outcome, 'kept')
    await db.unit(rewrap!.steps)
    rewrap!.done()
    const [one, two] = [another(), another()]
    assert.equal(await one.unlock(juliet, keys[0]!), false)
    assert.equal(await two.unlock(juliet, fresh[1]!), true)
    assert.deepEqual(read(two, message), text)
  })

  for (const [when, open] of [
    ['while nobody is there', false],
    ['while its owner is signed in', true],
  ] as const) {
    test(`a password reset by somebody else, ${when}: older messages stay closed, newer ones open`, async t => {
      const { db, keyring, keys, another } = await furnished(t)
      if (open) await keyring.unlock(juliet, keys[0]!)
      const before = await keyring.publicOf(juliet)
      const old = await sealed(keyring)
      const fresh = password()
      const rewrap = await keyring.rewrap(juliet, fresh, 'renew')
      assert.equal(rewrap!.outcome, 'lost')
      await db.unit(rewrap!.steps)
      rewrap!.done()
      // Whoever still has the old public key is given an epoch of the new one.
      const epoch = keyring.epochFor(juliet, before, today)
      assert.equal(epoch.fresh!.generation, 2)
      const body = epoch.key.seal(1, text)
      const later = another()
      assert.equal(await later.unlock(juliet, keys[0]!), false)
      assert.equal(await later.unlock(juliet, fresh[0]!), true)
      assert.equal(read(later, old), undefined)
      assert.deepEqual(read(later, { row: epoch.fresh!, body }), text)
      const generations = await db.all('SELECT generation FROM archive_keys')
      assert.deepEqual(
        generations.map(row => row.generation),
        [2],
      )
    })
  }

  test('a recovery code opens everything through a reset, also afterwards, and a wrong one nothing', async t => {
    const { db, keyring, keys, another } = await furnished(t)
    const message = await sealed(keyring)
    assert.equal(await keyring.addRecovery(juliet), undefined, 'not while it is closed')
    await keyring.unlock(juliet, keys[0]!)
    const code = await keyring.addRecovery(juliet)
    assert.equal(await keyring.hasRecovery(juliet), true)
    const reset = password()
    const lost = await another().rewrap(juliet, reset, 'renew')
    await db.unit(lost!.steps)
    const between = await sealed(another())
    assert.equal(await another().rewrap(juliet, password(), 'renew', 'not a code'), undefined)
    assert.equal(await another().rewrap(juliet, password(), 'renew', `${code!.slice(0, -1)}?`), undefined)
    const fresh = password()
    const recovered = await another().rewrap(juliet, fresh, 'renew', code)
    await db.unit(recovered!.steps)
    const later = another()
    assert.equal(await later.unlock(juliet, fresh[0]!), true)
    assert.deepEqual(read(later, message), text)
    assert.equal(read(later, between), undefined, 'its password is lost, and the code did not know of it')
    // From now on the code is good for the newest key, too.
    const newest = await sealed(later)
    const again = password()
    const last = await another().rewrap(juliet, again, 'renew', code)
    assert.equal(last!.outcome, 'kept')
    await db.unit(last!.steps)
    const end = another()
    await end.unlock(juliet, again[1]!)
    assert.deepEqual([read(end, message), read(end, newest)], [text, text])
  })

  test('an account that is erased leaves nothing in memory, whoever holds it', async t => {
    const { keyring, keys } = await furnished(t)
    const message = await sealed(keyring)
    await keyring.unlock(juliet, keys[0]!)
    const release = keyring.hold(juliet)
    keyring.forget(juliet)
    assert.equal(keyring.isOpen(juliet), false)
    assert.equal(read(keyring, message), undefined)
    release()
  })
})

describe('epochs', () => {
  test('one for each day and run; its row comes until it is stored', async t => {
    const { keyring, another } = await furnished(t)
    const seal = await keyring.publicOf(juliet)
    const first = keyring.epochFor(juliet, seal, today)
    assert.equal(keyring.epochFor(juliet, seal, today).fresh, first.fresh)
    assert.ok(first.fresh)
    first.stored()
    const same = keyring.epochFor(juliet, seal, today)
    assert.deepEqual([same.id, same.fresh], [first.id, undefined])
    const tomorrow = keyring.epochFor(juliet, seal, '2026-11-23')
    assert.notEqual(tomorrow.id, first.id)
    assert.ok(tomorrow.fresh)
    assert.throws(() => first.key.seal(1, text), 'yesterday is over')
    assert.notEqual(another().epochFor(juliet, seal, today).id, first.id)
  })

  test('a key leaves memory a minute after its last message', async t => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const clock = { ms: 0 }
    const { keyring, keys, db } = await furnished(t, { now: () => clock.ms })
    const seal = await keyring.publicOf(juliet)
    const pass = (ms: number) => {
      for (let step = 0; step < ms; step += 1000) {
        clock.ms += 1000
        t.mock.timers.tick(1000)
      }
    }
    const first = keyring.epochFor(juliet, seal, today)
    pass(30_000)
    assert.equal(keyring.epochFor(juliet, seal, today).id, first.id)
    pass(60_000)
    assert.throws(() => first.key.seal(1, text))
    const second = keyring.epochFor(juliet, seal, today)
    assert.notEqual(second.id, first.id)
    await keep(db, keyring, romeo, keys)
    keyring.hold(juliet)
    await keyring.unlock(juliet, keys[0]!)
    pass(120_000)
    assert.notEqual(keyring.epochFor(juliet, seal, today).id, second.id, 'that its owner is there makes no difference')
  })

  test('an epoch outlives the visits of its owner, and what is in memory opens nothing of before', async t => {
    const { keyring, keys, another } = await furnished(t)
    const seal = await keyring.publicOf(juliet)
    const visit = async (at = keyring) => {
      await at.unlock(juliet, keys[0]!)
      at.arrived(juliet)
    }
    const bodies: Buffer[] = []
    const { id, fresh, key } = keyring.epochFor(juliet, seal, today)
    for (let i = 0; i < 5; i++) {
      const epoch = keyring.epochFor(juliet, seal, today)
      assert.equal(epoch.id, id)
      bodies.push(epoch.key.seal(i, text))
      assert.deepEqual(epoch.key.tag('romeo@montague.lit'), key.tag('romeo@montague.lit'))
      await visit()
      assert.equal(epoch.key.open(i, bodies[i]!), undefined)
    }
    const reader = another()
    await reader.unlock(juliet, keys[0]!)
    const opened = reader.openEpoch(juliet, fresh!)!
    for (const i of [4, 0, 2, 1, 3, 3]) assert.deepEqual(opened.open(i, bodies[i]!), text)
    assert.deepEqual(opened.tag('romeo@montague.lit'), key.tag('romeo@montague.lit'))
    assert.equal(opened.open(1, bodies[2]!), undefined)
    assert.deepEqual(opened.open(1, opened.seal(1, text)), text)
    await keyring.unlock(juliet, keys[0]!)
    assert.deepEqual(keyring.openEpoch(juliet, fresh!)!.open(0, bodies[0]!), text)
    keyring.arrived(juliet)
    for (let i = 0; i < 70; i++) await visit()
    assert.notEqual(keyring.epochFor(juliet, seal, today).id, id, 'there is an end to it')
  })

  test('sealed for the server: opens without a sign-in, by the key of that account only', async t => {
    const serverKeys = new Map([juliet, romeo].map(account => [account, freshKey()]))
    const { keyring, another } = await furnished(t, { seal: 'server', serverKey: account => serverKeys.get(account) })
    const message = await sealed(keyring)
    assert.equal(message.row.generation, 0)
    assert.deepEqual(read(another(), message), text)
    wipe(serverKeys.get(juliet))
    assert.equal(read(another(), message), undefined)
    serverKeys.clear()
    assert.throws(() => keyring.epochFor(romeo, { generation: 1, publicKey: Buffer.alloc(32) }, today))
  })

  test('a changed row opens nothing', async t => {
    const { keyring, keys, another } = await furnished(t)
    const { row, body } = await sealed(keyring)
    const reader = another()
    await reader.unlock(juliet, keys[0]!)
    for (const changed of [
      { ...row, epoch: row.epoch + 1 },
      { ...row, generation: 0 },
      { ...row, generation: 2 },
      { ...row, sealed: Buffer.concat([row.sealed.subarray(0, -1), Buffer.from([row.sealed.at(-1)! ^ 1])]) },
      { ...row, sealed: row.sealed.subarray(1) },
      { ...row, sealed: new Uint8Array() },
    ])
      assert.equal(reader.openEpoch(juliet, changed), undefined)
    assert.deepEqual(read(reader, { row, body }), text)
  })
})
