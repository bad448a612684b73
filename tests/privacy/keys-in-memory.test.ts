/** The private key of an account is in the memory of the service for as long as its owner needs it, and then nowhere. */

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { keysFrom } from '../../src/accounts/credentials.ts'
import { openBox, publicOf } from '../../src/seals/box.ts'
import { bound, deriveKey, open } from '../../src/seals/envelope.ts'
import { epochBinding } from '../../src/seals/epoch.ts'
import { Reader } from '../../src/storage/sqlite/reader.ts'
import { Client } from '../kit/client.ts'
import { type ServerProcess, startProcess } from '../kit/server.ts'
import { occurrences } from './process-memory.ts'

const username = 'juliet'
const password = 'parting is such sweet sorrow'
const userAgent = "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'/>"
const bind = "<bind xmlns='urn:xmpp:bind:0'/>"

let server: ServerProcess
/** The private key as it would stand in memory: bytes, or written in a usual way. */
let forms: Buffer[]

before(async () => {
  server = await startProcess({ streams: { drain_seconds: 0 } })
  await server.createAccount(username, password)
  const privateKey = privateKeyOf(server)
  forms = [privateKey, ...(['hex', 'base64', 'base64url'] as const).map(form => Buffer.from(privateKey.toString(form)))]
})
after(() => server.stop())

/** With the password and the database, the way that the service goes at a sign-in. */
function privateKeyOf({ data }: ServerProcess): Buffer {
  const reader = new Reader(join(data, 'sotto.db'), 5000)
  const { salt, iterations } = reader.get("SELECT salt, iterations FROM credentials WHERE hash = 'SHA-256'", [])!
  const wrap = reader.get("SELECT account, salt, wrapped FROM archive_wraps WHERE kind = 'SCRAM-SHA-256'", [])!
  reader.close()
  const salted = pbkdf2Sync(password, salt as Uint8Array, Number(iterations), 32, 'sha256')
  const { clientKey } = keysFrom('SHA-256', salted, salt as Uint8Array, Number(iterations))
  const key = deriveKey(clientKey, 'sotto archive key SCRAM-SHA-256', wrap.salt as Uint8Array)
  const binding = bound('sotto archive key', Number(wrap.account), 1, 'SCRAM-SHA-256')
  const privateKey = open(key, wrap.wrapped as Uint8Array, binding)
  assert.ok(privateKey)
  return privateKey
}

const inMemory = (): number => occurrences(server.pid, forms).reduce((sum, times) => sum + times, 0)

/** Looks again and again, since the service learns of a closed connection in its own time. */
async function leavesMemory(times = inMemory): Promise<void> {
  const end = performance.now() + 20_000
  while (times() > 0) {
    assert.ok(performance.now() < end, 'the key is still in memory')
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

/** The keys of the epochs that the owner's messages are sealed with, as bytes. */
function epochKeys(): Buffer[] {
  const directory = join(server.data, 'archive')
  return readdirSync(directory)
    .filter(name => name.endsWith('.db'))
    .flatMap(name => {
      const reader = new Reader(join(directory, name), 5000)
      const rows = reader.all('SELECT account, epoch, generation, sealed FROM epochs', [])
      reader.close()
      const pair = { privateKey: forms[0]!, publicKey: publicOf(forms[0]!) }
      return rows.flatMap(({ account, epoch, generation, sealed }) => {
        const binding = epochBinding(Number(account), Number(epoch), Number(generation))
        return openBox(pair, sealed as Uint8Array, binding) ?? []
      })
    })
}

const connect = () => Client.connect(server)

test('after the account was made it is gone', () => leavesMemory())

for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN']) {
  test(`a session (${mechanism}): there, and gone with it`, async () => {
    const client = await connect()
    await client.signIn({ username, password, mechanism })
    await client.bind()
    await client.ping()
    assert.equal(inMemory(), 1, 'in one place')
    await client.close()
    await leavesMemory()
  })
}

test('the last of two sessions takes it along', async () => {
  const [phone, laptop] = [await connect(), await connect()]
  for (const device of [phone, laptop]) {
    await device.signIn({ username, password })
    await device.bind()
  }
  await phone.close()
  await laptop.ping()
  assert.equal(inMemory(), 1)
  await laptop.close()
  await leavesMemory()
})

test('a stream that can be resumed keeps it, and gives it up in the end', async () => {
  const lost = await connect()
  await lost.signIn({ username, password })
  await lost.bind()
  await lost.sm.enable({ resume: true })
  lost.drop()
  const watcher = await connect()
  await watcher.signIn({ username, password })
  // The service has noticed what came before this.
  assert.equal((await watcher.sm.resume(lost.sm)).name, 'resumed')
  await watcher.ping()
  assert.equal(inMemory(), 1)
  await watcher.close()
  await leavesMemory()
})

test('a token for signing in again keeps it, until it ends', async () => {
  const mechanism = 'HT-SHA-256-NONE'
  const first = await connect()
  const asking = `<request-token xmlns='urn:xmpp:fast:0' mechanism='${mechanism}'/>`
  const success = await first.signIn2({ username, password, inline: `${userAgent}${asking}${bind}` })
  const secret = success.child('token', 'urn:xmpp:fast:0')!.attr('token')!
  await first.close()
  const again = await connect()
  assert.equal(inMemory(), 1, 'nobody is there but the token')
  await again.signIn2({ username, password: '', inline: userAgent + bind, token: { mechanism, secret } })
  await again.ping()
  assert.equal(inMemory(), 1)
  await again.close()
  const last = await connect()
  assert.equal(inMemory(), 1)
  const token = { mechanism, secret, invalidate: true } as const
  await last.signIn2({ username, password: '', inline: userAgent + bind, token })
  await last.ping()
  assert.equal(inMemory(), 1, 'the token has ended with this sign-in, and the session holds it now')
  await last.close()
  await leavesMemory()
})

test('the keys of the messages that were written and read go with it', async () => {
  const client = await connect()
  await client.signIn({ username, password })
  const own = (await client.bind()).split('/')[0]!
  client.send(`<message to='${own}' type='chat' id='m1'><body>Parting is such sweet sorrow</body></message>`)
  await client.ping()
  const page = await client.ask('set', "<query xmlns='urn:xmpp:mam:2'/>")
  assert.equal(page.attr('type'), 'result')
  const [key, ...others] = epochKeys()
  assert.ok(key)
  assert.deepEqual(others, [])
  const times = () => occurrences(server.pid, [key, Buffer.from(key.toString('hex'))]).reduce((a, b) => a + b, 0)
  assert.ok(times() > 0)
  await client.close()
  await leavesMemory(times)
  await leavesMemory()
})

test('a wrong password brings nothing into memory', async () => {
  const client = await connect()
  await assert.rejects(client.signIn({ username, password: 'good night' }))
  assert.equal(inMemory(), 0)
  client.drop()
})

test('a key that was used while memory was being collected is gone as well', async () => {
  // They end alike, so that one search finds any of them: as bytes, or as OpenSSL's numbers, the lowest first.
  const ending = randomBytes(16)
  const mask = 0xa5
  const keys = Array.from({ length: 1500 }, () => Buffer.concat([randomBytes(16), ending]))
  const directory = mkdtempSync(join(tmpdir(), 'sotto-keys-'))
  const file = join(directory, 'masked')
  writeFileSync(
    file,
    Buffer.concat(keys).map(byte => byte ^ mask),
  )
  const user = fork(join(import.meta.dirname, 'collected-keys.ts'), [file, `${mask}`], {
    execArgv: ['--max-semi-space-size=2'],
  })
  try {
    assert.deepEqual(await once(user, 'message'), ['used', undefined])
    assert.deepEqual(occurrences(user.pid!, [ending, Buffer.from(ending).reverse()]), [0, 0])
  } finally {
    user.disconnect()
    rmSync(directory, { recursive: true })
  }
})
