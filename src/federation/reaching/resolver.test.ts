import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { SmallDns } from '../../../tests/kit/federation/small-dns.ts'
import { PeerResolver } from './resolver.ts'

let dns: SmallDns
let now = 0
before(async () => {
  dns = await SmallDns.start()
})
after(() => dns.stop())
beforeEach(() => {
  dns.asked.length = 0
})
const resolver = (random = 0) => new PeerResolver({ servers: [dns.address], now: () => now, random: () => random })
const starting = (domain: string) => `_xmpp-server._tcp.${domain}`
const direct = (domain: string) => `_xmpps-server._tcp.${domain}`

describe('where the servers of a domain are', () => {
  test('XEP-0368: records of both kinds are one list, by priority', async () => {
    dns.says(
      starting('both.lit'),
      { type: 'SRV', priority: 5, port: 1, target: 'a.lit' },
      { type: 'SRV', priority: 20, port: 2, target: 'b.lit' },
    )
    dns.says(direct('both.lit'), { type: 'SRV', priority: 10, port: 3, target: 'c.lit' })
    assert.deepEqual(await resolver().find('both.lit'), [
      { host: 'a.lit', port: 1, direct: false },
      { host: 'c.lit', port: 3, direct: true },
      { host: 'b.lit', port: 2, direct: false },
    ])
  })

  test('RFC 2782: among those of one priority chance decides, by weight', async () => {
    dns.says(
      starting('heavy.lit'),
      { type: 'SRV', weight: 1, port: 1, target: 'light.lit' },
      { type: 'SRV', weight: 99, port: 1, target: 'heavy.lit' },
    )
    const first = async (random: number) => {
      const found = await resolver(random).find('heavy.lit')
      return typeof found === 'string' ? found : found[0]?.host
    }
    assert.equal(await first(0), 'light.lit')
    for (const random of [0.05, 0.5, 0.999]) assert.equal(await first(random), 'heavy.lit')
  })

  test('RFC 6120 §3.2.2: without records it is the domain itself', async () => {
    dns.says('plain.lit', { type: 'A', address: '127.0.0.1' })
    assert.deepEqual(await resolver().find('plain.lit'), [{ host: 'plain.lit', port: 5269, direct: false }])
  })

  test('a domain that offers one kind only is asked for that kind', async () => {
    dns.says(starting('half.lit'), { type: 'SRV', port: 0, target: '.' })
    dns.says(direct('half.lit'), { type: 'SRV', port: 443, target: 'a.lit' })
    assert.deepEqual(await resolver().find('half.lit'), [{ host: 'a.lit', port: 443, direct: true }])
  })

  test('one that is not there, wants no service, or is an address is no server; one that DNS is silent about may be', async () => {
    assert.equal(await resolver().find('nowhere.lit'), 'no such server')
    dns.says(starting('none.lit'), { type: 'SRV', port: 0, target: '.' })
    dns.says('none.lit', { type: 'A', address: '127.0.0.1' })
    assert.equal(await resolver().find('none.lit'), 'no such server')
    assert.equal(await resolver().find('192.0.2.1'), 'no such server')
    dns.failing.add(starting('broken.lit'))
    assert.equal(await resolver().find('broken.lit'), 'no answer')
  })

  test('is asked for in ASCII, and not again for a while', async () => {
    dns.says('xn--mller-kva.lit', { type: 'A', address: '127.0.0.1' })
    const asking = resolver()
    await Promise.all([asking.find('müller.lit'), asking.find('müller.lit')])
    now += 30_000
    await asking.find('müller.lit')
    assert.equal(dns.asked.filter(each => each === 'SRV _xmpp-server._tcp.xn--mller-kva.lit').length, 1)
    now += 31_000
    await asking.find('müller.lit')
    assert.equal(dns.asked.filter(each => each === 'SRV _xmpp-server._tcp.xn--mller-kva.lit').length, 2)
    await asking.find('gone.lit')
    now += 6_000
    await asking.find('gone.lit')
    assert.equal(dns.asked.filter(each => each === 'SRV _xmpp-server._tcp.gone.lit').length, 2)
  })

  test('RFC 8305 §4: addresses of both families by turns, IPv6 first', async () => {
    dns.says(
      'host.lit',
      { type: 'A', address: '127.0.0.1' },
      { type: 'A', address: '127.0.0.2' },
      { type: 'AAAA', address: '0:0:0:0:0:0:0:1' },
    )
    assert.deepEqual(await resolver().addresses('host.lit'), ['::1', '127.0.0.1', '127.0.0.2'])
    assert.deepEqual(await resolver().addresses('127.0.0.9'), ['127.0.0.9'])
  })
})
