import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect as connectTcp, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { connect } from 'node:tls'
import { Domains } from '../accounts/domains.ts'
import { catalogue } from '../catalogue.ts'
import { openLog } from '../operations/log.ts'
import { selfSigned } from '../operations/self-signed.ts'
import { schemaOf } from '../privacy/catalogue.ts'
import { loadSettings } from '../settings/load.ts'
import { openSqlite } from '../storage/sqlite/open.ts'
import { Certificates } from './certificates.ts'
import { TlsDoor } from './tls.ts'

let directory: string
let server: Server
let door: TlsDoor
let domains: Domains
let certificates: Certificates
let close: () => Promise<void>
let secured = 0
const lines: string[] = []

function files(name: string, of = name) {
  const certificate = join(directory, `${name}.pem`)
  const key = join(directory, `${name}.key`)
  const pair = selfSigned(of, new Date())
  writeFileSync(certificate, pair.certificate)
  writeFileSync(key, pair.key)
  return { certificate, key }
}

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sotto-tls-'))
  const { settings } = loadSettings({ env: { SOTTO_SERVICE_DOMAIN: 'capulet.example' }, directory })
  const db = await openSqlite(join(directory, 'sotto.db'), schemaOf(catalogue))
  close = () => db.close()
  domains = await Domains.open({ db, settings, today: () => '2026-11-22' })
  certificates = await Certificates.open({
    files: files('capulet.example'),
    domains,
    data: directory,
    most: 2,
    log: openLog({ level: 'warning', write: line => void lines.push(line) }),
  })
  door = new TlsDoor({ certificates, protocols: ['xmpp-client'], handshakeMs: 100 })
  server = createServer(socket => {
    socket.on('error', () => {})
    door.encrypt(socket, {
      secured(encrypted) {
        encrypted.on('error', () => {})
        encrypted.resume()
        secured++
      },
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
})
beforeEach(() => {
  lines.length = 0
})
after(async () => {
  server.close()
  certificates.close()
  await close()
  rmSync(directory, { recursive: true })
})

function port(): number {
  return (server.address() as AddressInfo).port
}

/** The certificate that is shown to whoever asks for a name: whom it is made out to, and which it is. */
function shown(servername: string): Promise<{ name: string; fingerprint: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: port(), host: '127.0.0.1', servername, rejectUnauthorized: false }, () => {
      const { subject, fingerprint256 } = socket.getPeerCertificate()
      resolve({ name: String(subject.CN), fingerprint: fingerprint256 })
      socket.destroy()
    })
    socket.once('error', reject)
  })
}
const nameShown = async (servername: string) => (await shown(servername)).name

test('RFC 6066 §3: each domain gets its certificate, others and none the main one; also after a reload', async () => {
  assert.equal(await nameShown('montague.example'), 'capulet.example')
  await domains.add('montague.example', files('montague.example'))
  const look = async () => [
    await nameShown('montague.example'),
    await nameShown('upload.montague.example'),
    await nameShown('verona.example'),
    await nameShown(''),
  ]
  const expected = ['montague.example', 'montague.example', 'capulet.example', 'capulet.example']
  assert.deepEqual(await look(), expected)
  await certificates.reload()
  assert.deepEqual(await look(), expected)
})

test('a domain that the main certificate is made out to shows that', async () => {
  await domains.add('www.capulet.example')
  assert.equal(await nameShown('www.capulet.example'), 'capulet.example')
})

test('for a domain without a certificate one is made, which stays as long as the domain', async () => {
  await domains.add('mantua.example')
  assert.ok(!existsSync(join(directory, 'tls')))
  const first = await shown('mantua.example')
  assert.equal(first.name, 'mantua.example')
  await certificates.reload()
  assert.deepEqual(await shown('mantua.example'), first)
  await domains.drop('mantua.example')
  assert.equal(await nameShown('mantua.example'), 'capulet.example')
})

test('a domain that is given another certificate shows it at once', async () => {
  await domains.add('padua.example', files('padua.example'))
  const before = await shown('padua.example')
  await domains.change('padua.example', files('padua.example-2', 'padua.example'))
  const after = await shown('padua.example')
  assert.equal(after.name, 'padua.example')
  assert.notEqual(after.fingerprint, before.fingerprint)
})

test('files that change are read again, and those that cannot be used change nothing', async () => {
  await domains.add('venice.example', files('venice.example'))
  const before = [await shown('venice.example'), await shown('')]
  await certificates.look()
  assert.deepEqual([await shown('venice.example'), await shown('')], before)

  for (const name of ['venice.example', 'capulet.example']) files(name)
  await certificates.look()
  const after = [await shown('venice.example'), await shown('')]
  for (const [at, { fingerprint }] of before.entries()) assert.notEqual(after[at]!.fingerprint, fingerprint)

  writeFileSync(join(directory, 'venice.example.pem'), 'nonsense')
  utimesSync(join(directory, 'venice.example.pem'), new Date(), new Date(Date.now() + 5_000))
  await certificates.look()
  assert.deepEqual([await shown('venice.example'), await shown('')], after)
  assert.match(lines.join(''), /cannot be used; the old one stays/)
  assert.doesNotMatch(lines.join(''), /venice/)
})

test('where the certificate of a domain cannot be read the main one is shown, and it is said once', async () => {
  const lost = files('lost.example')
  rmSync(lost.key)
  await domains.add('lost.example', lost)
  for (let visit = 0; visit < 3; visit++) assert.equal(await nameShown('lost.example'), 'capulet.example')
  assert.equal(lines.length, 1)
  files('lost.example')
  await certificates.look()
  assert.equal(await nameShown('lost.example'), 'lost.example')
})

test('few certificates are in memory at one time: the longest unused is read again', async () => {
  const names = ['one', 'two', 'three'].map(name => `${name}.example`)
  for (const name of names) await domains.add(name, files(name))
  const [one, two, three] = names as [string, string, string]
  const before = await Promise.all([one, two].map(shown))
  assert.deepEqual(await shown(one), before[0])
  await shown(three)
  for (const name of [one, two]) files(name)
  // Nobody has looked yet whether files have changed.
  assert.deepEqual(await shown(one), before[0])
  assert.notDeepEqual(await shown(two), before[1])
})

test('a handshake that does not come in time is given up', async () => {
  const before = secured
  const socket = connectTcp(port(), '127.0.0.1')
  await new Promise(closed => socket.resume().once('close', closed))
  assert.equal(secured, before)
})
