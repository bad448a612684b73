import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Derived, digest, mac, PasswordWork, passwordBytes } from './credentials.ts'

const work = new PasswordWork({ iterations: 4096 })

async function derive(hash: 'SHA-1' | 'SHA-256', salt: string): Promise<Derived> {
  const derived = await work.derive(hash, Buffer.from('pencil'), Buffer.from(salt, 'base64'), 4096)
  assert.notEqual(derived, 'busy')
  return derived as Derived
}

function prove(derived: Derived, authMessage: string): { proof: string; signature: string } {
  const proof = mac(derived.hash, derived.storedKey, authMessage)
  for (let i = 0; i < proof.length; i++) proof[i]! ^= derived.clientKey[i]!
  return {
    proof: proof.toString('base64'),
    signature: mac(derived.hash, derived.serverKey, authMessage).toString('base64'),
  }
}

test('RFC 5802 §5: the example of SCRAM-SHA-1', async () => {
  const derived = await derive('SHA-1', 'QSXCR+Q6sek8bf92')
  const nonce = 'fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j'
  const authMessage = `n=user,r=fyko+d2lbbFgONRv9qkxdawL,r=${nonce},s=QSXCR+Q6sek8bf92,i=4096,c=biws,r=${nonce}`
  assert.deepEqual(prove(derived, authMessage), {
    proof: 'v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    signature: 'rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  })
})

test('RFC 7677 §3: the example of SCRAM-SHA-256', async () => {
  const derived = await derive('SHA-256', 'W22ZaJ0SNY7soEsUEjb6gQ==')
  const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
  const authMessage = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`
  assert.deepEqual(prove(derived, authMessage), {
    proof: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    signature: '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  })
})

test('the stored key is the hash of the client key, and no verifier repeats a salt', async () => {
  const made = await work.verifiers(Buffer.from('pencil'))
  assert.notEqual(made, 'busy')
  const verifiers = made as readonly Derived[]
  assert.deepEqual(
    verifiers.map(one => [one.hash, one.salt.length, one.iterations, one.storedKey.length, one.serverKey.length]),
    [
      ['SHA-256', 16, 4096, 32, 32],
      ['SHA-1', 16, 4096, 20, 20],
    ],
  )
  for (const one of verifiers) assert.deepEqual(digest(one.hash, one.clientKey), Buffer.from(one.storedKey))
  assert.notDeepEqual(verifiers[0]!.salt, verifiers[1]!.salt)
})

test('only so many hashes run or wait; the rest is refused at once and the others are served in order', async () => {
  const narrow = new PasswordWork({ iterations: 4096, parallel: 1, waiting: 2 })
  const done: number[] = []
  const asked = [0, 1, 2, 3, 4].map(async n => {
    const outcome = await narrow.derive('SHA-1', Buffer.from('pencil'), Buffer.alloc(16), 4096)
    if (outcome !== 'busy') done.push(n)
    return outcome === 'busy'
  })
  assert.deepEqual(await Promise.all(asked), [false, false, false, true, true])
  assert.deepEqual(done, [0, 1, 2])
  assert.notEqual(await narrow.derive('SHA-1', Buffer.from('pencil'), Buffer.alloc(16), 4096), 'busy')
})

test('a hash that cannot be computed gives its place to the next', async () => {
  const narrow = new PasswordWork({ iterations: 4096, parallel: 1, waiting: 2 })
  await assert.rejects(narrow.derive('SHA-1', Buffer.from('pencil'), Buffer.alloc(16), 0))
  assert.notEqual(await narrow.derive('SHA-1', Buffer.from('pencil'), Buffer.alloc(16), 4096), 'busy')
})

test('RFC 5802 §2.2: a password is hashed in the form that clients hash', () => {
  assert.deepEqual(passwordBytes('pencil'), Buffer.from('pencil'))
  assert.deepEqual(passwordBytes('I\u00adX'), Buffer.from('IX'))
  assert.deepEqual(passwordBytes('\u2168'), Buffer.from('IX'))
  for (const impossible of ['', '\0', 'a\u0007b', 'x'.repeat(1025), 'ü'.repeat(600), '\ud800'])
    assert.equal(passwordBytes(impossible), undefined)
})
