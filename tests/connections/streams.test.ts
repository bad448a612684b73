import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { xml } from '../../src/protocol/xml/element.ts'
import { type Feature, iqGet } from '../../src/routing/feature.ts'
import { Wire } from '../kit/wire.ts'
import { domain, password, Rig } from './rig.ts'

const streams = 'http://etherx.jabber.org/streams'
const streamErrors = 'urn:ietf:params:xml:ns:xmpp-streams'
const tlsNs = 'urn:ietf:params:xml:ns:xmpp-tls'

let letGo: (() => void)[] = []

/** Slow to answer, so that what comes behind a request has to wait. */
const slow: Feature = {
  name: 'slow',
  implements: [],
  offersVisitors: () => [xml('register', { xmlns: 'http://jabber.org/features/iq-register' })],
  answers: [
    iqGet('{urn:test}slow', ['self'], () => new Promise<void>(resolve => letGo.push(resolve))),
    iqGet('{urn:test}bug', ['self'], () => {
      throw new TypeError('juliet@capulet.example')
    }),
    iqGet('{jabber:iq:register}query', ['visitor'], ({ visitor }) =>
      xml('query', { xmlns: 'jabber:iq:register' }, xml('instructions', null, String(typeof visitor?.network))),
    ),
  ],
  stream: [
    {
      element: '{urn:test}crash',
      handle() {
        throw new TypeError('juliet@capulet.example')
      },
    },
  ],
}

let rig: Rig
before(async () => {
  rig = await Rig.start({ features: () => [slow] })
  await rig.account('juliet')
})
after(() => rig.stop())

function wire(): Promise<Wire> {
  return Wire.connect({ host: '127.0.0.1', port: rig.listeners.ports.c2s, domain })
}

const header = (attributes: string) =>
  `<?xml version='1.0'?><stream:stream ${attributes} xmlns='jabber:client' xmlns:stream='${streams}'>`
const good = `to='${domain}' version='1.0'`

async function endsWith(way: Wire, condition: string): Promise<void> {
  await way.over()
  assert.ok(way.streamError?.child(condition, streamErrors), `${condition} expected, not ${way.streamError}`)
  assert.equal(way.header?.attr('id') !== undefined, true, 'the error was told outside a stream')
  assert.equal(way.streamClosed, true)
}

describe('RFC 6120 §4.7: headers that do not do', () => {
  const cases: Readonly<Record<string, string>> = {
    [header(`to='montague.example' version='1.0'`)]: 'host-unknown',
    [header(`to='&quot;' version='1.0'`)]: 'host-unknown',
    [header(`version='1.0'`)]: 'improper-addressing',
    [header(`to='${domain}'`)]: 'unsupported-version',
    [header(`to='${domain}' version='0.9'`)]: 'unsupported-version',
    [header(`${good} from='juliet@montague.example'`)]: 'invalid-from',
    [header(good).replace(streams, 'urn:other')]: 'invalid-namespace',
    [header(good).replace('jabber:client', 'jabber:server')]: 'invalid-namespace',
    [header(good).replace('stream:stream', 'stream:steam')]: 'bad-format',
    '<foo/>': 'invalid-namespace',
    'GET / HTTP/1.1\r\n\r\n': 'not-well-formed',
    "<?xml version='1.0' encoding='latin1'?>": 'unsupported-encoding',
    '<!DOCTYPE x>': 'restricted-xml',
    [`<${'x'.repeat(20_000)}`]: 'policy-violation',
  }
  for (const [sent, condition] of Object.entries(cases)) {
    test(`${sent.slice(0, 120)} → ${condition}`, async () => {
      const way = await wire()
      way.write(sent)
      await endsWith(way, condition)
    })
  }
})

test('RFC 6120 §4.7: our header', async () => {
  const way = await wire()
  way.write(header(`${good} from='Juliet@Capulet.Example/x' xml:lang='de'`))
  const features = await way.next()
  assert.equal(way.header?.attr('from'), domain)
  assert.equal(way.header?.attr('to'), 'juliet@capulet.example')
  assert.equal(way.header?.attr('version'), '1.0')
  assert.equal(way.header?.attr('xml:lang'), 'en')
  assert.equal(
    String(features),
    `<features xmlns="${streams}"><starttls xmlns="${tlsNs}"><required/></starttls>` +
      '<limits xmlns="urn:xmpp:stream-limits:0"><max-bytes>16384</max-bytes><idle-seconds>60</idle-seconds></limits></features>',
  )
  const other = await wire()
  other.write(header(good))
  await other.next()
  assert.notEqual(other.header?.attr('id'), way.header?.attr('id'))
  other.drop()
  way.drop()
})

test('RFC 6120 §5.3.1: nothing but STARTTLS before TLS', async () => {
  const way = await wire()
  way.write(`${header(good)}<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AAAA</auth>`)
  await way.next()
  const failure = await way.next()
  assert.ok(failure.child('encryption-required'))
  way.write("<iq type='get' id='1'><query xmlns='jabber:iq:register'/></iq>")
  await endsWith(way, 'not-authorized')
})

test('RFC 6120 §5.4.3.3: what is sent in clear behind STARTTLS is never read', async () => {
  const client = await rig.connect({ tls: 'plain' })
  client.sendRaw(`<starttls xmlns='${tlsNs}'/>${header(`to='montague.example' version='1.0'`)}`)
  assert.equal((await client.wire.next()).name, 'proceed')
  await client.wire.startTls()
  const features = await client.openStream()
  assert.ok(features.child('mechanisms', 'urn:ietf:params:xml:ns:xmpp-sasl'))
  // XEP-0368 and RFC 6120 §5.3: and not twice.
  client.sendRaw(`<starttls xmlns='${tlsNs}'/>`)
  assert.equal((await client.wire.next()).name, 'failure')
  await client.wire.over()
})

test('XEP-0077 §9: strangers may ask what is offered to them, within bounds', async () => {
  const client = await rig.connect()
  assert.ok(client.features.child('register', 'http://jabber.org/features/iq-register'))
  const ask = () => client.ask('get', "<query xmlns='jabber:iq:register'/>")
  assert.equal((await ask()).at('query', 'instructions').text(), 'string')
  for (let i = 0; i < 19; i++) await ask()
  await assert.rejects(ask())
  await endsWith(client.wire, 'not-authorized')
})

test('strangers cannot send without end', async () => {
  const client = await rig.connect()
  const junk = `<iq type='get' id='x'><query xmlns='jabber:iq:register'>${' '.repeat(15_000)}</query></iq>`
  client.sendRaw(junk.repeat(10))
  await endsWith(client.wire, 'policy-violation')
})

test('elements are dealt with in order, and wait for those that take long', async () => {
  const client = await rig.device('juliet', 'order')
  const ping = (id: string) => `<iq type='get' id='${id}' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`
  client.sendRaw(`<iq type='get' id='slow'><slow xmlns='urn:test'/></iq>`)
  const many = Array.from({ length: 300 }, (_, i) => `p${i}`)
  client.sendRaw(`${many.map(ping).join('')}</stream:stream>`)
  await until(() => letGo.length > 0)
  for (const go of letGo) go()
  letGo = []
  await client.wire.over()
  const ids = client.wire.inbox.map(tree => tree.attr('id'))
  assert.deepEqual(ids, ['slow', ...many])
  assert.equal(client.wire.streamClosed, true)
})

test('what arrived before a connection broke is dealt with', async () => {
  const client = await rig.device('juliet', 'broken')
  const session = await online('broken')
  client.sendRaw(
    `<iq type='get' id='slow'><slow xmlns='urn:test'/></iq><iq type='get' id='s2'><slow xmlns='urn:test'/></iq>`,
  )
  await until(() => letGo.length > 0)
  client.drop()
  await until(() => rig.listeners.connections === 0)
  assert.equal(session.ended, false)
  letGo.shift()?.()
  await until(() => letGo.length > 0)
  letGo.shift()?.()
  await until(() => session.ended)
})

test('RFC 6120 §4.4: a stream closed by its client is closed by us, and the session is over', async () => {
  const client = await rig.device('juliet', 'bye')
  const session = await online('bye')
  client.sendRaw('</stream:stream>')
  await client.wire.over()
  assert.equal(client.wire.streamClosed, true)
  assert.equal(client.wire.streamError, undefined)
  assert.equal(session.ended, true)
})

for (const [what, sent, condition] of [
  ['an element nobody knows', "<foo xmlns='urn:foo'/>", 'unsupported-stanza-type'],
  ['a stanza nobody knows', '<foo/>', 'unsupported-stanza-type'],
  ['somebody else’s name', "<message from='romeo@capulet.example'/>", 'invalid-from'],
  ['broken XML', '<message></presence>', 'not-well-formed'],
  ['a stanza that is too large', `<message>${'x'.repeat(300_000)}`, 'policy-violation'],
] as const) {
  test(`after signing in, ${what} ends the stream and nothing else`, async () => {
    const client = await rig.device('juliet', 'errors')
    const session = await online('errors')
    client.sendRaw(sent)
    await endsWith(client.wire, condition)
    assert.equal(session.ended, true)
    const next = await rig.device('juliet', 'errors')
    next.drop()
  })
}

test('a mistake of ours ends one stream, is counted, and names nobody', async () => {
  const client = await rig.device('juliet', 'bug')
  const other = await rig.device('juliet', 'other')
  client.sendRaw("<crash xmlns='urn:test'/>")
  await endsWith(client.wire, 'internal-server-error')
  assert.equal(rig.bugs, 1)
  assert.doesNotMatch(rig.log.join(''), /juliet|127\.0\.0\.1|capulet/)
  assert.equal((await other.ask('get', "<ping xmlns='urn:xmpp:ping'/>", domain)).attr('type'), 'result')
  other.drop()
})

test('RFC 6120 §8.1.5: a message takes the language of the stream', async () => {
  const client = await rig.device('juliet', 'lang')
  client.sendRaw(
    `<message to='${client.jid}'><body>a</body></message><message to='${client.jid}' xml:lang='it'><body>b</body></message>`,
  )
  assert.equal((await client.wire.next()).attr('xml:lang'), 'en')
  assert.equal((await client.wire.next()).attr('xml:lang'), 'it')
  client.drop()
})

test('a client that does not read is cut off before it costs much, and its session is lost, not ended', async () => {
  const client = await rig.device('juliet', 'sloth')
  const other = await rig.device('juliet', 'writer')
  const session = await online('sloth')
  client.wire.socket.pause()
  const text = `<message to='${client.jid}'><body>${'x'.repeat(100_000)}</body></message>`
  let most = 0
  await until(() => {
    if (other.wire.socket.writableLength < 500_000) other.sendRaw(text)
    most = Math.max(most, session.link?.waitingBytes ?? 0)
    return session.ended
  })
  assert.ok(most <= 2 * 1024 * 1024 + 300_000, `${most} bytes waited`)
  assert.equal((await other.ask('get', "<ping xmlns='urn:xmpp:ping'/>", domain)).attr('type'), 'result')
  client.drop()
  other.drop()
})

describe('deadlines', () => {
  test('half-open connections and silent strangers are closed', async () => {
    const silent = connect(rig.listeners.ports.c2s, '127.0.0.1')
    const handshake = connect(rig.listeners.ports.c2sTls, '127.0.0.1')
    const ended = [silent, handshake].map(socket => new Promise(done => socket.resume().once('close', done)))
    const stranger = await rig.connect()
    await until(() => rig.listeners.connections >= 3)
    rig.passes(59)
    assert.ok(rig.listeners.connections >= 3)
    rig.passes(2)
    await endsWith(stranger.wire, 'connection-timeout')
    await Promise.all(ended)
  })

  test('XEP-0199: a silent client is asked, and cut off without an answer', async () => {
    const client = await rig.device('juliet', 'silent')
    const session = await online('silent')
    rig.passes(301)
    const ping = await client.wire.next()
    assert.ok(ping.child('ping', 'urn:xmpp:ping'))
    client.sendRaw(`<iq type='result' id='${ping.attr('id')}' to='${domain}'/>`)
    await client.ask('get', "<ping xmlns='urn:xmpp:ping'/>", domain)
    rig.passes(61)
    assert.equal(session.ended, false)
    rig.passes(301)
    await client.wire.next()
    rig.passes(61)
    await endsWith(client.wire, 'connection-timeout')
    assert.equal(session.ended, true)
  })

  test('XEP-0198: with stream management it is asked for an acknowledgement, and the session waits', async () => {
    const client = await rig.device('juliet', 'managed')
    const session = await online('managed')
    client.sendRaw("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
    assert.equal((await client.wire.next()).name, 'enabled')
    client.sm.manual = true
    rig.passes(301)
    assert.equal((await client.wire.next()).name, 'r')
    rig.passes(61)
    await endsWith(client.wire, 'connection-timeout')
    assert.equal(session.ended, false)
    assert.equal(session.link, undefined)
  })

  test('a client that does not close its side after our farewell is dropped', async () => {
    const client = await rig.device('juliet', 'rude')
    client.wire.socket.pause()
    client.sendRaw('</stream:stream>')
    await until(() => rig.router.online('juliet@capulet.example' as never)?.session('rude') === undefined)
    rig.passes(11)
    await until(() => rig.listeners.connections === 0)
    client.drop()
  })
})

test('settings.limits: connections of one network are counted', async () => {
  const few = await Rig.start({ settings: { SOTTO_LIMITS_CONNECTIONS_PER_NETWORK: '2' } })
  const two = [await few.connect(), await few.connect()]
  await assert.rejects(few.connect())
  const elsewhere = await few.connect({ localAddress: '127.0.0.2' })
  two[0]!.drop()
  await until(() => few.listeners.connections === 2)
  const again = await few.connect()
  for (const client of [...two, elsewhere, again]) client.drop()
  await few.stop()
})

test('settings.testing: signing in without TLS, by SASL alone and without channel binding', async () => {
  const plain = await Rig.start({ settings: { SOTTO_TESTING_PLAINTEXT_ON_LOOPBACK: 'true' } })
  await plain.account('juliet')
  const client = await plain.connect({ tls: 'plain' })
  assert.ok(client.features.child('starttls', tlsNs))
  assert.deepEqual(client.mechanisms(), ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'])
  assert.deepEqual(client.mechanisms('sasl2'), [])
  await client.signIn({ username: 'juliet', password })
  await client.bind()
  client.drop()
  await plain.stop()
})

test('settings.limits: who sends too fast is read more slowly, and nothing is lost', async () => {
  const client = await rig.device('juliet', 'fast')
  const ids = Array.from({ length: 500 }, (_, i) => `f${i}`)
  const began = performance.now()
  client.sendRaw(ids.map(id => `<iq type='get' id='${id}' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`).join(''))
  await client.wire.until(() => (client.wire.inbox.length === ids.length ? true : undefined), 'answers')
  assert.deepEqual(
    client.wire.inbox.map(tree => tree.attr('id')),
    ids,
  )
  assert.ok(performance.now() - began > 200)
  client.drop()
})

test('the end of the service: streams end with system-shutdown, sessions end', async () => {
  const passing = await Rig.start()
  await passing.account('juliet')
  const client = await passing.device('juliet', 'last')
  const stranger = await passing.connect()
  const { jid } = client
  const session = passing.router.online(jid.split('/')[0] as never)?.session('last')
  await passing.stop()
  await endsWith(client.wire, 'system-shutdown')
  await endsWith(stranger.wire, 'system-shutdown')
  assert.equal(session?.ended, true)
  await assert.rejects(passing.connect())
})

async function online(resource: string) {
  const session = rig.router.online('juliet@capulet.example' as never)?.session(resource)
  assert.ok(session)
  return session
}

async function until(ready: () => boolean): Promise<void> {
  const late = performance.now() + 10_000
  while (!ready()) {
    if (performance.now() > late) throw new Error('That never happened.')
    await new Promise(resolve => setImmediate(resolve))
  }
}
