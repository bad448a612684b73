import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { identifier, integer, octets, time } from './der.ts'
import { ensureCertificate, selfSigned } from './self-signed.ts'

const now = new Date('2026-11-22T10:11:12.345Z')

describe('a self-signed certificate', () => {
  const { certificate, key } = selfSigned('example.org', now)
  const read = new X509Certificate(certificate)

  test('is one that others can read', () => {
    assert.equal(read.subject, 'CN=example.org')
    assert.equal(read.issuer, read.subject)
    assert.equal(read.verify(read.publicKey), true)
    assert.equal(read.checkPrivateKey(createPrivateKey(key)), true)
    assert.equal(read.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
    assert.equal(read.ca, false)
  })

  test('names the domain and its usual subdomains, and nobody else', () => {
    for (const name of ['example.org', 'conference.example.org', 'upload.example.org']) {
      assert.equal(read.checkHost(name), name)
    }
    assert.equal(read.checkHost('other.example'), undefined)
    assert.equal(read.checkHost('a.example.org'), undefined)
  })

  test('is valid from now for ten years', () => {
    assert.equal(read.validFromDate.toISOString(), '2026-11-22T10:11:12.000Z')
    assert.equal(read.validToDate.toISOString(), '2036-11-22T10:11:12.000Z')
  })

  test('serves TLS 1.3 and 1.2 to a client that trusts it', async () => {
    const server = createServer({ cert: certificate, key })
    server.on('secureConnection', socket => socket.end('hello'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
      const socket: TLSSocket = connect({
        port,
        host: '127.0.0.1',
        servername: 'example.org',
        ca: certificate,
        minVersion: version,
        maxVersion: version,
      })
      const [text] = (await once(socket, 'data')) as [Buffer]
      assert.deepEqual([socket.authorized, socket.getProtocol(), text.toString()], [true, version, 'hello'])
      socket.destroy()
    }
    server.close()
    await once(server, 'close')
  })

  test('takes international and long names', () => {
    assert.equal(
      new X509Certificate(selfSigned('bücher.example', now).certificate).checkHost('xn--bcher-kva.example'),
      'xn--bcher-kva.example',
    )
    const long = `${`${'a'.repeat(60)}.`.repeat(3)}example`
    assert.equal(new X509Certificate(selfSigned(long, now).certificate).checkHost(long), long)
  })
})

describe('on disk', () => {
  test('the key is its owner’s only, and an existing pair is left alone', () => {
    const directory = mkdtempSync(join(tmpdir(), 'sotto-tls-'))
    const files = { certificate: join(directory, 'a', 'cert.pem'), key: join(directory, 'b', 'key.pem') }
    assert.equal(ensureCertificate(files, 'localhost', now), true)
    assert.equal(statSync(files.key).mode & 0o777, 0o600)
    const before = readFileSync(files.key, 'utf8')
    assert.equal(ensureCertificate(files, 'localhost', now), false)
    assert.equal(readFileSync(files.key, 'utf8'), before)
    rmSync(directory, { recursive: true })
  })

  test('half a pair is not completed', () => {
    const directory = mkdtempSync(join(tmpdir(), 'sotto-tls-'))
    const files = { certificate: join(directory, 'cert.pem'), key: join(directory, 'key.pem') }
    writeFileSync(files.certificate, 'mine')
    assert.equal(ensureCertificate(files, 'localhost', now), false)
    assert.throws(() => statSync(files.key), { code: 'ENOENT' })
    rmSync(directory, { recursive: true })
  })
})

describe('DER', () => {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

  test('writes lengths in their shortest form', () => {
    assert.equal(hex(octets(Buffer.alloc(127))).slice(0, 4), '047f')
    assert.equal(hex(octets(Buffer.alloc(128))).slice(0, 6), '048180')
    assert.equal(hex(octets(Buffer.alloc(256))).slice(0, 8), '04820100')
    assert.equal(hex(octets(Buffer.alloc(65_536))).slice(0, 10), '0483010000')
  })

  test('keeps whole numbers positive and short', () => {
    assert.equal(hex(integer(Buffer.from('0001', 'hex'))), '020101')
    assert.equal(hex(integer(Buffer.from('80', 'hex'))), '02020080')
    assert.equal(hex(integer(Buffer.from('00', 'hex'))), '020100')
  })

  test('writes identifiers and both kinds of time', () => {
    assert.equal(hex(identifier('1.2.840.10045.4.3.2')), '06082a8648ce3d040302')
    assert.equal(time(new Date('2049-12-31T23:59:59Z')).subarray(2).toString(), '491231235959Z')
    assert.equal(time(new Date('2050-01-01T00:00:00Z')).subarray(2).toString(), '20500101000000Z')
  })
})
