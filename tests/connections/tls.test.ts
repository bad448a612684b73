import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type ConnectionOptions, connect } from 'node:tls'
import type { Client } from '../kit/client.ts'
import { domain, password, Rig } from './rig.ts'

let rig: Rig
before(async () => {
  rig = await Rig.start()
  await rig.account('juliet')
})
after(() => rig.stop())

function fingerprint(client: Client): string {
  return client.wire.tls?.getPeerCertificate().fingerprint256 ?? ''
}

/** The outcome of a handshake on the port for direct TLS: the protocol agreed on, or the error. */
function handshake(options: ConnectionOptions): Promise<string> {
  return new Promise(resolve => {
    const port = rig.listeners.ports.c2sTls
    const socket = connect({ host: '127.0.0.1', port, servername: domain, rejectUnauthorized: false, ...options })
    socket.once('secureConnect', () => {
      resolve(`${socket.getProtocol()} ${socket.alpnProtocol}`)
      socket.destroy()
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)))
  })
}

test('XEP-0368: ALPN may be used, and then it is xmpp-client', async () => {
  assert.equal(await handshake({ ALPNProtocols: ['xmpp-client'] }), 'TLSv1.3 xmpp-client')
  assert.equal(await handshake({ ALPNProtocols: ['h2', 'xmpp-client'] }), 'TLSv1.3 xmpp-client')
  assert.equal(await handshake({}), 'TLSv1.3 false')
  assert.equal(await handshake({ ALPNProtocols: ['h2'] }), 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
})

test('TLS 1.2 is the oldest, with and without a server name', async () => {
  assert.match(await handshake({ maxVersion: 'TLSv1.2' }), /^TLSv1\.2/)
  for (const servername of [domain, ''])
    assert.match(
      await handshake({ servername, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
      /^ERR_SSL/,
    )
})

test('RFC 9266 §4.2: over TLS 1.2 the exporter is not offered', async () => {
  const client = await rig.connect({ tlsOptions: { maxVersion: 'TLSv1.2' } })
  const offered = client.features.child('sasl-channel-binding', 'urn:xmpp:sasl-cb:0')?.elements()
  assert.deepEqual(
    offered?.map(tree => tree.attr('type')),
    ['tls-server-end-point'],
  )
  await client.signIn({ username: 'juliet', password, mechanism: 'SCRAM-SHA-256-PLUS', flag: 'p=tls-server-end-point' })
  await client.bind()
  client.drop()
})

test('what is no TLS is closed, and others are served', async () => {
  for (const junk of ['GET / HTTP/1.1\r\n\r\n', '<stream:stream>', Buffer.alloc(5000, 0x16)]) {
    const socket = connectTcp(rig.listeners.ports.c2sTls, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(junk)
    await new Promise(closed => socket.resume().once('close', closed))
  }
  const client = await rig.connect({ tls: 'direct' })
  client.drop()
})

test('reload: open streams go on, new ones see the new certificate, and bind to it', async () => {
  const old = await rig.device('juliet', 'old')
  rig.newCertificate()
  assert.equal(fingerprint(await rig.connect()), fingerprint(old))
  await rig.certificates.reload()
  for (const options of [{ tls: 'direct' }, { tls: 'starttls' }, { tlsOptions: { servername: '' } }] as const) {
    const client = await rig.connect(options)
    assert.notEqual(fingerprint(client), fingerprint(old))
    await client.signIn({ username: 'juliet', password, mechanism: 'SCRAM-SHA-1-PLUS', flag: 'p=tls-server-end-point' })
    await client.bind()
    client.drop()
  }
  assert.equal((await old.ask('get', "<ping xmlns='urn:xmpp:ping'/>", domain)).attr('type'), 'result')
  // A certificate that cannot be read changes nothing.
  await rm(join(rig.directory, 'key.pem'))
  await assert.rejects(rig.certificates.reload())
  const client = await rig.connect()
  client.drop()
  old.drop()
})
