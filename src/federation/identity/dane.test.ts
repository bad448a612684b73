import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { Authority, type Credential, expired, selfMade } from '../../../tests/kit/federation/authority.ts'
import { Names } from '../../../tests/kit/federation/names.ts'
import { answer, isAnswerTo, NoAnswer, question } from '../reaching/dns-message.ts'
import { ValidatingResolver } from '../reaching/validating-resolver.ts'
import { Authorities } from './chain.ts'
import { byDane } from './dane.ts'
import { byAuthorities, type Verifier } from './verifier.ts'

const authority = new Authority()
const domain = 'montague.lit'
const server = { host: 'xmpp.montague.lit', port: 5269 }
const right = authority.issues({ names: [domain] })
const own = selfMade({ names: ['somebody.lit'], ...expired() })

let names: Names
let dane: Verifier

before(async () => {
  names = await Names.start()
  const authorities = new Authorities([authority.certificate])
  dane = byDane({
    resolver: new ValidatingResolver('127.0.0.1', names.port),
    otherwise: byAuthorities(authorities, Date.now),
    now: Date.now,
  })
})
after(() => names.stop())

const chainOf = (...shown: readonly (Credential | Authority)[]) =>
  shown.map(each => new X509Certificate(each.certificate))
const hash = (bytes: Buffer, algorithm = 'sha256') => createHash(algorithm).update(bytes).digest('hex')
const keyOf = (shown: Credential) =>
  new X509Certificate(shown.certificate).publicKey.export({ type: 'spki', format: 'der' })

/** Says where the server of the domain is, and which certificates it has. */
async function said(...records: readonly string[]): Promise<void> {
  await names.saysAll({
    [`_xmpp-server._tcp.${domain}`]: [`SRV 0 5 ${server.port} ${server.host}.`],
    [server.host]: ['A 127.0.0.1'],
    [`_${server.port}._tcp.${server.host}`]: records.map(record => `TLSA ${record}`),
  })
}

describe('RFC 7673', () => {
  test('a domain that says nothing is judged as usual', async () => {
    await said()
    assert.equal(await dane.verify(chainOf(right), domain, server), 'valid')
    assert.equal(await dane.verify(chainOf(own), domain, server), 'expired')
    assert.equal(await dane.verify([], domain, server), 'none shown')
  })

  test('RFC 7671 §5.1: the certificate that is named is the one, whoever made it, whatever its name and time', async () => {
    for (const record of [
      `3 1 1 ${hash(keyOf(own))}`,
      `3 0 2 ${hash(own.der, 'sha512')}`,
      `3 0 0 ${own.der.toString('hex')}`,
    ]) {
      await said(record)
      assert.equal(await dane.verify(chainOf(own), domain, server), 'valid', record)
      assert.equal(await dane.verify(chainOf(own), domain), 'valid', record)
    }
  })

  test('and no other is, whatever an authority says', async () => {
    await said(`3 1 1 ${hash(keyOf(own))}`)
    assert.equal(await dane.verify(chainOf(right), domain, server), 'untrusted')
    // Those who connect to us may show another one, which is judged as usual.
    assert.equal(await dane.verify(chainOf(right), domain), 'valid')
  })

  test('RFC 7671 §5.2: an authority that is named vouches for names', async () => {
    const family = new Authority('The Montagues')
    const der = new X509Certificate(family.certificate).raw
    await said(`2 0 1 ${hash(der)}`)
    assert.equal(await dane.verify(chainOf(family.issues({ names: [domain] }), family), domain, server), 'valid')
    assert.equal(await dane.verify(chainOf(family.issues({ names: [server.host] }), family), domain, server), 'valid')
    const other = family.issues({ names: ['capulet.lit'] })
    assert.equal(await dane.verify(chainOf(other, family), domain, server), 'untrusted')
    const late = family.issues({ names: [domain], ...expired() })
    assert.equal(await dane.verify(chainOf(late, family), domain, server), 'untrusted')
    // Showing the authority's certificate beside one that it did not make is not enough.
    assert.equal(await dane.verify(chainOf(selfMade({ names: [domain] }), family), domain, server), 'untrusted')
  })

  test('RFC 6698 §2.1.1: what confirms an authority does not replace it', async () => {
    await said(`1 1 1 ${hash(keyOf(right))}`, `1 1 1 ${hash(keyOf(own))}`)
    assert.equal(await dane.verify(chainOf(right), domain, server), 'valid')
    assert.equal(await dane.verify(chainOf(own), domain, server), 'untrusted')
  })

  test('records that nobody can use say nothing', async () => {
    await said('9 1 1 00ff', '3 1 1 00ff', `3 7 1 ${'00'.repeat(32)}`)
    assert.equal(await dane.verify(chainOf(right), domain, server), 'valid')
  })

  test('another server than the domain names is not one of it', async () => {
    await said(`3 1 1 ${hash(keyOf(right))}`)
    assert.equal(await dane.verify(chainOf(right), domain, { ...server, port: 5270 }), 'untrusted')
    assert.equal(await dane.verify(chainOf(right), domain, { ...server, host: 'elsewhere.mantua' }), 'untrusted')
  })

  test('what is not signed says nothing, whoever is named', async () => {
    await names.saysAll({
      '_xmpp-server._tcp.friar.mantua': ['SRV 0 5 5269 xmpp.friar.mantua.'],
      'xmpp.friar.mantua': ['A 127.0.0.1'],
      '_5269._tcp.xmpp.friar.mantua': [`TLSA 3 1 1 ${hash(keyOf(own))}`],
      // Signed, but the server it leads to is not.
      '_xmpp-server._tcp.friar.lit': ['SRV 0 5 5269 xmpp.friar.mantua.'],
    })
    const host = { host: 'xmpp.friar.mantua', port: 5269 }
    for (const name of ['friar.mantua', 'friar.lit']) {
      assert.equal(await dane.verify(chainOf(own), name, host), 'expired', name)
      assert.equal(await dane.verify(chainOf(own), name), 'expired', name)
      assert.equal(await dane.verify(chainOf(authority.issues({ names: [name] })), name, host), 'valid', name)
    }
  })

  test('a resolver that fails, lies or says nothing lets nobody in where we go', async () => {
    for (const [what, reply] of [
      ['fails', (asked: Buffer) => flagged(asked, 0x8182)],
      ['answers something else', (asked: Buffer) => flagged(Buffer.from(asked).fill(0x61, 13, 14), 0x81a0)],
      ['answers in part', (asked: Buffer) => flagged(asked, 0x8180).fill(0xff, 6, 8)],
    ] as const) {
      const liar = await resolverThat(reply)
      const parts = { otherwise: byAuthorities(new Authorities([authority.certificate]), Date.now), now: Date.now }
      const doubtful = byDane({ resolver: new ValidatingResolver('127.0.0.1', liar.address().port, 100), ...parts })
      assert.equal(await doubtful.verify(chainOf(right), domain, server), 'untrusted', what)
      liar.close()
    }
  })

  test('answers that do not fit into a datagram are asked for once more over TCP', async () => {
    const many = Array.from({ length: 30 }, (_, i) => `3 0 2 ${hash(Buffer.from([i]), 'sha512')}`)
    await said(...many, `3 1 1 ${hash(keyOf(own))}`)
    assert.equal(await dane.verify(chainOf(own), domain, server), 'valid')
  })
})

test('messages of DNS: whatever comes is read or refused', () => {
  const asked = question(7, '_5269._tcp.xmpp.montague.lit', 'TLSA')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 0xffff }), (tail, count) => {
      const message = flagged(Buffer.concat([asked.subarray(0, asked.length - 11), tail]), 0x81a0)
      message.writeUInt16BE(count, 6)
      assert.ok(isAnswerTo(message, asked))
      try {
        for (const each of answer(message, asked, 'TLSA').data) assert.ok(each.length <= tail.length)
      } catch (error) {
        assert.ok(error instanceof NoAnswer)
      }
    }),
  )
  for (const name of ['', 'a..b', `${'a'.repeat(64)}.lit`, 'a.'.repeat(200)])
    assert.throws(() => question(7, name, 'SRV'), NoAnswer)
})

function flagged(message: Buffer, flags: number): Buffer {
  const copy = Buffer.from(message)
  copy.writeUInt16BE(flags, 2)
  return copy
}

function resolverThat(reply: (asked: Buffer) => Buffer): Promise<Socket> {
  return new Promise(resolve => {
    const socket = createSocket('udp4')
    socket.on('message', (asked, from) => socket.send(reply(asked), from.port, from.address))
    socket.bind(0, '127.0.0.1', () => resolve(socket))
  })
}
