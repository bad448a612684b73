import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Client } from '../kit/client.ts'
import { SignInRefused } from '../kit/client.ts'
import type { Tree } from '../kit/tree.ts'
import { password, Rig } from './rig.ts'

const sasl = 'urn:ietf:params:xml:ns:xmpp-sasl'
const sasl2 = 'urn:xmpp:sasl:2'
const sm = 'urn:xmpp:sm:3'
const base64 = (text: string) => Buffer.from(text).toString('base64')
const plain = base64(`\0juliet\0${password}`)
const clientId = "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'/>"

let rig: Rig
before(async () => {
  rig = await Rig.start()
  await rig.account('juliet')
})
after(() => rig.stop())

const mechanisms = ['PLAIN', 'SCRAM-SHA-1', 'SCRAM-SHA-256', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256-PLUS']
const flags = ['p=tls-exporter', 'p=tls-server-end-point']

for (const tls of ['starttls', 'direct'] as const) {
  for (const mechanism of mechanisms) {
    for (const flag of mechanism.endsWith('-PLUS') ? flags : ['n']) {
      test(`signing in and binding: ${tls}, ${mechanism}, ${flag}`, async () => {
        const client = await rig.connect({ tls })
        await client.signIn({ username: 'juliet', password, mechanism, flag })
        assert.equal(await client.bind('balcony'), 'juliet@capulet.example/balcony')
        client.drop()
        const again = await rig.connect({ tls })
        const success = await again.signIn2({ username: 'juliet', password, mechanism, flag })
        assert.equal(success.at('authorization-identifier').text(), 'juliet@capulet.example')
        assert.match(await again.bind(), /^juliet@capulet\.example\/.{8,}$/)
        again.drop()
      })
    }
  }
}

async function refused(step: Promise<unknown>): Promise<string> {
  const thrown = await step.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof SignInRefused, 'the sign-in was not refused')
  return thrown.condition
}

for (const by of ['signIn', 'signIn2'] as const) {
  test(`RFC 6120 §6.5: ${by} with a wrong password, an unknown name, somebody else’s name`, async () => {
    const client = await rig.connect()
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256'])
      for (const username of ['juliet', 'nobody'])
        assert.equal(await refused(client[by]({ username, password: 'no', mechanism })), 'not-authorized')
    const other = { username: 'juliet', password, mechanism: 'PLAIN', authzid: 'romeo@capulet.example' }
    const once = await rig.connect()
    assert.equal(await refused(once[by](other)), 'invalid-authzid')
    // RFC 6120 §6.4.5: and then another attempt on the same stream.
    await once[by]({ username: 'juliet', password })
    await once.bind()
    client.drop()
    once.drop()
  })

  test(`RFC 6120 §6.4.5: the fifth failure of ${by} ends the stream`, async () => {
    const client = await rig.connect()
    const attempt =
      by === 'signIn' ? `<auth xmlns='${sasl}' mechanism='X'/>` : `<authenticate xmlns='${sasl2}' mechanism='X'/>`
    client.sendRaw(attempt.repeat(6))
    await client.wire.over()
    assert.equal(client.wire.inbox.filter(tree => tree.child('invalid-mechanism', sasl) !== undefined).length, 5)
    assert.ok(client.wire.streamError?.child('policy-violation', 'urn:ietf:params:xml:ns:xmpp-streams'))
  })
}

async function answer(client: Client, text: string): Promise<Tree> {
  client.sendRaw(text)
  return client.wire.next()
}

test('RFC 6120 §6.4: no initial response, an empty one, none that is base64, abort', async () => {
  const client = await rig.connect()
  const auth = (mechanism: string, text: string) => `<auth xmlns='${sasl}' mechanism='${mechanism}'>${text}</auth>`
  const failed = (tree: Tree, condition: string) => assert.ok(tree.child(condition, sasl), `${tree}`)
  const empty = await answer(client, `<auth xmlns='${sasl}' mechanism='SCRAM-SHA-1'/>`)
  assert.equal(`${empty.name}:${empty.text()}`, 'challenge:')
  failed(await answer(client, `<abort xmlns='${sasl}'/>`), 'aborted')
  failed(await answer(client, auth('PLAIN', '=')), 'malformed-request')
  failed(await answer(client, auth('PLAIN', 'nonsense!')), 'incorrect-encoding')
  client.drop()
  const again = await rig.connect()
  await answer(again, `<auth xmlns='${sasl}' mechanism='PLAIN'/>`)
  const success = await answer(again, `<response xmlns='${sasl}'>${plain}</response>`)
  assert.equal(success.name, 'success')
  again.drop()
})

test('XEP-0388#during: anything else in the middle of signing in ends the stream', async () => {
  for (const [begin, what] of [
    [`<auth xmlns='${sasl}' mechanism='PLAIN'/>`, `<presence/>`],
    [`<authenticate xmlns='${sasl2}' mechanism='PLAIN'/>`, `<response xmlns='${sasl}'>${plain}</response>`],
  ] as const) {
    const client = await rig.connect()
    await answer(client, begin)
    client.sendRaw(what)
    await client.wire.over()
    assert.ok(client.wire.streamError?.child('not-authorized', 'urn:ietf:params:xml:ns:xmpp-streams'))
  }
})

test('RFC 6120 §6.3.6: stanzas before signing in end the stream', async () => {
  for (const stanza of ["<message to='romeo@capulet.example'><body>x</body></message>", "<iq type='get' id='1'/>"]) {
    const client = await rig.connect()
    client.sendRaw(stanza)
    await client.wire.over()
    assert.ok(client.wire.streamError?.child('not-authorized', 'urn:ietf:params:xml:ns:xmpp-streams'))
  }
})

test('RFC 6120 §7.1: stanzas before binding end the stream', async () => {
  const client = await rig.connect()
  await client.signIn({ username: 'juliet', password })
  client.sendRaw('<presence/>')
  await client.wire.over()
  assert.ok(client.wire.streamError?.child('not-authorized', 'urn:ietf:params:xml:ns:xmpp-streams'))
})

test('XEP-0388: nobody signs in twice', async () => {
  const client = await rig.connect()
  await client.signIn2({ username: 'juliet', password })
  client.sendRaw(`<authenticate xmlns='${sasl2}' mechanism='PLAIN'/>`)
  await client.wire.over()
  assert.ok(client.wire.streamError !== undefined)
})

test('RFC 6120 §7.7: a resource that cannot be one is refused, the next one is bound', async () => {
  const client = await rig.connect()
  await client.signIn({ username: 'juliet', password })
  const error = await client.ask(
    'set',
    `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${'x'.repeat(1024)}</resource></bind>`,
  )
  assert.ok(error.child('error')?.child('bad-request', 'urn:ietf:params:xml:ns:xmpp-stanzas'))
  await client.bind('balcony')
  const older = client
  const newer = await rig.device('juliet', 'balcony')
  await older.wire.over()
  assert.ok(older.wire.streamError?.child('conflict', 'urn:ietf:params:xml:ns:xmpp-streams'))
  newer.drop()
})

test('XEP-0386: the same client gets the same resource, and its older session ends', async () => {
  const inline = `${clientId}<bind xmlns='urn:xmpp:bind:0'><tag>Orchard</tag></bind>`
  const first = await rig.connect()
  const bound = await first.signIn2({ username: 'juliet', password, inline })
  assert.ok(bound.child('bound', 'urn:xmpp:bind:0'))
  assert.match(first.jid, /^juliet@capulet\.example\/Orchard\/\S{12}$/)
  assert.doesNotMatch(first.jid, /d4565fa7/)
  assert.equal(first.features.child('bind', 'urn:ietf:params:xml:ns:xmpp-bind'), undefined)
  const second = await rig.connect()
  await second.signIn2({ username: 'juliet', password, inline })
  assert.equal(second.jid, first.jid)
  await first.wire.over()
  const other = await rig.connect()
  await other.signIn2({ username: 'juliet', password, inline: inline.replace('d4565fa7', 'd4565fa8') })
  assert.notEqual(other.jid, first.jid)
  second.drop()
  other.drop()
})

test('XEP-0198#inline: enabling, losing the connection, resuming in one step', async () => {
  const enable = `<bind xmlns='urn:xmpp:bind:0'><enable xmlns='${sm}' resume='true'/></bind>`
  const first = await rig.connect()
  const bound = await first.signIn2({ username: 'juliet', password, inline: enable })
  const id = bound.at('bound').child('enabled', sm)?.attr('id')
  const { jid } = first
  first.drop()
  const second = await rig.connect()
  const inline = `<resume xmlns='${sm}' h='0' previd='${id}'/>${enable}`
  const resumed = await second.signIn2({ username: 'juliet', password, inline })
  assert.equal(resumed.at('authorization-identifier').text(), jid)
  assert.equal(resumed.child('resumed', sm)?.attr('previd'), id)
  assert.equal(resumed.child('bound', 'urn:xmpp:bind:0'), undefined)
  // XEP-0198#inline-resume: no features; the next thing that comes is what is asked for.
  assert.equal((await second.ask('get', "<ping xmlns='urn:xmpp:ping'/>")).attr('type'), 'result')
  assert.equal(second.wire.inbox.length, 0)
  const third = await rig.connect()
  const failed = await third.signIn2({
    username: 'juliet',
    password,
    inline: `<resume xmlns='${sm}' h='0' previd='unknown'/>${enable}`,
  })
  assert.ok(failed.child('failed', sm))
  assert.ok(failed.child('bound', 'urn:xmpp:bind:0'))
  second.drop()
  third.drop()
})

for (const mechanism of ['HT-SHA-256-NONE', 'HT-SHA-256-ENDP', 'HT-SHA-256-EXPR'] as const) {
  test(`XEP-0484: signing in again with a token, ${mechanism}`, async () => {
    const first = await rig.connect()
    const success = await first.signIn2({
      username: 'juliet',
      password,
      inline: `${clientId}<request-token xmlns='urn:xmpp:fast:0' mechanism='${mechanism}'/>`,
    })
    const token = success.child('token', 'urn:xmpp:fast:0')
    const secret = token?.attr('token') ?? ''
    assert.ok(Date.parse(token?.attr('expiry') ?? '') > Date.now())
    const second = await rig.connect()
    const inline = `${clientId}<bind xmlns='urn:xmpp:bind:0'/>`
    await second.signIn2({ username: 'juliet', password, inline, token: { mechanism, secret, count: 1 } })
    assert.match(second.jid, /^juliet@capulet\.example\/./)
    const replay = await rig.connect()
    const again = { username: 'juliet', password, inline, token: { mechanism, secret, count: 1 } }
    assert.equal(await refused(replay.signIn2(again)), 'credentials-expired')
    const over = { mechanism, secret, count: 2, invalidate: true }
    await replay.signIn2({ username: 'juliet', password, inline: clientId, token: over })
    const late = await rig.connect()
    const dead = { mechanism, secret, count: 3 }
    assert.equal(
      await refused(late.signIn2({ username: 'juliet', password, inline: clientId, token: dead })),
      'credentials-expired',
    )
    for (const client of [first, second, replay, late]) client.drop()
  })
}

test('XEP-0484: a token is good for SASL2 only', async () => {
  const client = await rig.connect()
  const failure = await answer(client, `<auth xmlns='${sasl}' mechanism='HT-SHA-256-NONE'>AAAA</auth>`)
  assert.ok(failure.child('invalid-mechanism', sasl))
  client.drop()
})

test('XEP-0305: a whole sign-in in one piece', async () => {
  const client = await rig.connect({ tls: 'direct' })
  client.wire.keepBytes = true
  const header = `<?xml version='1.0'?><stream:stream to='capulet.example' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`
  client.sendRaw(
    `<auth xmlns='${sasl}' mechanism='PLAIN'>${plain}</auth>${header}` +
      "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>pipe</resource></bind></iq>" +
      "<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq></stream:stream>",
  )
  // Two streams in one piece: the reader of the test stops at the second header, so what came is read as text.
  await new Promise(closed => client.wire.socket.once('close', closed))
  const came = Buffer.concat(client.wire.received).toString()
  assert.match(
    came,
    /<success.*<stream:features>.*<jid>juliet@capulet\.example\/pipe<.*<iq type='result' id='p'.*<\/stream:stream>$/,
  )
  const sasl2Client = await rig.connect({ tls: 'direct' })
  sasl2Client.sendRaw(
    `<authenticate xmlns='${sasl2}' mechanism='PLAIN'><initial-response>${plain}</initial-response>` +
      "<bind xmlns='urn:xmpp:bind:0'/></authenticate><iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq></stream:stream>",
  )
  await sasl2Client.wire.over()
  assert.deepEqual(
    sasl2Client.wire.inbox.map(tree => tree.name),
    ['success', 'features', 'iq'],
  )
  assert.equal(sasl2Client.wire.streamClosed, true)
})

test('nothing of all this was a mistake of ours', () => assert.equal(rig.bugs, 0))
