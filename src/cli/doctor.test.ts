import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { serveControl } from '../operations/control.ts'
import { silentLog } from '../operations/log.ts'
import { selfSigned } from '../operations/self-signed.ts'
import { loadSettings } from '../settings/load.ts'
import {
  checkCertificate,
  checkClock,
  checkData,
  checkDisk,
  checkDns,
  checkOpenFiles,
  checkPorts,
  checkTurn,
} from './doctor-checks.ts'

let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'sotto-doctor-'))
})
afterEach(() => rmSync(data, { recursive: true }))

const allOff = { C2S: 'off', C2S_TLS: 'off', S2S: 'off', S2S_TLS: 'off', HTTPS: 'off', OPERATIONS: 'off' }

function load(env: Record<string, string> = {}) {
  const listen = Object.fromEntries(Object.entries(allOff).map(([key, value]) => [`SOTTO_LISTEN_${key}`, value]))
  return loadSettings({ env: { SOTTO_SERVICE_DATA: data, ...listen, ...env }, directory: data })
}

describe('the data directory', () => {
  test('is well when only its owner can look inside', () => {
    assert.equal(checkData(load().settings).verdict, 'ok')
    assert.equal(checkDisk(load().settings).about, 'disk')
  })

  test('is a problem when others can, or when it is a file', () => {
    chmodSync(data, 0o750)
    assert.match(checkData(load().settings).says, /chmod 700/)
    writeFileSync(join(data, 'file'), '')
    assert.equal(checkData(load({ SOTTO_SERVICE_DATA: join(data, 'file') }).settings).verdict, 'problem')
  })

  test('may be missing where it can be made', () => {
    assert.equal(checkData(load({ SOTTO_SERVICE_DATA: join(data, 'new') }).settings).verdict, 'note')
    assert.equal(checkData(load({ SOTTO_SERVICE_DATA: join(data, 'a', 'b') }).settings).verdict, 'problem')
  })
})

describe('the certificate', () => {
  const now = Date.UTC(2026, 10, 22)
  const inTenYears = Date.UTC(2036, 10, 22)
  const day = 86_400_000

  function pair(certificate: string, key: string) {
    const files = { SOTTO_TLS_CERTIFICATE: join(data, 'c.pem'), SOTTO_TLS_KEY: join(data, 'k.pem') }
    writeFileSync(files.SOTTO_TLS_CERTIFICATE, certificate)
    writeFileSync(files.SOTTO_TLS_KEY, key)
    return load(files)
  }

  test('is made at the first start, unless the settings name one', () => {
    assert.equal(checkCertificate(load(), 'localhost', now).verdict, 'note')
    const named = checkCertificate(load({ SOTTO_TLS_KEY: 'gone.pem' }), 'localhost', now)
    assert.deepEqual([named.verdict, named.says.includes('ENOENT')], ['problem', true])
  })

  test('has to fit its key, the domain and the calendar', () => {
    const { certificate, key } = selfSigned('example.org', new Date(now))
    const loaded = pair(certificate, key)
    const says = (domain: string, at: number) => checkCertificate(loaded, domain, at).says
    assert.match(says('example.org', now), /self-signed, valid for 365[23] days/)
    assert.match(says('other.example', now), /not made out to other\.example/)
    assert.match(says('example.org', now - day), /not valid yet/)
    assert.match(says('example.org', inTenYears - 5 * day), /expires in 5 days/)
    assert.match(says('example.org', inTenYears + day), /has expired/)
    assert.match(
      checkCertificate(pair(certificate, selfSigned('x.example', new Date(now)).key), 'example.org', now).says,
      /is not the key of/,
    )
    assert.match(checkCertificate(pair('nonsense', key), 'example.org', now).says, /cannot be used/)
  })
})

test('ports are free, taken by others, or taken by the service itself', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address() as AddressInfo
  const { settings } = load({ SOTTO_LISTEN_C2S: String(port) })
  assert.deepEqual(
    (await checkPorts(settings)).map(({ verdict }) => verdict),
    ['problem'],
  )
  const control = await serveControl(data, {}, silentLog)
  assert.deepEqual(
    (await checkPorts(settings)).map(({ verdict }) => verdict),
    ['ok'],
  )
  holder.close()
  await once(holder, 'close')
  assert.deepEqual(
    (await checkPorts(settings)).map(({ verdict }) => verdict),
    ['note'],
  )
  await control.close()
  assert.deepEqual(
    (await checkPorts(settings)).map(({ verdict }) => verdict),
    ['ok'],
  )
})

test('the clock is held against what is known', () => {
  const now = Date.UTC(2027, 0, 1)
  assert.equal(checkClock(now, now, true).verdict, 'ok')
  assert.equal(checkClock(now, undefined, undefined).verdict, 'ok')
  assert.equal(checkClock(now, undefined, false).verdict, 'problem')
  assert.equal(checkClock(0, undefined, true).verdict, 'problem')
  assert.equal(checkClock(now, now + 2 * 86_400_000, true).verdict, 'problem')
})

test('open files are compared with the connections that are allowed', () => {
  const limits = (soft: string) =>
    `Limit   Soft Limit  Hard Limit  Units\nMax open files            ${soft}                 65536    files\n`
  const { settings } = load({ SOTTO_LIMITS_CONNECTIONS: '1000' })
  assert.equal(checkOpenFiles(settings, limits('1024')).verdict, 'note')
  assert.equal(checkOpenFiles(settings, limits('65536')).verdict, 'ok')
  assert.equal(checkOpenFiles(settings, limits('unlimited')).verdict, 'ok')
  assert.equal(checkOpenFiles(settings, '').verdict, 'note')
})

test('localhost needs no DNS', async () => assert.equal((await checkDns('localhost')).verdict, 'ok'))

describe('the server for calls', () => {
  const turn = (more: Record<string, string>) => checkTurn(load(more).settings)
  const secret = 'a secret that nobody guesses'

  test('is worth a note if there is none, and a problem if it is half set', async () => {
    assert.equal((await turn({})).verdict, 'note')
    assert.match((await turn({ SOTTO_TURN_SECRET: secret })).says, /no turn\.host/)
    assert.match((await turn({ SOTTO_TURN_HOST: '127.0.0.1' })).says, /only STUN/)
  })

  test('has to answer STUN', async () => {
    const there = createSocket('udp4')
    let silent = false
    // RFC 8489 §5: a success answer with the same transaction.
    there.on('message', (asked, { port, address }) => {
      if (silent) return
      assert.deepEqual([asked.length, asked.readUInt16BE(0), asked.readUInt32BE(4)], [20, 1, 0x2112a442])
      there.send(Buffer.concat([Buffer.from([1, 1, 0, 0]), asked.subarray(4, 20)]), port, address)
    })
    there.bind(0, '127.0.0.1')
    await once(there, 'listening')
    const set = {
      SOTTO_TURN_HOST: '127.0.0.1',
      SOTTO_TURN_PORT: String(there.address().port),
      SOTTO_TURN_SECRET: secret,
    }
    assert.equal((await turn(set)).verdict, 'ok')
    silent = true
    assert.match((await turn(set)).says, /Nobody answers STUN at 127\.0\.0\.1/)
    there.close()
    assert.equal((await turn(set)).verdict, 'problem')
  })
})
