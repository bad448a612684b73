import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { dialogue } from '../kit/cast.ts'
import type { Tree } from '../kit/tree.ts'

const bodied = (type: string, to: string, id: string) =>
  `<message type="${type}" to="${to}" id="${id}"><body>Soft!</body></message>`
const comesBack = async (actor: Actor, kind: string, id: string, condition: string): Promise<Tree> =>
  actor.receives(
    `<${kind} type="error" id="${id}"><error><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></${kind}>`,
  )

describe('RFC 6121 §8.5.1: there is no such account', () => {
  test(
    'a message comes back, an error does not',
    dialogue(async ({ romeo, server }) => {
      const nobody = `nobody@${server.domain}`
      for (const to of [nobody, `${nobody}/balcony`]) {
        for (const type of ['normal', 'chat', 'groupchat', 'headline']) {
          romeo.sends(bodied(type, to, type))
          const error = await comesBack(romeo, 'message', type, 'service-unavailable')
          assert.equal(error.attr('from'), to)
        }
        romeo.sends(bodied('error', to, 'e'))
      }
      await romeo.receivesNothing()
    }),
  )

  test(
    'presence is dropped in silence, whatever it asks',
    dialogue(async ({ romeo, server }) => {
      const nobody = `nobody@${server.domain}`
      for (const type of ['unavailable', 'probe', 'unsubscribe', 'unsubscribed', 'error'])
        romeo.sends`<presence type="${type}" to="${nobody}"/>`
      romeo.sends`<presence to="${nobody}/balcony"/>`
      await romeo.receivesNothing()
    }),
  )

  test(
    'a request is refused, an answer dropped',
    dialogue(async ({ romeo, server }) => {
      for (const to of [`nobody@${server.domain}`, `nobody@${server.domain}/balcony`]) {
        for (const type of ['get', 'set']) {
          romeo.sends`<iq type="${type}" to="${to}" id="${type}"><query xmlns="urn:example:what"/></iq>`
          await comesBack(romeo, 'iq', type, 'service-unavailable')
        }
        romeo.sends`<iq type="result" to="${to}" id="r"/>`
        romeo.sends`<iq type="error" to="${to}" id="e"><error type="cancel"/></iq>`
      }
      await romeo.receivesNothing()
    }),
  )
})

describe('RFC 6121 §8.5.2: to the bare address', () => {
  test(
    'groupchat is refused, errors go nowhere',
    dialogue(async ({ romeo, juliet }) => {
      romeo.sends(bodied('groupchat', juliet.jid, 'g'))
      await comesBack(romeo, 'message', 'g', 'service-unavailable')
      romeo.sends(bodied('error', juliet.jid, 'e'))
      await romeo.receivesNothing()
      await juliet.receivesNothing()
    }),
  )

  test(
    '§8.5.2.1.3: requests are for the server and never for a device; answers go nowhere',
    dialogue(async ({ romeo, juliet }) => {
      for (const type of ['get', 'set']) {
        romeo.sends`<iq type="${type}" to="${juliet.jid}" id="${type}"><query xmlns="urn:example:what"/></iq>`
        await comesBack(romeo, 'iq', type, 'service-unavailable')
      }
      romeo.sends`<iq type="result" to="${juliet.jid}" id="r"/>`
      romeo.sends`<iq type="error" to="${juliet.jid}" id="e"><error type="cancel"/></iq>`
      await romeo.receivesNothing()
      await juliet.receivesNothing()
    }),
  )

  test(
    '§8.5.2.2: nobody is there: headlines and errors are dropped, groupchat is refused',
    dialogue({ offline: ['juliet'] }, async ({ romeo, juliet }) => {
      romeo.sends(bodied('headline', juliet.jid, 'h'))
      romeo.sends(bodied('error', juliet.jid, 'e'))
      await romeo.receivesNothing()
      romeo.sends(bodied('groupchat', juliet.jid, 'g'))
      await comesBack(romeo, 'message', 'g', 'service-unavailable')
      await juliet.connects()
      await juliet.receivesNothing()
    }),
  )
})

describe('RFC 6121 §8.5.3.2: to a device that is gone', () => {
  test(
    'chat goes where it would go to the bare address, groupchat comes back, headlines and errors are dropped',
    dialogue(async ({ romeo, juliet }) => {
      const gone = `${juliet.jid}/gone`
      romeo.sends(bodied('chat', gone, 'c'))
      await juliet.receives`<message type="chat" id="c" to="${gone}"/>`
      romeo.sends(bodied('groupchat', gone, 'g'))
      await comesBack(romeo, 'message', 'g', 'service-unavailable')
      romeo.sends(bodied('headline', gone, 'h'))
      romeo.sends(bodied('error', gone, 'e'))
      await romeo.receivesNothing()
      await juliet.receivesNothing()
    }),
  )

  test(
    'requests are refused, answers dropped',
    dialogue(async ({ romeo, juliet }) => {
      const gone = `${juliet.jid}/gone`
      romeo.sends`<iq type="get" to="${gone}" id="q"><query xmlns="urn:example:what"/></iq>`
      await comesBack(romeo, 'iq', 'q', 'service-unavailable')
      romeo.sends`<iq type="result" to="${gone}" id="r"/>`
      await romeo.receivesNothing()
      await juliet.receivesNothing()
    }),
  )
})

describe('RFC 6120 §8: what is no stanza', () => {
  test(
    '§8.2.3: requests need an id, a type that exists and exactly one child',
    dialogue(async ({ romeo, server }) => {
      const { domain } = server
      for (const iq of [
        `<iq type="get" to="${domain}"><ping xmlns="urn:xmpp:ping"/></iq>`,
        `<iq type="ask" to="${domain}" id="1"><ping xmlns="urn:xmpp:ping"/></iq>`,
        `<iq to="${domain}" id="1"><ping xmlns="urn:xmpp:ping"/></iq>`,
        `<iq type="get" to="${domain}" id="1"/>`,
        `<iq type="get" to="${domain}" id="1"><ping xmlns="urn:xmpp:ping"/><ping xmlns="urn:xmpp:ping"/></iq>`,
      ]) {
        romeo.sends(iq)
        await romeo.receives`<iq type="error"><error type="modify"><bad-request xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`
      }
    }),
  )

  test(
    '§8.1.1: an address that is none',
    dialogue(async ({ romeo }) => {
      for (const kind of ['message', 'presence', 'iq']) {
        romeo.sends(`<${kind} to="@@" id="j" ${kind === 'iq' ? 'type="get"' : ''}><body/></${kind}>`)
        await comesBack(romeo, kind, 'j', 'jid-malformed')
      }
    }),
  )

  test(
    '§8.1.2.1: nobody speaks for anybody else, and everybody for the connection that he is on',
    dialogue(async ({ romeo, juliet }) => {
      romeo.sends`<message from="${romeo.jid}" to="${juliet.fullJid}" type="chat"><body>I am he</body></message>`
      await juliet.receives`<message from="${romeo.fullJid}"/>`
      romeo.sends`<message from="${romeo.jid}/elsewhere" to="${juliet.fullJid}" type="chat"><body>I am he</body></message>`
      await juliet.receives`<message from="${romeo.fullJid}"/>`
      romeo.sends`<message from="${juliet.jid}" to="${juliet.fullJid}" type="chat"><body>I am she</body></message>`
      await romeo.isCutOff('invalid-from')
      await juliet.receivesNothing()
    }),
  )

  test(
    '§10.4: nowhere to go',
    dialogue(async ({ romeo, juliet }) => {
      romeo.sends(bodied('chat', 'juliet@elsewhere.example', 'm'))
      await comesBack(romeo, 'message', 'm', 'remote-server-not-found')
      romeo.sends`<iq type="get" to="elsewhere.example" id="i"><ping xmlns="urn:xmpp:ping"/></iq>`
      await comesBack(romeo, 'iq', 'i', 'remote-server-not-found')
      await juliet.receivesNothing()
    }),
  )

  test(
    '§10.5.1: the server reads no messages, and says so',
    dialogue(async ({ romeo, server }) => {
      romeo.sends(bodied('chat', server.domain, 'm'))
      await comesBack(romeo, 'message', 'm', 'service-unavailable')
      romeo.sends`<presence to="${server.domain}"/>`
      await romeo.receivesNothing()
    }),
  )
})
