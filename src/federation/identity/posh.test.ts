import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { after, before, beforeEach, describe, test } from 'node:test'
import { Authority, type Credential, selfMade } from '../../../tests/kit/federation/authority.ts'
import { documentFetcher } from '../reaching/fetch.ts'
import { isPublic } from '../reaching/public-address.ts'
import { Authorities } from './chain.ts'
import { byPosh } from './posh.ts'
import type { Verifier } from './verifier.ts'

const authority = new Authority()
const domain = 'customer.lit'
/** The certificate of whoever runs the server: right for him, wrong for the customer. */
const host = authority.issues({ names: ['hosting.lit'] })
const wellKnown = '/.well-known/posh/xmpp-server.json'

let server: Server
let port: number
let posh: Verifier
let clock = 0
/** What the web server says by path, and what it was asked for. */
let said: Record<string, string | ((answer: ServerResponse) => void)> = {}
let asked: string[] = []

before(async () => {
  const { certificate: cert, key } = authority.issues({ names: [domain] })
  server = createServer({ cert, key }, (request, answer) => {
    asked.push(`${request.headers.host} ${request.url}`)
    const what = said[request.url ?? '']
    if (typeof what === 'function') return what(answer)
    answer.statusCode = what === undefined ? 404 : 200
    answer.end(what)
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  port = (server.address() as { port: number }).port
})
after(() => new Promise(closed => server.close(closed)))

beforeEach(() => {
  said = {}
  asked = []
  posh = verifier({ mayReach: () => true })
})

/** The customer's web server is on a port of its own here; nothing else is changed. */
function verifier({ mayReach }: { mayReach?: (address: string) => boolean }): Verifier {
  const fetch = documentFetcher({
    authorities: new Authorities([authority.certificate]),
    addresses: async name => (name.endsWith('.lit') ? ['127.0.0.1'] : []),
    now: Date.now,
    ...(mayReach === undefined ? {} : { mayReach }),
  })
  return byPosh({
    now: () => clock,
    fetch: url => {
      if (url.port === '') url.port = String(port)
      return fetch(url)
    },
  })
}

const chain = (shown: Credential) => [new X509Certificate(shown.certificate)]
const hash = (shown: Credential, algorithm = 'sha256') => createHash(algorithm).update(shown.der).digest('base64')
const fingerprints = (...all: readonly object[]) => JSON.stringify({ fingerprints: all, expires: 86_400 })

describe('RFC 7711', () => {
  test('a certificate of somebody else is right for the domain that says so', async () => {
    said[wellKnown] = fingerprints({ 'sha-1': 'whatever' }, { 'sha-256': hash(host), 'sha-512': hash(host, 'sha512') })
    assert.equal(await posh.verify(chain(host), domain), 'valid')
    assert.deepEqual(asked, [`${domain}:${port} ${wellKnown}`])
    assert.equal(await posh.verify(chain(selfMade({ names: [domain] })), domain), 'untrusted')
    assert.equal(await posh.verify([], domain), 'none shown')
  })

  test('all hashes of a certificate have to be right, and one that is not known is none', async () => {
    const other = authority.issues({ names: ['hosting.lit'] })
    said[wellKnown] = fingerprints({ 'sha-256': hash(host), 'sha-512': hash(other, 'sha512') }, { 'sha-1': '' }, {}, [])
    assert.equal(await posh.verify(chain(host), domain), 'untrusted')
    assert.equal(await posh.verify(chain(other), domain), 'untrusted')
  })

  test('§3.2: it may lead to another document, but from there no further', async () => {
    said[wellKnown] = JSON.stringify({ url: `https://${domain}:${port}/posh.json`, expires: 86_400 })
    said['/posh.json'] = fingerprints({ 'sha-256': hash(host) })
    assert.equal(await posh.verify(chain(host), domain), 'valid')
    said['/posh.json'] = JSON.stringify({ url: `https://${domain}:${port}/further.json`, expires: 86_400 })
    said['/further.json'] = fingerprints({ 'sha-256': hash(host) })
    assert.equal(await verifier({ mayReach: () => true }).verify(chain(host), domain), 'untrusted')
    assert.ok(!asked.some(each => each.includes('further')))
  })

  test('what was said is believed for a day at most, and that nothing was said for some minutes', async () => {
    assert.equal(await posh.verify(chain(host), domain), 'untrusted')
    said[wellKnown] = JSON.stringify({ fingerprints: [{ 'sha-256': hash(host) }], expires: 1e9 })
    assert.equal(await posh.verify(chain(host), domain), 'untrusted')
    clock += 11 * 60_000
    assert.equal(await posh.verify(chain(host), domain), 'valid')
    said = {}
    clock += 23 * 3_600_000
    assert.equal(await posh.verify(chain(host), domain), 'valid')
    clock += 2 * 3_600_000
    assert.equal(await posh.verify(chain(host), domain), 'untrusted')
    assert.equal(asked.length, 3)
  })

  test('many who ask at one time are one question', async () => {
    said[wellKnown] = fingerprints({ 'sha-256': hash(host) })
    await Promise.all(Array.from({ length: 50 }, () => posh.verify(chain(host), domain)))
    assert.equal(asked.length, 1)
  })

  test('a web server whose certificate is not right is not asked', async () => {
    said[wellKnown] = fingerprints({ 'sha-256': hash(host) })
    assert.equal(await posh.verify(chain(host), 'victim.lit'), 'untrusted')
    assert.deepEqual(asked, [])
  })

  test('nonsense, redirections, endless answers and answers that break off are nothing', async () => {
    for (const nonsense of [
      ...[
        '',
        '{',
        'null',
        '[]',
        '"x"',
        '{"fingerprints":{}}',
        '{"fingerprints":[null,3]}',
        '{"url":"http://customer.lit/"}',
      ],
      ...['{"url":"https://127.0.0.1/"}', '{"url":"https://user@customer.lit/"}', '{"url":"file:///etc/passwd"}'],
      (answer: ServerResponse) => answer.writeHead(302, { location: '/posh.json' }).end(),
      (answer: ServerResponse) => answer.destroy(),
      (answer: ServerResponse) => {
        answer.on('error', () => {})
        answer.write(Buffer.alloc(70_000, ' '))
      },
    ]) {
      said = { [wellKnown]: nonsense, '/posh.json': fingerprints({ 'sha-256': hash(host) }) }
      const verdict = await verifier({ mayReach: () => true }).verify(chain(host), domain)
      assert.equal(verdict, 'untrusted', String(nonsense))
    }
  })

  test('nobody makes us reach into our own network', async () => {
    said[wellKnown] = fingerprints({ 'sha-256': hash(host) })
    assert.equal(await verifier({}).verify(chain(host), domain), 'untrusted')
    assert.deepEqual(asked, [])
  })
})

test('which addresses are public', () => {
  const inside = ['127.0.0.1', '10.1.2.3', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0']
  const others = ['224.0.0.1', '255.255.255.255', '::1', '::', '::ffff:8.8.8.8', 'fe80::1', 'fc00::1', 'ff02::1']
  const translated = ['64:ff9b::808:808', '2002:7f00:1::', '2001:db8::1']
  for (const address of [...inside, ...others, ...translated]) assert.equal(isPublic(address), false, address)
  for (const address of ['8.8.8.8', '172.32.0.1', '2a00:1450::1', '2606:4700::1111'])
    assert.equal(isPublic(address), true, address)
})
