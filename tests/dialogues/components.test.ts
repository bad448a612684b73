import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { dialogue } from '../kit/cast.ts'
import type { TestServer } from '../kit/server.ts'
import type { Tree } from '../kit/tree.ts'
import { Wire } from '../kit/wire.ts'

const domain = 'bridge.verona.lit'
const secret = 'what only the two of us know'.replaceAll(' ', '-')
const settings = { components: { port: 0, secrets: [`${domain} ${secret}`] } }
const accept = 'jabber:component:accept'

/** The header, and what the server says to it. */
async function opens(server: TestServer, to = domain, namespace = accept): Promise<Wire> {
  const wire = await Wire.connect({ host: '127.0.0.1', port: server.ports.components!, domain })
  wire.write(`<stream:stream xmlns='${namespace}' xmlns:stream='http://etherx.jabber.org/streams' to='${to}'>`)
  await wire.until(() => wire.header, 'header')
  return wire
}
async function connects(server: TestServer, key = secret): Promise<Wire> {
  const wire = await opens(server)
  const digest = createHash('sha1')
    .update(`${wire.header!.attr('id')}${key}`)
    .digest('hex')
  wire.write(`<handshake>${digest}</handshake>`)
  return wire
}
async function accepted(server: TestServer): Promise<Wire> {
  const wire = await connects(server)
  assert.ok((await wire.next()).is('handshake', accept))
  return wire
}
async function isCutOff(wire: Wire, condition: string): Promise<void> {
  await wire.over()
  assert.equal(wire.streamError?.elements()[0]?.name, condition)
}
const conditionOf = (answer: Tree): string | undefined => answer.child('error')?.elements()[0]?.name

describe('XEP-0114', () => {
  test(
    '#proto: messages, requests and presence pass in both directions, in the name of anybody of the component’s domain',
    dialogue({ settings }, async ({ romeo, server }) => {
      const bridge = await accepted(server)
      assert.equal(bridge.header!.attr('from'), domain)
      romeo.sends(`<message to="mercutio@${domain}/x" type="chat" id="m1"><body>Soft!</body></message>`)
      const message = await bridge.next()
      assert.equal(message.ns, accept)
      assert.equal(message.attr('from'), romeo.fullJid)
      assert.equal(message.need('body', accept).text(), 'Soft!')

      bridge.write(
        `<message from='mercutio@${domain}' to='${romeo.jid}' type='chat'><body>Nay, gentle Romeo</body></message>`,
      )
      await romeo.receives(`<message from="mercutio@${domain}" type="chat"><body>Nay, gentle Romeo</body></message>`)

      const asked = romeo.asks(`<iq type="get" to="${domain}"><query xmlns="urn:example:bridge"/></iq>`)
      const request = await bridge.next()
      bridge.write(
        `<iq type='result' id='${request.attr('id')}' from='${domain}' to='${request.attr('from')}'><query xmlns='urn:example:bridge'>yes</query></iq>`,
      )
      assert.equal((await asked).need('query').text(), 'yes')

      bridge.write(`<iq type='get' id='v' from='${domain}' to='localhost'><query xmlns='jabber:iq:version'/></iq>`)
      assert.equal((await bridge.next()).attr('type'), 'result')

      bridge.write(`<presence from='mercutio@${domain}' to='${romeo.jid}' type='subscribe'/>`)
      await romeo.receives(`<presence from="mercutio@${domain}" type="subscribe"/>`)
      romeo.sends(`<presence to="mercutio@${domain}" type="subscribed"/>`)
      assert.equal((await bridge.next()).attr('type'), 'subscribed')
      assert.equal((await bridge.next()).name, 'presence')

      const items = await romeo.asks(
        '<iq type="get" to="localhost"><query xmlns="http://jabber.org/protocol/disco#items"/></iq>',
      )
      assert.ok(
        items
          .need('query')
          .elements()
          .some(item => item.attr('jid') === domain),
      )
      bridge.drop()
    }),
  )

  test(
    '#proto: who does not know the secret, or serves another domain, is not let in',
    dialogue({ settings }, async ({ server }) => {
      await isCutOff(await connects(server, 'guessed'), 'not-authorized')
      await isCutOff(await opens(server, 'else.verona.lit'), 'host-unknown')
      await isCutOff(await opens(server, domain, 'jabber:client'), 'invalid-namespace')
      const early = await opens(server)
      early.write(`<message from='${domain}' to='a@localhost'/>`)
      await isCutOff(early, 'not-authorized')
    }),
  )

  test(
    '#proto: a component speaks for its own domain only',
    dialogue({ settings }, async ({ romeo, server }) => {
      const forging = await accepted(server)
      forging.write(`<message from='juliet@localhost' to='${romeo.jid}'><body>Poison!</body></message>`)
      await isCutOff(forging, 'invalid-from')
      const nowhere = await accepted(server)
      nowhere.write(`<message from='${domain}'><body>To whom?</body></message>`)
      await isCutOff(nowhere, 'improper-addressing')
      await romeo.receivesNothing()
    }),
  )

  test(
    'while it is away its senders hear so; it can come again, also while its old connection is still there',
    dialogue({ settings }, async ({ romeo, server }) => {
      const question = `<iq type="get" to="${domain}"><query xmlns="urn:example:bridge"/></iq>`
      const absent = await romeo.asks(question)
      assert.equal(conditionOf(absent), 'service-unavailable')
      assert.equal(absent.need('error').attr('type'), 'wait')
      const first = await accepted(server)
      const second = await accepted(server)
      await isCutOff(first, 'conflict')
      romeo.sends(`<message to="${domain}"><body>Still there?</body></message>`)
      assert.equal((await second.next()).need('body').text(), 'Still there?')
      second.write('</stream:stream>')
      await second.over()
      assert.equal(conditionOf(await romeo.asks(question)), 'service-unavailable')
      assert.equal(conditionOf(await romeo.asks(question.replace(domain, 'else.lit'))), 'remote-server-not-found')
    }),
  )

  test(
    'what is too large, or not XML, ends the stream',
    dialogue({ settings }, async ({ server }) => {
      const large = await opens(server)
      large.write(`<handshake>${'0'.repeat(20_000)}`)
      await isCutOff(large, 'policy-violation')
      const broken = await accepted(server)
      broken.write('<message></iq>')
      await isCutOff(broken, 'not-well-formed')
    }),
  )

  test(
    'XEP-0357: an app server can be a component',
    dialogue({ settings }, async ({ romeo, julietsPhone, server }) => {
      const bridge = await accepted(server)
      await julietsPhone.asks(`<iq type="set"><enable xmlns="urn:xmpp:push:0" jid="${domain}" node="phone"/></iq>`)
      await julietsPhone.disconnects()
      romeo.sends(`<message to="${julietsPhone.jid}" type="chat"><body>Soft!</body></message>`)
      const notification = await bridge.next()
      assert.equal(notification.attr('from'), 'localhost')
      assert.equal(notification.at('pubsub', 'publish').attr('node'), 'phone')
      bridge.drop()
    }),
  )
})
