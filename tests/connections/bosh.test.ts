import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { attributeOf, BoshPeer, visit } from '../kit/bosh.ts'
import { dialogue } from '../kit/cast.ts'
import { domain, password, Rig } from './rig.ts'

const over = { tls: 'bosh' } as const

test(
  'XEP-0206: two people talk, one over BOSH, one over TCP',
  dialogue({ offline: ['romeo'] }, async ({ romeo, juliet }) => {
    await romeo.connects(over)
    await romeo.sends`<message to="${juliet.fullJid}" type="chat"><body>Soft! ☾</body></message>`
    await juliet.receives`<message from="${romeo.fullJid}"><body>Soft! ☾</body></message>`
    await juliet.sends`<message to="${romeo.fullJid}" type="chat"><body>Romeo &amp; &lt;</body></message>`
    await romeo.receives`<message from="${juliet.fullJid}"><body>Romeo &amp; &lt;</body></message>`
    await romeo.disconnects()
  }),
)

test(
  'XEP-0388 over BOSH: signed in, bound and managed in one request, resumed on another session',
  dialogue({ offline: ['romeo'] }, async ({ romeo, juliet }) => {
    const sm = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"
    const inline = `<bind xmlns='urn:xmpp:bind:0'>${sm}</bind>`
    await romeo.connects({ ...over, sasl2: { inline } })
    const { id, handled } = romeo.sm
    romeo.drops()
    await juliet.sends`<message to="${romeo.jid}" type="chat"><body>Wherefore?</body></message>`
    await juliet.client.ping()
    const client = await romeo.reaches(over)
    const resume = `<resume xmlns='urn:xmpp:sm:3' previd='${id}' h='${handled}'/>`
    const success = await client.signIn2({ username: romeo.username, password: romeo.password, inline: resume })
    assert.ok(success.child('resumed', 'urn:xmpp:sm:3'))
    await romeo.eventually`<message><body>Wherefore?</body></message>`
  }),
)

describe('a session', () => {
  let rig: Rig
  before(async () => {
    rig = await Rig.start({ settings: { SOTTO_LIMITS_STANZA_BYTES: '20000', SOTTO_LIMITS_ENABLED: 'false' } })
    await rig.account('romeo')
  })
  after(() => rig.stop())

  const peers: BoshPeer[] = []
  after(() => {
    for (const each of peers) each.leave()
  })
  const peer = () => {
    const made = new BoshPeer({ host: '127.0.0.1', port: rig.listeners.ports.https, domain })
    peers.push(made)
    return made
  }
  const signIn = async (romeo: BoshPeer, attributes: Record<string, string> = {}) => {
    await romeo.begin(attributes)
    const plain = Buffer.from(`\0romeo\0${password}`).toString('base64')
    const bind = "<bind xmlns='urn:xmpp:bind:0'/>"
    return romeo.post(
      {},
      `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>${plain}</initial-response>${bind}</authenticate>`,
    )
  }
  const ping = (id: string) =>
    `<iq xmlns='jabber:client' type='get' id='${id}' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`

  test('XEP-0124#session-create: is begun with everything that a client has to know', async () => {
    const first = await peer().begin({ ack: '1', wait: '300', hold: '5', ver: '1.12' })
    const expected = { wait: '60', hold: '1', requests: '2', ver: '1.11', from: domain, 'xmpp:restartlogic': 'true' }
    for (const [name, value] of Object.entries(expected)) assert.equal(attributeOf(first, name), value, name)
    assert.match(attributeOf(first, 'sid') ?? '', /^[\w-]{24}$/)
    assert.match(first, /<stream:features>.*SCRAM-SHA-256<.*<\/stream:features>/)
    assert.doesNotMatch(first, /-PLUS/, 'connections come and go: there is nothing to bind to')
  })

  test('XEP-0124#session-response: speaks the version of whichever side has the lower one', async () => {
    for (const [ver, spoken] of [
      ['1.6', '1.6'],
      ['1.9', '1.9'],
      ['2.0', '1.11'],
      ['0.9', '0.9'],
      ['new', '1.11'],
    ] as const) {
      assert.equal(attributeOf(await peer().begin({ ver }), 'ver'), spoken)
    }
  })

  test('XEP-0124#session-request: answers with the type that was asked for, unless a browser would show it as a page', async () => {
    const usual = 'text/xml; charset=utf-8'
    for (const [content, type] of [
      [undefined, usual],
      ['text/xml', 'text/xml'],
      ['application/xml; charset=utf-8', 'application/xml; charset=utf-8'],
      ['text/plain; charset=UTF-8', 'text/plain; charset=UTF-8'],
      ['text/xml; charset=iso-8859-1', usual],
      ['text/html', usual],
      ['image/svg+xml', usual],
    ] as const) {
      const asked = peer()
      await asked.begin(content === undefined ? {} : { content })
      const types = [asked.type]
      await asked.post({ type: 'terminate' })
      assert.deepEqual([...types, asked.type], [type, type])
    }
  })

  test('of a domain that is not served is refused', async () => {
    assert.equal(attributeOf(await peer().begin({ to: 'montague.example' }), 'condition'), 'host-unknown')
  })

  test('XEP-0124#security-sidrid: of somebody else is nowhere to be found', async () => {
    const romeo = peer()
    await romeo.begin()
    const tybalt = peer()
    tybalt.sid = `${romeo.sid.slice(0, -1)}${romeo.sid.endsWith('A') ? 'B' : 'A'}`
    assert.equal(attributeOf(await tybalt.post({}, ping('p')), 'condition'), 'item-not-found')
    tybalt.sid = romeo.sid
    tybalt.rid = 1
    assert.equal(attributeOf(await tybalt.post({}, ping('p')), 'condition'), 'item-not-found')
  })

  test('XEP-0124#broken: gives the same answer to the same request, and does nothing twice', async () => {
    const romeo = peer()
    await signIn(romeo)
    const rid = String(romeo.rid++)
    const answer = await romeo.post({ rid }, ping('once'))
    assert.match(answer, /id='once'/)
    assert.equal(await romeo.post({ rid }, ping('once')), answer)
  })

  test('XEP-0124#rids: takes requests in their order, in whichever they come', async () => {
    const romeo = peer()
    await signIn(romeo, { wait: '2' })
    const [first, second] = [romeo.rid++, romeo.rid++]
    const late = romeo.post({ rid: String(second) }, ping('second'))
    const answers = [await romeo.post({ rid: String(first) }, ping('first')), await late].join('')
    assert.ok(answers.indexOf("id='first'") < answers.indexOf("id='second'"))
    assert.ok(answers.includes("id='second'"))
    romeo.rid += 5
    assert.equal(attributeOf(await romeo.post({}), 'condition'), 'item-not-found')
  })

  test('XEP-0124#session-request: answers after the time that was asked for, though there is nothing to tell', async () => {
    const romeo = peer()
    await signIn(romeo, { wait: '1' })
    const began = performance.now()
    assert.match(await romeo.post({}), /^<body xmlns='[^']+'\/>$/)
    assert.ok(performance.now() - began > 900)
  })

  test('XEP-0124#poll: is over for somebody who keeps asking for nothing', async () => {
    const romeo = peer()
    await romeo.begin({ hold: '0' })
    const answers = [await romeo.post({}), await romeo.post({}), await romeo.post({})]
    assert.equal(attributeOf(answers[2]!, 'condition'), 'policy-violation')
    assert.equal(attributeOf(await romeo.post({}), 'condition'), 'item-not-found')
  })

  test('XEP-0124#keys: belongs to who knows the next key', async () => {
    const sha1 = (text: string) => createHash('sha1').update(text).digest('hex')
    const keys = ['seed']
    while (keys.length < 5) keys.push(sha1(keys.at(-1)!))
    const romeo = peer()
    await romeo.begin({ newkey: keys.pop()!, wait: '1' })
    assert.equal(attributeOf(await romeo.post({ key: keys.pop()! }), 'condition'), undefined)
    assert.equal(attributeOf(await romeo.post({ key: 'forged' }), 'condition'), 'item-not-found')
    assert.equal(attributeOf(await romeo.post({ key: keys.pop()! }), 'condition'), 'item-not-found')
  })

  test('XEP-0124#inactive: answers at once to who wants a pause', async () => {
    const romeo = peer()
    await signIn(romeo)
    const held = romeo.post({})
    const paused = await romeo.post({ pause: '120' })
    assert.deepEqual([attributeOf(paused, 'type'), attributeOf(await held, 'type')], [undefined, undefined])
    rig.passes(100)
    romeo.leave()
    assert.match(await romeo.post({}, ping('back')), /id='back'/)
    await romeo.post({ type: 'terminate' })
  })

  test('XEP-0124#inactive: is over when nobody has asked for a minute', async () => {
    const romeo = peer()
    await signIn(romeo, { wait: '1' })
    rig.passes(40)
    romeo.leave()
    assert.equal(attributeOf(await romeo.post({}), 'type'), undefined)
    rig.passes(61)
    romeo.leave()
    assert.equal(attributeOf(await romeo.post({}), 'condition'), 'item-not-found')
  })

  test('XEP-0124#terminate: says goodbye, with what was still to be said', async () => {
    const romeo = peer()
    await signIn(romeo)
    const held = romeo.post({})
    const answers = [await romeo.post({ type: 'terminate' }, ping('last')), await held]
    assert.ok(answers.some(answer => attributeOf(answer, 'type') === 'terminate' || answer.includes("id='last'")))
    assert.equal(attributeOf(await romeo.post({}), 'condition'), 'item-not-found')
  })

  test('is over for somebody who sends what is no XML, and stays for everybody else', async () => {
    const romeo = peer()
    await signIn(romeo)
    const other = peer()
    await other.begin()
    const broken = `<body xmlns='http://jabber.org/protocol/httpbind' sid='${romeo.sid}' rid='${romeo.rid}'><iq>`
    assert.equal(attributeOf(await romeo.postRaw(broken), 'condition'), 'bad-request')
    assert.equal(attributeOf(await romeo.post({}), 'condition'), 'item-not-found')
    assert.equal(attributeOf(await other.post({}, ping('p')), 'condition'), 'remote-stream-error', 'not signed in')
  })

  test('takes no more than a stanza may be long, and less from strangers', async () => {
    const romeo = peer()
    const where = { host: '127.0.0.1', port: rig.listeners.ports.https }
    const tooLong = {
      method: 'POST',
      body: `<body xmlns='http://jabber.org/protocol/httpbind'>${' '.repeat(18_500)}</body>`,
    }
    assert.equal((await visit(where, '/http-bind', tooLong)).status, 413)
    await signIn(romeo)
    const presence = (length: number) =>
      `<presence xmlns='jabber:client'><status>${'x'.repeat(length)}</status></presence>`
    assert.equal(attributeOf(await romeo.post({}, `${presence(19_000)}${ping('long')}`), 'type'), undefined)
    await assert.rejects(romeo.post({}, presence(25_000)), /413/)
  })

  test('may be asked for by the pages of any site', async () => {
    const where = { host: '127.0.0.1', port: rig.listeners.ports.https }
    const asked = await visit(where, '/http-bind', { method: 'OPTIONS', headers: { origin: 'https://chat.example' } })
    assert.equal(asked.status, 204)
    assert.equal(asked.headers['access-control-allow-origin'], '*')
    assert.equal(asked.headers['access-control-allow-methods'], 'POST')
    assert.equal(asked.headers['access-control-allow-headers'], 'content-type')
    assert.equal((await visit(where, '/http-bind')).status, 405)
  })
})

test('sessions end with the service, and are told so', async () => {
  const rig = await Rig.start()
  const romeo = new BoshPeer({ host: '127.0.0.1', port: rig.listeners.ports.https, domain })
  await romeo.begin()
  const held = romeo.post({})
  // The request has arrived when a second one makes the server answer it.
  const second = romeo.post({})
  await held
  await rig.stop()
  const farewell = await second
  assert.equal(attributeOf(farewell, 'condition'), 'remote-stream-error')
  assert.match(farewell, /<system-shutdown/)
  romeo.leave()
})
