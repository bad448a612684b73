import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { dialogue } from '../kit/cast.ts'
import { UpgradeRefused, WebSocketPeer, type WebSocketStream } from '../kit/websocket.ts'
import { domain, Rig } from './rig.ts'

const over = { tls: 'websocket' } as const

test(
  'RFC 7395: two people talk, one over WebSocket, one over TCP',
  dialogue({ offline: ['romeo'] }, async ({ romeo, juliet }) => {
    await romeo.connects(over)
    await romeo.sends`<message to="${juliet.fullJid}" type="chat"><body>Soft! ☾</body></message>`
    await juliet.receives`<message from="${romeo.fullJid}"><body>Soft! ☾</body></message>`
    await juliet.sends`<message to="${romeo.fullJid}" type="chat"><body>Romeo &amp; &lt;</body></message>`
    await romeo.receives`<message from="${juliet.fullJid}"><body>Romeo &amp; &lt;</body></message>`
    await romeo.disconnects()
    assert.equal((romeo.client.wire.socket as unknown as WebSocketStream).closedWith, 1000)
    assert.ok(romeo.client.wire.streamClosed)
  }),
)

test(
  'RFC 7395 §3.3.2: what uses the prefix of streams declares it',
  dialogue({ offline: ['romeo'] }, async ({ romeo, juliet }) => {
    await romeo.connects(over)
    await juliet.sends`<message to="${romeo.fullJid}" type="chat" id=" xmlns='x' "><stream:odd/><body>Soft!</body></message>`
    const came = await romeo.receives`<message from="${juliet.fullJid}"><body>Soft!</body></message>`
    assert.ok(came.child('odd', 'http://etherx.jabber.org/streams'))
  }),
)

test(
  'RFC 7395 §3.6.1: a stream that was not closed can be resumed; signing in is bound to the channel (RFC 9266)',
  dialogue({ offline: ['romeo'] }, async ({ romeo, juliet }) => {
    const inline = "<bind xmlns='urn:xmpp:bind:0'><enable xmlns='urn:xmpp:sm:3' resume='true'/></bind>"
    await romeo.connects({ ...over, sasl2: { inline, mechanism: 'SCRAM-SHA-256-PLUS' } })
    const { id, handled } = romeo.sm
    romeo.drops()
    await juliet.sends`<message to="${romeo.jid}" type="chat"><body>Wherefore?</body></message>`
    const client = await romeo.reaches(over)
    const resume = `<resume xmlns='urn:xmpp:sm:3' previd='${id}' h='${handled}'/>`
    const success = await client.signIn2({ username: romeo.username, password: romeo.password, inline: resume })
    assert.ok(success.child('resumed', 'urn:xmpp:sm:3'))
    await romeo.eventually`<message><body>Wherefore?</body></message>`
  }),
)

const framing = 'urn:ietf:params:xml:ns:xmpp-framing'
const open = `<open xmlns='${framing}' to='${domain}' version='1.0'/>`

describe('a WebSocket', () => {
  let rig: Rig
  before(async () => {
    rig = await Rig.start({ settings: { SOTTO_LIMITS_STANZA_BYTES: '20000' } })
    await rig.account('romeo')
  })
  after(() => rig.stop())

  const where = () => ({ host: '127.0.0.1', port: rig.listeners.ports.https, domain })

  /** What the server says to these frames, in the words of a log, until the connection ends. */
  const hears = async (sends: (peer: WebSocketPeer) => void): Promise<string[]> => {
    const peer = await WebSocketPeer.connect(where())
    const said: string[] = []
    const over = new Promise<void>(resolve => peer.socket.once('close', () => resolve()))
    peer.heard = (opcode, payload) => {
      if (opcode === 8) said.push(`closed with ${payload.readUInt16BE(0)}`)
      else if (opcode === 10) said.push(`pong ${payload}`)
      else said.push(payload.toString())
      if (opcode === 8) peer.send(8, payload)
    }
    sends(peer)
    await over
    return said
  }
  const condition = (said: readonly string[]) =>
    said.map(each => /<stream:error[^>]*><([a-z-]+) /.exec(each)?.[1]).find(each => each !== undefined)

  test('is there for those who ask for XMPP', async () => {
    const refusals = [
      [{ 'sec-websocket-protocol': '' }, 400],
      [{ 'sec-websocket-protocol': 'mqtt' }, 400],
      [{ 'sec-websocket-key': 'short' }, 400],
      [{ 'sec-websocket-version': '8' }, 426],
    ] as const
    for (const [headers, status] of refusals)
      await assert.rejects(WebSocketPeer.connect({ ...where(), headers }), (thrown: UpgradeRefused) => {
        assert.equal(thrown.status, status)
        return true
      })
    await assert.rejects(WebSocketPeer.connect({ ...where(), path: '/elsewhere' }), UpgradeRefused)
  })

  test('is there for the pages of any site, which are offered no channel binding: browsers have none', async () => {
    const page = await rig.connect({ tls: 'websocket', webHeaders: { origin: 'https://chat.example' } })
    const other = await rig.connect({ tls: 'websocket' })
    const bound = (client: typeof page) => client.mechanisms().filter(each => each.endsWith('-PLUS'))
    assert.deepEqual(bound(page), [])
    assert.notDeepEqual(bound(other), [])
    page.drop()
    other.drop()
  })

  test('answers a ping, whenever it comes', async () => {
    const said = await hears(peer => {
      peer.send(1, open.slice(0, 20), { last: false })
      peer.send(9, 'Juliet')
      peer.send(0, open.slice(20))
      peer.send(1, `<close xmlns='${framing}'/>`)
    })
    assert.equal(said[0], 'pong Juliet')
    assert.match(said[1]!, /^<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' id='[\w-]+' from='capulet.example'/)
    assert.match(said[2]!, /^<stream:features xmlns:stream='http:\/\/etherx.jabber.org\/streams'>/)
    assert.deepEqual(said.slice(3), [`<close xmlns='${framing}'/>`, 'closed with 1000'])
  })

  test('is over for those who do not keep to RFC 6455', async () => {
    const bent: [string, (peer: WebSocketPeer) => void, number][] = [
      ['a frame without a mask', peer => peer.send(1, open, { mask: false }), 1002],
      ['bits of an extension', peer => peer.send(1, open, { reserved: 0x40 }), 1002],
      ['a continuation of nothing', peer => peer.send(0, open), 1002],
      ['a ping in parts', peer => peer.send(9, 'x', { last: false }), 1002],
      ['a long ping', peer => peer.send(9, 'x'.repeat(126)), 1002],
      ['an unknown kind', peer => peer.send(3, open), 1002],
      ['bytes', peer => peer.send(2, open), 1003],
    ]
    for (const [what, sends, code] of bent) {
      const said = await hears(sends)
      assert.equal(said.at(-1), `closed with ${code}`, what)
    }
  })

  test('holds one element in each message', async () => {
    const bent: [string, string][] = [
      ['<presence', 'bad-format'],
      [`<presence xmlns='jabber:client'/><presence xmlns='jabber:client'/>`, 'bad-format'],
      ['</stream:stream>', 'bad-format'],
      [`<stream:stream xmlns='jabber:client'/>`, 'not-authorized'],
      [open, 'bad-format'],
      ['<a></b>', 'not-well-formed'],
      [`<a xmlns='x'>${'x'.repeat(20_000)}</a>`, 'policy-violation'],
    ]
    for (const [message, expected] of bent) {
      const said = await hears(peer => {
        peer.send(1, open)
        peer.send(1, message)
      })
      assert.equal(condition(said), expected, message.slice(0, 40))
      assert.equal(said.at(-1), 'closed with 1000')
    }
    assert.equal(condition(await hears(peer => peer.send(1, "<presence xmlns='jabber:client'/>"))), 'bad-format')
  })

  test('ends the stream of somebody whose stanza is too large', async () => {
    const romeo = await rig.device('romeo', 'balcony', { tls: 'websocket' })
    romeo.send(`<presence><status>${'x'.repeat(15_000)}</status></presence>`)
    await romeo.ping()
    romeo.send(`<presence><status>${'x'.repeat(25_000)}</status></presence>`)
    await romeo.wire.over()
    assert.equal(romeo.wire.streamError?.elements()[0]?.name, 'policy-violation')
  })

  test('is pinged before anybody takes it for dead, and gone when nobody answers', async () => {
    const romeo = await rig.device('romeo', 'balcony', { tls: 'websocket' })
    const stream = romeo.wire.socket as unknown as WebSocketStream
    const pinged = new Promise<void>(resolve => {
      const { heard } = stream.peer
      stream.peer.heard = (opcode, payload) => (opcode === 9 ? resolve() : heard(opcode, payload))
    })
    rig.passes(60)
    await pinged
    rig.passes(300)
    rig.passes(61)
    await romeo.wire.over()
    assert.equal(romeo.wire.streamError?.elements()[0]?.name, 'connection-timeout')
  })

  test('ends with the service, which says so', async () => {
    const own = await Rig.start()
    await own.account('romeo')
    const romeo = await own.device('romeo', 'balcony', { tls: 'websocket' })
    await Promise.all([own.stop(), romeo.wire.over()])
    assert.equal(romeo.wire.streamError?.elements()[0]?.name, 'system-shutdown')
  })
})
