import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect as connectTcp, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connect } from 'node:tls'
import { selfSigned } from '../operations/self-signed.ts'
import { TlsDoor } from './tls.ts'

let directory: string
let server: Server
let door: TlsDoor
let secured = 0

function files(name: string) {
  const certificate = join(directory, `${name}.pem`)
  const key = join(directory, `${name}.key`)
  const pair = selfSigned(name, new Date())
  writeFileSync(certificate, pair.certificate)
  writeFileSync(key, pair.key)
  return { certificate, key }
}

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sotto-tls-'))
  door = await TlsDoor.open({
    files: files('capulet.example'),
    named: new Map([['montague.example', files('montague.example')]]),
    protocols: ['xmpp-client'],
    handshakeMs: 100,
  })
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
after(() => {
  server.close()
  rmSync(directory, { recursive: true })
})

function port(): number {
  return (server.address() as AddressInfo).port
}

function shown(servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: port(), host: '127.0.0.1', servername, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.once('error', reject)
  })
}

test('RFC 6066 §3: each name gets its certificate, others and none the main one; also after a reload', async () => {
  const look = async () => [await shown('montague.example'), await shown('verona.example'), await shown('')]
  const expected = ['montague.example', 'capulet.example', 'capulet.example']
  assert.deepEqual(await look(), expected)
  await door.reload()
  assert.deepEqual(await look(), expected)
})

test('a handshake that does not come in time is given up', async () => {
  const before = secured
  const socket = connectTcp(port(), '127.0.0.1')
  await new Promise(closed => socket.resume().once('close', closed))
  assert.equal(secured, before)
})
