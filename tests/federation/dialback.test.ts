/** XEP-0220, XEP-0344: servers without a certificate that somebody vouches for. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { selfMade } from '../kit/federation/authority.ts'
import { dialback, offersExternal, Stranger, StrangerServer } from '../kit/federation/stranger.ts'
import { among, type World } from '../kit/federation/two-servers.ts'

const from = 'padua.lit'
const settings = { federation: { require_certificates: false } }
const own = (name: string) => ({ credential: () => selfMade({ names: [name] }), settings })

test(
  'two servers that nobody vouches for find each other again where DNS says they are, and talk',
  among({ verona: own('verona.lit'), mantua: own('mantua.lit') }, async ({ verona, mantua, at }) => {
    const juliet = await at(verona, 'juliet')
    const romeo = await at(mantua, 'romeo')
    juliet.sends`<message to="${romeo.jid}" type="chat"><body>Romeo</body></message>`
    await romeo.receives`<message from="${juliet.fullJid}"><body>Romeo</body></message>`
    romeo.sends`<message to="${juliet.jid}" type="chat"><body>Juliet</body></message>`
    await juliet.receives`<message from="${romeo.fullJid}"><body>Juliet</body></message>`
  }),
)

test(
  'one that requires certificates does not talk to one that has none; the other is told',
  among({ mantua: own('mantua.lit') }, async ({ verona, mantua, at }) => {
    const juliet = await at(verona, 'juliet')
    const romeo = await at(mantua, 'romeo')
    romeo.sends`<message to="${juliet.jid}" type="chat" id="m1"><body>Juliet</body></message>`
    await romeo.receives`<message type="error" id="m1"><error><remote-server-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`
    await juliet.receivesNothing()
  }),
)

describe('a server that wants to be believed', () => {
  /** The stranger's own server, which is asked about keys. */
  async function authority(world: World): Promise<StrangerServer> {
    const server = await StrangerServer.listens(selfMade({ names: [from] }))
    world.dns.knows(from, { s2sTls: server.port })
    return server
  }
  const claims = (stranger: Stranger, key = 'a key', to = 'verona.lit') =>
    stranger.says(`<db:result from='${from}' to='${to}'>${key}</db:result>`)

  test(
    'is, if the server that DNS names for it knows the key',
    among({ verona: own('verona.lit') }, async world => {
      const juliet = await world.at(world.verona, 'juliet')
      const server = await authority(world)
      const stranger = await Stranger.calls(world.verona, { from })
      assert.ok(!offersExternal(stranger.features))
      assert.ok(stranger.offers('dialback', 'urn:xmpp:features:dialback'))
      claims(stranger, 'a key &amp; more')
      const asked = await server.isCalled('')
      const question = await asked.next()
      assert.ok(question.is('verify', dialback))
      assert.equal(question.attr('from'), 'verona.lit')
      assert.equal(question.attr('to'), from)
      assert.equal(question.attr('id'), stranger.id)
      assert.equal(question.text(), 'a key & more')
      asked.write(`<db:verify from='${from}' to='verona.lit' id='${stranger.id}' type='valid'/>`)
      const answer = await stranger.wire.next()
      assert.ok(answer.is('result', dialback))
      assert.equal(answer.attr('type'), 'valid')
      stranger.says(`<message from='a@${from}' to='${juliet.jid}'><body>Well met</body></message>`)
      await juliet.receives`<message from="a@${from}"><body>Well met</body></message>`
      server.close()
    }),
  )

  test(
    'is not, if that server does not',
    among({ verona: own('verona.lit') }, async world => {
      const juliet = await world.at(world.verona, 'juliet')
      const server = await authority(world)
      const stranger = await Stranger.calls(world.verona, { from })
      claims(stranger)
      const asked = await server.isCalled('')
      await asked.next()
      asked.write(`<db:verify from='mantua.lit' to='verona.lit' id='${stranger.id}' type='valid'/>`)
      asked.write(`<db:verify from='${from}' to='verona.lit' id='another' type='valid'/>`)
      asked.write(`<db:verify from='${from}' to='verona.lit' id='${stranger.id}' type='invalid'/>`)
      assert.equal((await stranger.wire.next()).attr('type'), 'invalid')
      await stranger.wire.over()
      await juliet.receivesNothing()
      server.close()
    }),
  )

  test(
    'XEP-0220#errors: hears why nobody could be asked; nobody is asked again and again',
    among({ verona: own('verona.lit') }, async ({ verona, dns }) => {
      const stranger = await Stranger.calls(verona, { from })
      const condition = async () => {
        const answer = await stranger.wire.next()
        assert.equal(answer.attr('type'), 'error')
        return answer.elements()[0]?.elements()[0]?.name
      }
      claims(stranger)
      assert.equal(await condition(), 'remote-server-not-found')
      const before = dns.asked.length
      claims(stranger)
      assert.equal(await condition(), 'remote-server-timeout')
      assert.equal(dns.asked.length, before)
      claims(stranger, 'a key', 'nowhere.lit')
      assert.equal(await condition(), 'item-not-found')
      stranger.says(`<db:result from='verona.lit' to='verona.lit'>key</db:result>`)
      assert.equal(await condition(), 'not-acceptable')
    }),
  )

  test(
    'cannot make the server call more than a few others at a time',
    among({ verona: own('verona.lit') }, async ({ verona, dns }) => {
      const stranger = await Stranger.calls(verona, { from })
      for (let n = 0; n < 20; n++) {
        dns.silent.add(`_xmpp-server._tcp.n${n}.lit`)
        stranger.says(`<db:result from='n${n}.lit' to='verona.lit'>key</db:result>`)
      }
      for (let n = 0; n < 16; n++) {
        const answer = await stranger.wire.next()
        assert.ok(answer.elements()[0]?.elements()[0]?.is('resource-constraint'))
      }
      assert.equal(dns.asked.filter(each => each.startsWith('SRV _xmpp-server._tcp.n')).length, 4)
    }),
  )
})

test(
  'XEP-0220#auth-answer: the server says which keys are its own, to whoever asks',
  among({ verona: own('verona.lit') }, async ({ verona, dns, at }) => {
    const server = await StrangerServer.listens(selfMade({ names: [from] }))
    dns.knows(from, { s2sTls: server.port })
    const juliet = await at(verona, 'juliet')
    juliet.sends`<message to="a@${from}"><body>Hello</body></message>`
    const called = await server.isCalled(`<dialback xmlns='urn:xmpp:features:dialback'/>`, 'their-id')
    const claim = await called.next()
    assert.ok(claim.is('result', dialback))
    const asking = await Stranger.calls(verona, { from })
    const isRight = async (key: string, to = 'verona.lit', id = 'their-id') => {
      asking.says(`<db:verify from='${from}' to='${to}' id='${id}'>${key}</db:verify>`)
      const answer = await asking.wire.next()
      assert.equal(answer.attr('id'), id)
      return answer.attr('type')
    }
    assert.equal(await isRight(claim.text()), 'valid')
    assert.equal(await isRight(claim.text(), 'verona.lit', 'another-id'), 'invalid')
    assert.equal(await isRight('another key'), 'invalid')
    assert.equal(await isRight(claim.text(), 'nowhere.lit'), 'error')
    called.write(`<db:result from='${from}' to='verona.lit' type='valid'/>`)
    assert.equal((await called.next()).at('body').text(), 'Hello')
    server.close()
  }),
)
