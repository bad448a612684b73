/**
 * The 25 checks of the public compliance tester, on a freshly started server with the settings that it has by default, a
 * relay for calls, and somebody to complain to, which no program can know. Prints what came of each.
 */

import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { visit } from '../kit/bosh.ts'
import { configuring, publishing, pubsubOwner } from '../kit/nodes.ts'
import { type ServerProcess, startProcess } from '../kit/server.ts'
import { escaped, type Tree } from '../kit/tree.ts'
import { exchange } from '../kit/uploads.ts'
import { WebSocketPeer } from '../kit/websocket.ts'
import { overDirectTls, Tester } from './tester.ts'

let server: ServerProcess
let tester: Tester
const passed = new Map<string, boolean>()

before(async () => {
  const turn = { host: 'turn.example.org', secret: randomBytes(16).toString('hex') }
  server = await startProcess({ turn, contact: { abuse: ['mailto:abuse@example.org'] } })
  const password = randomBytes(9).toString('base64url')
  await server.createAccount('caas', password)
  tester = await Tester.signsIn(server, 'caas', password)
})

after(async () => {
  tester?.leaves()
  await server?.stop()
})

type Outcome = boolean | Promise<boolean> | Promise<void>

const counted: Readonly<Record<string, readonly [title: string, check: () => Outcome]>> = {
  xep0115: ['Entity Capabilities', () => tester.seen.has('{http://jabber.org/protocol/caps}c')],
  xep0198: ['Stream Management', () => tester.seen.has('{urn:xmpp:sm:3}sm')],
  xep0352: ['Client State Indication', () => tester.seen.has('{urn:xmpp:csi:0}csi')],
  roster_versioning: ['Roster Versioning', () => tester.seen.has('{urn:xmpp:features:rosterver}ver')],
  xep0280: ['Message Carbons', () => tester.onServer('urn:xmpp:carbons:2')],
  xep0191: ['Blocking Command', () => tester.onServer('urn:xmpp:blocking')],
  xep0160: ['Offline Messages', () => tester.onServer('msgoffline')],
  xep0313: ['Message Archive Management', () => tester.onAccount('urn:xmpp:mam:2')],
  xep0357: ['Push Notifications', () => tester.onAccount('urn:xmpp:push:0')],
  xep0398: ['Avatar Conversion', () => tester.onAccount('urn:xmpp:pep-vcard-conversion:0')],
  xep0411: ['Bookmarks Conversion', () => tester.onAccount('urn:xmpp:bookmarks-conversion:0')],
  xep0163: ['Personal Eventing', async () => (await tester.info(tester.jid)).identities.includes('pubsub/pep')],
  xep0384: ['OMEMO', keysForEverybody],
  xep0045: ['Multi-User Chat', () => tester.anywhere('http://jabber.org/protocol/muc')],
  xep0313muc: ['Archive of rooms', () => inRoom(roomArchive)],
  vcard_muc: [
    'Avatars of rooms',
    () => inRoom(async room => (await tester.info(room)).features.includes('vcard-temp')),
  ],
  xep0363: ['HTTP File Upload', () => tester.anywhere('urn:xmpp:http:upload:0')],
  xep0065: ['SOCKS5 Proxy', () => tester.anywhere('http://jabber.org/protocol/bytestreams')],
  stun: ['External Services: STUN', async () => (await services('stun')).length === 1],
  turn: ['External Services: TURN', relay],
  xep0368: ['Direct TLS', directTls],
}

const informational: typeof counted = {
  'abuse-contact': ['Contact addresses for abuse', abuseContact],
  xep0077: ['In-Band Registration', registration],
  xep0156: ['Alternative connections', alternatives],
  xep0363_cors: ['HTTP File Upload: CORS', uploadFromBrowsers],
}

for (const [id, [title, check]] of Object.entries({ ...counted, ...informational }))
  test(`${id}: ${title}`, async () => {
    passed.set(id, false)
    assert.notEqual(await check(), false, title)
    passed.set(id, true)
  })

test('the table', t => {
  for (const [name, checks] of Object.entries({ counted, informational })) {
    const ids = Object.keys(checks)
    const good = ids.filter(id => passed.get(id))
    for (const id of ids) t.diagnostic(`${passed.get(id) ? '✔' : '✖'} ${id.padEnd(18)} ${checks[id]![0]}`)
    t.diagnostic(`${name}: ${good.length}/${ids.length}`)
    assert.equal(good.length, name === 'counted' ? 21 : 4)
  }
})

async function asked(type: 'get' | 'set', payload: string, to?: string): Promise<Tree> {
  const answer = await tester.client.ask(type, payload, to)
  assert.equal(answer.attr('type'), 'result', String(answer))
  return answer
}

/** What `kit/nodes.ts` writes is a whole IQ; the inside of it is what is wanted here. */
const inside = (iq: { toString(): string }) => /<iq[^>]*>(.*)<\/iq>/s.exec(String(iq))![1]!

async function keysForEverybody(): Promise<void> {
  assert.ok(await tester.onAccount('http://jabber.org/protocol/pubsub#publish-options'))
  const node = `eu.siacs.conversations.axolotl.${randomUUID()}`
  const bundle = '<bundle xmlns="eu.siacs.conversations.axolotl"/>'
  const publish = inside(publishing(node, undefined, bundle, { access_model: 'open' }))
  const first = await tester.client.ask('set', publish)
  if (first.attr('type') === 'error') {
    await asked('set', inside(configuring(node, { access_model: 'open' })))
    await asked('set', publish)
  }
  const form = await asked('get', `<pubsub xmlns="${pubsubOwner}"><configure node="${node}"/></pubsub>`)
  const access = form.at('pubsub', 'configure', 'x').elements()
  assert.equal(
    access
      .find(each => each.attr('var') === 'pubsub#access_model')
      ?.need('value')
      .text(),
    'open',
  )
  await asked('set', `<pubsub xmlns="${pubsubOwner}"><delete node="${node}"/></pubsub>`)
}

/** A new room with a random name at the first service that is one for text; destroyed afterwards. */
async function inRoom(look: (room: string) => Promise<boolean>): Promise<boolean> {
  const found = await Promise.all((await tester.items()).map(async jid => ({ jid, ...(await tester.info(jid)) })))
  const service = found.find(({ identities }) => identities.includes('conference/text'))
  assert.ok(service !== undefined, 'there is no service for rooms')
  const room = `${randomUUID()}@${service.jid}`
  const { client } = tester
  client.send(`<presence to="${escaped(room)}/test"><x xmlns="http://jabber.org/protocol/muc"/></presence>`)
  const muc = 'http://jabber.org/protocol/muc#user'
  const self = await client.take(
    each => each.name === 'presence' && each.attr('from') === `${room}/test`,
    'self-presence',
  )
  assert.ok(
    self
      .need('x', muc)
      .elements()
      .some(each => each.name === 'status' && each.attr('code') === '110'),
    String(self),
  )
  try {
    return await look(room)
  } finally {
    await asked('set', '<query xmlns="http://jabber.org/protocol/muc#owner"><destroy/></query>', room)
  }
}

async function roomArchive(room: string): Promise<boolean> {
  const form = await asked('get', '<query xmlns="http://jabber.org/protocol/muc#owner"/>', room)
  const fields = form
    .at('query', 'x')
    .elements()
    .map(each => each.attr('var') ?? '')
  const names = ['mam', 'muc#roomconfig_mam', 'muc#roomconfig_enablearchiving']
  if (names.some(name => fields.includes(name))) return true
  return (await tester.info(room)).features.some(each => each.startsWith('urn:xmpp:mam:'))
}

async function services(type: string): Promise<readonly Tree[]> {
  const answer = await asked('get', '<services xmlns="urn:xmpp:extdisco:2"/>', server.domain)
  return answer
    .need('services')
    .elements()
    .filter(
      each =>
        (each.attr('type') === type || each.attr('type') === `${type}s`) &&
        /^(tcp|udp)$/.test(each.attr('transport') ?? '') &&
        (each.attr('host') ?? '') !== '' &&
        Number(each.attr('port')) <= 65_535,
    )
}

async function relay(): Promise<boolean> {
  const good = (each: Tree) => (each.attr('username') ?? '') !== '' && (each.attr('password') ?? '') !== ''
  return (await services('turn')).some(good)
}

async function directTls(): Promise<void> {
  const certificate = readFileSync(join(server.data, 'tls', 'cert.pem'), 'utf8')
  const { alpn, answer } = await overDirectTls(server, certificate)
  assert.equal(alpn, 'xmpp-client')
  assert.ok(answer.startsWith('<?xml'), answer)
}

async function abuseContact(): Promise<boolean> {
  const { tree } = await tester.info(server.domain)
  return tree.holds(
    each => each.name === 'field' && each.attr('var') === 'abuse-addresses' && each.need('value').text() !== '',
  )
}

async function registration(): Promise<boolean> {
  const fresh = await Tester.beforeSignIn(server)
  return fresh.includes('{http://jabber.org/features/iq-register}register')
}

/** Every way that is announced has to work, for a page of any origin. */
async function alternatives(): Promise<void> {
  const where = { host: server.host, port: server.ports.https }
  const answer = await visit(where, '/.well-known/host-meta.json')
  assert.equal(answer.status, 200)
  assert.equal(answer.headers['access-control-allow-origin'], '*')
  const links = (JSON.parse(answer.body).links as { rel: string; href?: string }[]).filter(({ rel }) =>
    /^urn:xmpp:alt-connections:(xbosh|websocket)$/.test(rel),
  )
  assert.deepEqual(links.map(({ rel }) => rel.replace(/.*:/, '')).sort(), ['websocket', 'xbosh'])
  for (const { rel, href } of links) {
    const { port, pathname: path } = new URL(href!)
    if (rel.endsWith('websocket')) {
      const peer = await WebSocketPeer.connect({ host: server.host, port: Number(port), domain: server.domain, path })
      peer.socket.destroy()
      continue
    }
    const preflight = await visit({ ...where, port: Number(port) }, path, {
      method: 'OPTIONS',
      headers: { origin: 'null' },
    })
    assert.ok(preflight.status < 300, String(preflight.status))
    assert.equal(preflight.headers['access-control-allow-origin'], '*')
  }
}

async function uploadFromBrowsers(): Promise<void> {
  const found = await Promise.all((await tester.items()).map(async jid => ({ jid, ...(await tester.info(jid)) })))
  const service = found.find(({ features }) => features.includes('urn:xmpp:http:upload:0'))
  const request = '<request xmlns="urn:xmpp:http:upload:0" filename="hello.png" size="1234" content-type="image/png"/>'
  const slot = await asked('get', request, service?.jid)
  const { status, headers } = await exchange('OPTIONS', slot.at('slot', 'put').attr('url')!, {
    origin: 'https://chat.example.org',
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'content-type',
  })
  assert.ok(status < 300, String(status))
  for (const name of ['origin', 'methods', 'headers'])
    assert.ok((headers[`access-control-allow-${name}`] ?? '') !== '', name)
}
