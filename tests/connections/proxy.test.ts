/** Proxies, and those who pretend to be one: the PROXY protocol and `X-Forwarded-For`, as bytes on sockets. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import type { Page } from '../../src/http/page.ts'
import { Wire } from '../kit/wire.ts'
import { domain, Rig } from './rig.ts'

/** Tells which network the service takes a visitor for: a keyed hash, so that it can only be compared. */
const pages: readonly Page[] = [
  { path: '/network', methods: ['GET'], handle: visit => visit.send(200, 'text/plain', visit.network) },
]
const listed = '127.0.0.1'
const unlisted = '127.0.0.2'
const proxied = { SOTTO_LISTEN_TRUSTED_PROXIES: listed, SOTTO_LISTEN_PROXY_PROTOCOL: 'true' }

const signature = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]
const ports = [0, 80, 1, 187]
const v4 = [192, 0, 2, 1, 198, 51, 100, 1]
const v6 = (first: readonly number[]): number[] => [...first, ...Array.from({ length: 32 - first.length }, () => 0)]
const doc6 = v6([0x20, 1, 0xd, 0xb8, 0, 7])
const mapped = v6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1])
const binary = (command: number, family: number, block: readonly number[], length = block.length): Buffer =>
  Buffer.from([...signature, command, family, length >> 8, length & 0xff, ...block])
const line = (text: string): Buffer => Buffer.from(`${text}\r\n`, 'latin1')

async function arrives(from: string, port: number): Promise<Socket> {
  const socket = connectTcp({ host: '127.0.0.1', port, localAddress: from, noDelay: true })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

interface Asked {
  readonly from?: string
  readonly headers?: readonly string[]
}

/** For whom the service takes who begins like that; undefined if it does not talk to them. */
async function network(
  rig: Rig,
  begins: Buffer,
  { from = listed, headers = [] }: Asked = {},
): Promise<string | undefined> {
  const raw = await arrives(from, rig.listeners.ports.https)
  raw.write(begins)
  const socket = connect({ socket: raw, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
  socket.on('error', () => {})
  socket.write(
    `GET /network HTTP/1.1\r\nhost: ${domain}\r\nconnection: close\r\n${headers.map(each => `${each}\r\n`).join('')}\r\n`,
  )
  let said = ''
  socket.on('data', piece => {
    said += piece
  })
  await new Promise(resolve => raw.once('close', resolve))
  return said === '' ? undefined : (/\r\n\r\n(.+)$/s.exec(said)?.[1] ?? said)
}

/** What comes back before the connection is closed by the service. */
async function rejected(begins: Buffer, port: number, from = listed): Promise<string> {
  const socket = await arrives(from, port)
  let said = ''
  socket.on('data', piece => {
    said += piece
  })
  socket.write(begins)
  const late = setTimeout(() => socket.destroy(new Error('not closed')), 8_000)
  await once(socket, 'close')
  clearTimeout(late)
  return socket.errored === null ? said : `not closed within 8 seconds: ${said}`
}

/** Nobody is counted any longer who is gone. */
async function isEmpty(rig: Rig): Promise<void> {
  while (rig.listeners.connections > 0) await new Promise(resolve => setImmediate(resolve))
}

describe('the PROXY protocol from a listed proxy', () => {
  let rig: Rig
  before(async () => {
    rig = await Rig.start({ pages, settings: proxied })
  })
  after(() => rig.stop())

  test('tells the same client in every version, family and dress', async () => {
    const client = await network(rig, line('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443'))
    assert.notEqual(client, undefined)
    const same: readonly Buffer[] = [
      line('PROXY TCP4 192.0.2.1 198.51.100.1 0 65535'),
      line('PROXY TCP6 ::ffff:192.0.2.1 ::ffff:198.51.100.1 56324 443'),
      line('PROXY TCP6 ::ffff:c000:201 ::ffff:c633:6401 56324 443'),
      binary(0x21, 0x11, [...v4, ...ports]),
      binary(0x21, 0x12, [...v4, ...ports]),
      binary(0x21, 0x11, [...v4, ...ports, 4, 0, 0, 0x20, 0, 3, 1, 2, 3]),
      binary(0x21, 0x11, [...v4, ...ports, 4, 0xff, 0xff, 1]),
      binary(0x21, 0x11, [...v4, ...ports, ...Array.from({ length: 4000 }, () => 0xee)]),
      binary(0x21, 0x21, [...mapped, ...ports]),
    ]
    for (const [at, header] of same.entries()) assert.equal(await network(rig, header), client, `header ${at}`)
    const six = await network(rig, line('PROXY TCP6 2001:db8:7::1 2001:db8::2 56324 443'))
    assert.equal(await network(rig, binary(0x21, 0x21, [...doc6, ...ports])), six)
    assert.equal(await network(rig, line('PROXY TCP6 2001:DB8:7:0:ffff::9 ::1 1 2')), six, 'the same /64')
    const others = await Promise.all([
      network(rig, line('PROXY TCP4 192.0.2.2 198.51.100.1 56324 443')),
      network(rig, line('PROXY TCP6 ::ffff:192.0.2.9 ::1 56324 443')),
      network(rig, line('PROXY TCP6 2001:db8:8::1 ::1 56324 443')),
    ])
    assert.equal(new Set([client, six, ...others]).size, 5)
  })

  test('that names nobody leaves the proxy itself: LOCAL, UNKNOWN, and sockets of the machine', async () => {
    const own = await network(rig, binary(0x20, 0, []))
    assert.notEqual(own, undefined)
    const nobody: readonly Buffer[] = [
      binary(0x20, 0x11, [...v4, ...ports]),
      binary(0x20, 0xff, [1, 2, 3]),
      binary(0x21, 0x00, []),
      binary(0x21, 0x00, [...v4, ...ports]),
      binary(
        0x21,
        0x31,
        Array.from({ length: 216 }, () => 0x2f),
      ),
      binary(
        0x21,
        0x32,
        Array.from({ length: 216 }, () => 0x2f),
      ),
      line('PROXY UNKNOWN'),
      line('PROXY UNKNOWN 192.0.2.1 198.51.100.1 56324 443'),
      line(`PROXY UNKNOWN ${'f'.repeat(91)}`),
    ]
    for (const [at, header] of nobody.entries()) assert.equal(await network(rig, header), own, `header ${at}`)
  })

  test('has to be one: what is malformed, too long, or lies about its length is closed without a word', async () => {
    const wrong: readonly Buffer[] = [
      line('PROXY'),
      line('PROXY TCP4'),
      line('PROXY TCP4 192.0.2.1'),
      line('PROXY TCP4 192.0.2.1 198.51.100.1 56324'),
      line('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443 more'),
      line('PROXY TCP4  192.0.2.1 198.51.100.1 56324 443'),
      line('PROXY TCP4 192.0.2.1 198.51.100.1 65536 443'),
      line('PROXY TCP4 192.0.2.1 198.51.100.1 56324 -1'),
      line('PROXY TCP4 192.0.2.1 198.51.100.1 0443 443'),
      line('PROXY TCP4 192.0.2.1 ::1 56324 443'),
      line('PROXY TCP4 192.000.002.001 198.51.100.1 56324 443'),
      line('PROXY TCP4 2001:db8::1 198.51.100.1 56324 443'),
      line('PROXY TCP6 192.0.2.1 ::1 56324 443'),
      line('PROXY TCP6 fe80::1%eth0 ::1 56324 443'),
      line('proxy TCP4 192.0.2.1 198.51.100.1 56324 443'),
      line('PROXY UDP4 192.0.2.1 198.51.100.1 56324 443'),
      line(`PROXY UNKNOWN ${'f'.repeat(92)}`),
      Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\n'.padEnd(120)),
      binary(0x22, 0x11, [...v4, ...ports]),
      binary(0x11, 0x11, [...v4, ...ports]),
      binary(0x31, 0x11, [...v4, ...ports]),
      binary(0x21, 0x41, [...v4, ...ports]),
      binary(0x21, 0x13, [...v4, ...ports]),
      binary(0x21, 0x10, [...v4, ...ports]),
      binary(0x21, 0x11, v4),
      binary(0x21, 0x21, [...v4, ...ports]),
      binary(0x21, 0x31, [1, 2, 3]),
      binary(0x21, 0x11, [], 0xffff),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from("<stream:stream xmlns='jabber:client'>"),
      Buffer.from([0x16, 3, 1, 0, 5]),
    ]
    const { https, c2s } = rig.listeners.ports
    for (const [at, header] of wrong.entries()) {
      for (const port of [https, c2s]) assert.equal(await rejected(header, port), '', `header ${at}`)
    }
    // What a header claims to hold and does not have is taken from what follows: that is no TLS any more, and nothing else.
    assert.equal(await network(rig, binary(0x21, 0x11, [...v4, ...ports], 17)), undefined)
    await isEmpty(rig)
    assert.ok(rig.log.some(each => each.includes('without a header of the PROXY protocol')))
    assert.doesNotMatch(rig.log.join('\n'), /192\.0|198\.51|2001:db8|127\.0\.0/i)
    assert.equal(rig.bugs, 0)
  })

  test('may come in pieces, but not for ever', { timeout: 20_000 }, async () => {
    const header = binary(0x21, 0x11, [...v4, ...ports, 4, 0, 0])
    const { c2s } = rig.listeners.ports
    const wire = await Wire.connect({ host: '127.0.0.1', port: c2s, domain })
    for (const byte of header) {
      wire.write(Buffer.from([byte]))
      await new Promise(resolve => setImmediate(resolve))
    }
    wire.write(
      `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}' version='1.0'>`,
    )
    await wire.until(() => wire.header, 'header')
    wire.drop()

    const began = performance.now()
    const slow = [header.subarray(0, 20), Buffer.from('PROXY TCP4'), Buffer.alloc(0)]
    await Promise.all(slow.map(part => rejected(part, c2s)))
    assert.ok(performance.now() - began > 4_000, 'they had their time')
    await isEmpty(rig)
  })

  test('that breaks off leaves nothing behind', async () => {
    const { c2s, https } = rig.listeners.ports
    for (const port of [c2s, https]) {
      const socket = await arrives(listed, port)
      socket.write('PROXY TC')
      socket.resetAndDestroy()
    }
    await isEmpty(rig)
  })

  test('is all that is believed: X-Forwarded-For might be the client’s own', async () => {
    const header = line('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443')
    const headers = ['x-forwarded-for: 203.0.113.7']
    assert.equal(await network(rig, header, { headers }), await network(rig, header))
  })
})

describe('the PROXY protocol from anybody else', () => {
  test('is not spoken: whoever sends it is no client, and nobody’s address is taken from it', async () => {
    const rig = await Rig.start({ pages, settings: proxied })
    const { c2s } = rig.listeners.ports
    const own = await network(rig, Buffer.alloc(0), { from: unlisted })
    assert.notEqual(own, undefined)
    const headers = ['x-forwarded-for: 203.0.113.7']
    assert.equal(await network(rig, Buffer.alloc(0), { from: unlisted, headers }), own)
    for (const header of [line('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443'), binary(0x21, 0x11, [...v4, ...ports])]) {
      assert.equal(await network(rig, header, { from: unlisted }), undefined)
      assert.match(await rejected(header, c2s, unlisted), /<not-well-formed /)
    }
    await rig.stop()
  })

  test('is not spoken by a listed proxy either where it is not switched on', async () => {
    const rig = await Rig.start({ pages, settings: { SOTTO_LISTEN_TRUSTED_PROXIES: listed } })
    assert.equal(await network(rig, line('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443')), undefined)
    assert.match(
      await rejected(line('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443'), rig.listeners.ports.c2s),
      /<not-well-formed /,
    )
    await rig.stop()
  })

  test('who comes through a proxy is not on this machine, whatever the header says', async () => {
    const rig = await Rig.start({ settings: { ...proxied, SOTTO_TESTING_PLAINTEXT_ON_LOOPBACK: 'true' } })
    const opens = async (header: Buffer, localAddress?: string) => {
      const where = { host: '127.0.0.1', port: rig.listeners.ports.c2s, domain }
      const wire = await Wire.connect({ ...where, ...(localAddress === undefined ? {} : { localAddress }) })
      wire.write(header)
      wire.write(
        `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}' version='1.0'>`,
      )
      const features = await wire.next()
      wire.drop()
      return features.child('mechanisms', 'urn:ietf:params:xml:ns:xmpp-sasl') !== undefined
    }
    assert.equal(await opens(Buffer.alloc(0), unlisted), true)
    for (const header of ['PROXY UNKNOWN', 'PROXY TCP4 127.0.0.1 127.0.0.1 1 2', 'PROXY TCP6 ::1 ::1 1 2']) {
      assert.equal(await opens(line(header)), false, header)
    }
    await rig.stop()
  })
})

describe('X-Forwarded-For', () => {
  test('tells the last client that is no listed proxy, in every dress, and is never more than that', async () => {
    const rig = await Rig.start({
      pages,
      settings: { SOTTO_LISTEN_TRUSTED_PROXIES: `${listed},10.0.0.0/8,2001:db8:aaaa::/48` },
    })
    const told = (...values: readonly string[]) =>
      network(rig, Buffer.alloc(0), { headers: values.map(each => `x-forwarded-for: ${each}`) })
    const client = await told('192.0.2.1')
    for (const values of [
      ['192.0.2.1:4711'],
      ['::ffff:192.0.2.1'],
      ['::ffff:c000:201'],
      ['[::ffff:192.0.2.1]:4711'],
      ['203.0.113.9, 192.0.2.1'],
      ['203.0.113.9', '192.0.2.1'],
      ['unknown,192.0.2.1'],
      ['203.0.113.9, 192.0.2.1, 10.1.2.3, 10.200.0.1'],
      ['192.0.2.1, [2001:db8:aaaa::7]:80, ::ffff:10.1.2.3'],
      [`${'203.0.113.9,'.repeat(500)}192.0.2.1`],
    ]) {
      assert.equal(await told(...values), client, String(values).slice(0, 60))
    }
    const six = await told('2001:db8:7::1')
    assert.equal(await told('[2001:db8:7::2]:443'), six)
    const own = await told()
    for (const value of [
      '',
      'unknown',
      '_hidden',
      ',',
      '192.0.2.1,',
      '192.0.2.256',
      'x'.repeat(5_000),
      '192.0.2.1/32',
    ]) {
      assert.equal(await told(value), own, value.slice(0, 60))
    }
    assert.notEqual(await told('fe80::1%eth0, 10.0.0.1'), undefined)
    assert.equal(new Set([client, six, own]).size, 3)
    for (const header of ['forwarded: for=192.0.2.1', 'x-real-ip: 192.0.2.1', 'client-ip: 192.0.2.1']) {
      assert.equal(await network(rig, Buffer.alloc(0), { headers: [header] }), own, header)
    }
    const stranger = await network(rig, Buffer.alloc(0), { from: unlisted })
    for (const value of ['192.0.2.1', '127.0.0.1', '10.0.0.1']) {
      const headers = [`x-forwarded-for: ${value}`]
      assert.equal(await network(rig, Buffer.alloc(0), { from: unlisted, headers }), stranger, value)
    }
    assert.doesNotMatch(rig.log.join('\n'), /192\.0\.2|203\.0\.113|2001:db8/i)
    assert.equal(rig.bugs, 0)
    await rig.stop()
  })
})
