import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import type { Tree } from '../../../tests/kit/tree.ts'

const options =
  `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE">` +
  `<value>http://jabber.org/protocol/pubsub#publish-options</value></field>` +
  `<field var="secret"><value>eruio234vzxc2kla-91</value></field></x>`

/** Tybalt's device plays the app server. */
const enables = async (phone: Actor, server: Actor, node: string, inside = ''): Promise<void> => {
  const answer = await phone.asks(
    `<iq type="set"><enable xmlns="urn:xmpp:push:0" jid="${server.fullJid}" node="${node}">${inside}</enable></iq>`,
  )
  assert.equal(answer.attr('type'), 'result')
}
const isWoken = (server: Actor, node: string): Promise<Tree> =>
  server.eventually(
    `<iq type="set" from="localhost"><pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="${node}"/></pubsub></iq>`,
  )
const accepts = (server: Actor, notification: Tree): void =>
  server.sends(`<iq type="result" id="${notification.attr('id')}" to="localhost"/>`)
const says = (from: Actor, to: Actor, body = 'Soft!'): void =>
  from.sends(`<message type="chat" to="${to.jid}"><body>${body}</body></message>`)

/** The client looks after itself as it does after a real connection. */
async function comes(phone: Actor): Promise<void> {
  await phone.connects()
  await phone.forgets()
}

describe('XEP-0357', () => {
  test(
    'a phone that is away is woken, once until it is back, and its app server learns nothing else',
    dialogue(async ({ romeo, julietsPhone, tybalt }) => {
      await enables(julietsPhone, tybalt, 'yxs32', options)
      await julietsPhone.disconnects()
      says(romeo, julietsPhone)
      const notification = await tybalt.receivesStrictly(
        `<iq type="set" from="localhost" to="${tybalt.fullJid}" id="…"><pubsub xmlns="http://jabber.org/protocol/pubsub">` +
          `<publish node="yxs32"><item><notification xmlns="urn:xmpp:push:0"><x xmlns="jabber:x:data" type="result">` +
          `<field var="FORM_TYPE" type="hidden"><value>urn:xmpp:push:summary</value></field></x></notification></item>` +
          `</publish><publish-options>${options}</publish-options></pubsub></iq>`,
      )
      accepts(tybalt, notification)
      says(romeo, julietsPhone, 'What light?')
      await tybalt.receivesNothing()

      await comes(julietsPhone)
      await julietsPhone.disconnects()
      says(romeo, julietsPhone)
      await isWoken(tybalt, 'yxs32')
    }),
  )

  test(
    'a call wakes a phone that was woken for a message, and then nothing does',
    dialogue(async ({ romeo, julietsPhone, tybalt }) => {
      await enables(julietsPhone, tybalt, 'one')
      await julietsPhone.disconnects()
      says(romeo, julietsPhone)
      accepts(tybalt, await isWoken(tybalt, 'one'))
      const call = `<message to="${julietsPhone.jid}" type="chat"><propose xmlns="urn:xmpp:jingle-message:0" id="c"/></message>`
      romeo.sends(call)
      accepts(tybalt, await isWoken(tybalt, 'one'))
      romeo.sends(call)
      says(romeo, julietsPhone)
      await tybalt.receivesNothing()
    }),
  )

  test(
    'a phone that is away is woken although another device got the message; devices that are here are not',
    dialogue(async ({ romeo, juliet, julietsPhone, julietsTablet, tybalt }) => {
      await enables(juliet, tybalt, 'laptop')
      await enables(julietsPhone, tybalt, 'phone')
      await enables(julietsTablet, tybalt, 'tablet')
      await julietsPhone.disconnects()
      says(romeo, juliet)
      await isWoken(tybalt, 'phone')
      await tybalt.receivesNothing()
    }),
  )

  test(
    'nobody is woken for typing, for what is not kept, or for what the owner said',
    dialogue(async ({ romeo, juliet, julietsPhone, tybalt }) => {
      await enables(julietsPhone, tybalt, 'phone')
      await julietsPhone.disconnects()
      romeo.sends(
        `<message type="chat" to="${juliet.jid}"><composing xmlns="http://jabber.org/protocol/chatstates"/></message>`,
      )
      romeo.sends(
        `<message type="chat" to="${juliet.jid}"><body>Hush</body><no-store xmlns="urn:xmpp:hints"/></message>`,
      )
      says(juliet, romeo)
      says(juliet, juliet)
      await tybalt.receivesNothing()
    }),
  )

  test(
    'a disabled registration wakes nobody: one node, or all of an app server',
    dialogue(async ({ romeo, julietsPhone, tybalt }) => {
      for (const node of ['one', 'two', 'three']) await enables(julietsPhone, tybalt, node)
      const disable = (node: string) =>
        julietsPhone.asks(`<iq type="set"><disable xmlns="urn:xmpp:push:0" jid="${tybalt.fullJid}"${node}/></iq>`)
      assert.equal((await disable(' node="two"')).attr('type'), 'result')
      await julietsPhone.disconnects()
      says(romeo, julietsPhone)
      await isWoken(tybalt, 'one')
      await isWoken(tybalt, 'three')
      await tybalt.receivesNothing()
      await comes(julietsPhone)
      assert.equal((await disable('')).attr('type'), 'result')
      await julietsPhone.disconnects()
      says(romeo, julietsPhone)
      await tybalt.receivesNothing()
    }),
  )

  test(
    '#publish-errors: a registration that is refused ends',
    dialogue(async ({ romeo, julietsPhone, tybalt }) => {
      await enables(julietsPhone, tybalt, 'gone')
      await julietsPhone.disconnects()
      says(romeo, julietsPhone)
      const { id } = { id: (await isWoken(tybalt, 'gone')).attr('id') }
      tybalt.sends(
        `<iq type="error" id="${id}" to="localhost"><error type="cancel">` +
          `<item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
      )
      await comes(julietsPhone)
      await julietsPhone.disconnects()
      says(romeo, julietsPhone)
      await tybalt.receivesNothing()
    }),
  )

  test(
    '#publish-errors: an error that may pass ends nothing',
    dialogue(async ({ romeo, julietsPhone, tybalt }) => {
      await enables(julietsPhone, tybalt, 'busy')
      await julietsPhone.disconnects()
      says(romeo, julietsPhone)
      const notification = await isWoken(tybalt, 'busy')
      tybalt.sends(
        `<iq type="error" id="${notification.attr('id')}" to="localhost"><error type="wait">` +
          `<resource-constraint xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
      )
      await tybalt.receivesNothing()
      says(romeo, julietsPhone)
      // Not at once, but when it enables anew.
      await tybalt.receivesNothing()
      await comes(julietsPhone)
      await enables(julietsPhone, tybalt, 'busy2')
      await julietsPhone.disconnects()
      says(romeo, julietsPhone)
      await isWoken(tybalt, 'busy2')
    }),
  )

  test(
    'a device that waits to be resumed is woken: for what it missed, and for what comes',
    dialogue(async ({ romeo, julietsPhone, tybalt }) => {
      await enables(julietsPhone, tybalt, 'phone')
      await julietsPhone.sm.enable({ resume: true })
      julietsPhone.sm.manual = true
      says(romeo, julietsPhone, 'lost on the way')
      await julietsPhone.eventually('<message><body>lost on the way</body></message>')
      julietsPhone.drops()
      accepts(tybalt, await isWoken(tybalt, 'phone'))
      says(romeo, julietsPhone, 'one more')
      await tybalt.receivesNothing()
    }),
  )

  test(
    'a device that waits to be resumed and missed nothing is woken by the next message only',
    dialogue(async ({ romeo, julietsPhone, tybalt }) => {
      await enables(julietsPhone, tybalt, 'phone')
      await julietsPhone.sm.enable({ resume: true })
      await julietsPhone.sm.flush()
      julietsPhone.drops()
      await tybalt.receivesNothing()
      says(romeo, julietsPhone)
      await isWoken(tybalt, 'phone')
    }),
  )

  test(
    'a connected device that does not acknowledge is woken after a while',
    dialogue({ settings: { push: { patience_seconds: 1 } } }, async ({ romeo, julietsPhone, tybalt }) => {
      await enables(julietsPhone, tybalt, 'phone')
      await julietsPhone.sm.enable({ resume: true })
      julietsPhone.sm.manual = true
      says(romeo, julietsPhone)
      accepts(tybalt, await isWoken(tybalt, 'phone'))
    }),
  )

  test(
    'XEP-0352: an inactive client without stream management is woken at once, an active one never',
    dialogue(async ({ romeo, julietsPhone, tybalt }) => {
      await enables(julietsPhone, tybalt, 'phone')
      says(romeo, julietsPhone)
      await tybalt.receivesNothing()
      julietsPhone.sends('<inactive xmlns="urn:xmpp:csi:0"/>')
      await julietsPhone.asks('<iq type="get"><ping xmlns="urn:xmpp:ping"/></iq>')
      says(romeo, julietsPhone)
      await isWoken(tybalt, 'phone')
    }),
  )

  test(
    'the last registration of a node counts, with its options',
    dialogue(async ({ romeo, julietsPhone, tybalt }) => {
      await enables(julietsPhone, tybalt, 'node')
      await enables(julietsPhone, tybalt, 'node', options)
      await julietsPhone.disconnects()
      says(romeo, julietsPhone)
      const { children } = (await isWoken(tybalt, 'node')).at('pubsub')
      assert.equal(children.length, 2)
      await tybalt.receivesNothing()
    }),
  )

  test(
    'of too many registrations the oldest gives way',
    dialogue({ settings: { push: { registrations: 2 } } }, async ({ romeo, julietsPhone, tybalt }) => {
      for (const node of ['one', 'two', 'three']) await enables(julietsPhone, tybalt, node)
      await julietsPhone.disconnects()
      says(romeo, julietsPhone)
      await isWoken(tybalt, 'two')
      await isWoken(tybalt, 'three')
      await tybalt.receivesNothing()
    }),
  )

  test(
    'what cannot be understood is refused',
    dialogue(async ({ romeo, juliet }) => {
      const condition = async (actor: Actor, to: string, inside: string): Promise<string | undefined> =>
        (await actor.asks(`<iq type="set"${to}>${inside}</iq>`)).need('error').elements()[0]?.name
      const enable = (attributes: string, inside = '') =>
        `<enable xmlns="urn:xmpp:push:0" ${attributes}>${inside}</enable>`
      assert.equal(await condition(juliet, '', enable('node="a"')), 'bad-request')
      assert.equal(await condition(juliet, '', enable('jid="@"')), 'jid-malformed')
      assert.equal(await condition(juliet, '', enable(`jid="a.b" node="${'n'.repeat(5000)}"`)), 'policy-violation')
      const form = '<x xmlns="jabber:x:data" type="submit"/>'
      assert.equal(await condition(juliet, '', enable('jid="a.b"', form)), 'bad-request')
      assert.equal(await condition(romeo, ` to="${juliet.jid}"`, enable('jid="a.b"')), 'service-unavailable')
    }),
  )

  test(
    '#disco: the account tells of it',
    dialogue(async ({ juliet }) => {
      const info = await juliet.asks(
        `<iq type="get" to="${juliet.jid}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`,
      )
      const features = info
        .need('query')
        .elements()
        .map(element => element.attr('var'))
      assert.ok(features.includes('urn:xmpp:push:0'))
    }),
  )
})
