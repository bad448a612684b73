/** XEP-0114 with components that are wrong, silent, forging, deaf or gone. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { accept, bridge, bridgeDomain, bridgeSettings } from '../kit/bridge.ts'
import { dialogue } from '../kit/cast.ts'
import { conditionOf } from '../kit/commands.ts'
import type { TestServer } from '../kit/server.ts'
import type { Tree } from '../kit/tree.ts'
import { streamsNamespace, Wire } from '../kit/wire.ts'

const secret = bridgeSettings.components.secrets[0]!.split(' ')[1]!
const settings = bridgeSettings

const connects = (server: TestServer): Promise<Wire> =>
  Wire.connect({ host: '127.0.0.1', port: server.ports.components!, domain: bridgeDomain })
const header = (to: string, namespace = accept, streams = streamsNamespace) =>
  `<stream:stream xmlns='${namespace}' xmlns:stream='${streams}'${to}>`
async function opens(server: TestServer): Promise<Wire> {
  const wire = await connects(server)
  wire.write(header(` to='${bridgeDomain}'`))
  await wire.until(() => wire.header, 'header')
  return wire
}
const digest = (wire: Wire) => createHash('sha1').update(`${wire.header!.attr('id')}${secret}`)
/** RFC 6120 §4.9.1.2: header, error and end, whatever went wrong. */
async function isRefused(wire: Wire, condition: string): Promise<void> {
  await wire.over()
  assert.ok(wire.header)
  assert.equal(wire.streamError?.elements()[0]?.name, condition)
  assert.equal(wire.streamClosed, true)
}
const asks = (actor: Actor): Promise<Tree> =>
  actor.asks(`<iq type="get" to="${bridgeDomain}"><query xmlns="urn:example:bridge"/></iq>`)

describe('XEP-0114#proto: the handshake', () => {
  test(
    'is 40 lowercase hexadecimal digits and nothing else',
    dialogue({ settings }, async ({ romeo, server }) => {
      const wrong: readonly ((wire: Wire) => string)[] = [
        wire => `<handshake>${digest(wire).digest('hex').toUpperCase()}</handshake>`,
        wire => `<handshake>${digest(wire).digest('base64')}</handshake>`,
        wire => `<handshake>${digest(wire).digest('hex').slice(1)}</handshake>`,
        wire => `<handshake>${digest(wire).digest('hex')}00</handshake>`,
        wire => `<handshake xmlns='jabber:client'>${digest(wire).digest('hex')}</handshake>`,
        wire => `<hand>${digest(wire).digest('hex')}</hand>`,
        wire => `<handshake><x>${digest(wire).digest('hex')}</x></handshake>`,
        () => '<handshake/>',
        () => `<handshake>${createHash('sha1').update(secret).digest('hex')}</handshake>`,
        () => `<handshake>${secret}</handshake>`,
        () => `<iq type='get' id='1' from='${bridgeDomain}' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>`,
      ]
      for (const [at, says] of wrong.entries()) {
        const wire = await opens(server)
        wire.write(says(wire))
        await isRefused(wire, 'not-authorized').catch(thrown => assert.fail(`handshake ${at}: ${thrown}`))
      }
      // Of another stream: it is bound to this one.
      const [one, other] = [await opens(server), await opens(server)]
      other.write(`<handshake>${digest(one).digest('hex')}</handshake>`)
      await isRefused(other, 'not-authorized')
      one.drop()
      assert.equal(conditionOf(await asks(romeo)), 'service-unavailable')
    }),
  )

  test(
    'and the header before it: each mistake has its condition, told as a whole stream',
    dialogue({ settings }, async ({ server }) => {
      const of = async (text: string, condition: string) => {
        const wire = await connects(server)
        wire.write(text)
        await isRefused(wire, condition).catch(thrown => assert.fail(`${text}: ${thrown}`))
      }
      await of(header(''), 'host-unknown')
      await of(header(` to=''`), 'host-unknown')
      await of(header(` to='localhost'`), 'host-unknown')
      await of(header(` to='a.${bridgeDomain}'`), 'host-unknown')
      await of(header(` to='x@${bridgeDomain}'`), 'host-unknown')
      await of(header(` to='${bridgeDomain}'`, 'jabber:server'), 'invalid-namespace')
      await of(header(` to='${bridgeDomain}'`, 'jabber:component:connect'), 'invalid-namespace')
      await of(header(` to='${bridgeDomain}'`, accept, 'urn:example:streams'), 'invalid-namespace')
      await of('GET / HTTP/1.1\r\n\r\n', 'not-well-formed')
      await of(`<!DOCTYPE x>${header(` to='${bridgeDomain}'`)}`, 'restricted-xml')
      await of(`<stream:stream xmlns='${accept}' x='${'y'.repeat(100_000)}`, 'policy-violation')
      const upper = await connects(server)
      upper.write(header(` to='${bridgeDomain.toUpperCase()}'`))
      await upper.until(() => upper.header, 'header')
      assert.equal(upper.header!.attr('from'), bridgeDomain)
      upper.drop()
    }),
  )

  test(
    'has to come in time, and whoever says nothing keeps no component out',
    dialogue({ settings: { ...settings, streams: { login_seconds: 5 } } }, async ({ romeo, server }) => {
      const silent = await Promise.all(Array.from({ length: 4 }, () => connects(server)))
      const wire = await bridge(server)
      romeo.sends(`<message to="${bridgeDomain}"><body>Soft!</body></message>`)
      assert.equal((await wire.next()).need('body', accept).text(), 'Soft!')
      // Those that are left do not stay, and the component does.
      for (const each of silent) await each.over(10_000)
      assert.ok(silent.some(each => each.streamError?.elements()[0]?.name === 'connection-timeout'))
      const more = await Promise.all(Array.from({ length: 20 }, () => connects(server)))
      romeo.sends(`<message to="${bridgeDomain}"><body>Still there?</body></message>`)
      assert.equal((await wire.next()).need('body', accept).text(), 'Still there?')
      for (const each of [wire, ...more]) each.drop()
    }),
  )
})

describe('XEP-0114#proto: stanzas', () => {
  test(
    'in the name of nobody but its own domain, and addressed to somebody, or the stream ends',
    dialogue({ settings }, async ({ romeo, server }) => {
      const to = ` to='${romeo.jid}'`
      const from = ` from='a@${bridgeDomain}'`
      for (const [stanza, condition] of [
        [`<message from='localhost'${to}/>`, 'invalid-from'],
        [`<message from='${romeo.jid}'${to}/>`, 'invalid-from'],
        [`<message from='${romeo.fullJid}'${to}/>`, 'invalid-from'],
        [`<message from='a@a.${bridgeDomain}'${to}/>`, 'invalid-from'],
        [`<message from='verona.lit'${to}/>`, 'invalid-from'],
        [`<message from='conference.localhost'${to}/>`, 'invalid-from'],
        [`<message${to}/>`, 'improper-addressing'],
        [`<message from=''${to}/>`, 'improper-addressing'],
        [`<message from='@${bridgeDomain}'${to}/>`, 'improper-addressing'],
        [`<message${from}/>`, 'improper-addressing'],
        [`<message${from} to='@'/>`, 'improper-addressing'],
        [`<handshake/>`, 'unsupported-stanza-type'],
        [`<message xmlns='jabber:client'${from}${to}/>`, 'unsupported-stanza-type'],
        [`<log${from}${to}/>`, 'unsupported-stanza-type'],
        [`<message${from}${to}><body>${'x'.repeat(2_000_000)}`, 'policy-violation'],
      ] as const) {
        const wire = await bridge(server)
        wire.write(stanza)
        await isRefused(wire, condition).catch(thrown => assert.fail(`${stanza.slice(0, 90)}: ${thrown}`))
      }
      await romeo.receivesNothing()
      const wire = await bridge(server)
      // Once it is known, its stanzas may be as large as those of anybody who has signed in.
      const body = 'x'.repeat(100_000)
      wire.write(`<message${from}${to} type='chat'><body>${body}</body></message>`)
      assert.equal((await romeo.receives(`<message from="a@${bridgeDomain}"/>`)).need('body').text(), body)
      wire.write(`<message from='Mercutio@${bridgeDomain.toUpperCase()}/X'${to} type='chat'><body>Ay</body></message>`)
      await romeo.receives(`<message from="mercutio@${bridgeDomain}/X"><body>Ay</body></message>`)
      wire.drop()
    }),
  )

  test(
    'to who is not there come back with an error, and errors make no errors',
    dialogue({ settings }, async ({ server }) => {
      const wire = await bridge(server)
      const from = ` from='a@${bridgeDomain}'`
      for (const [to, condition] of [
        ['nobody@localhost', 'service-unavailable'],
        ['else.lit', 'remote-server-not-found'],
      ] as const) {
        wire.write(`<iq type='get' id='1'${from} to='${to}'><query xmlns='urn:example:bridge'/></iq>`)
        const answer = await wire.next()
        assert.deepEqual([answer.ns, answer.attr('to')], [accept, `a@${bridgeDomain}`])
        assert.equal(answer.need('error', accept).elements()[0]?.name, condition)
        wire.write(`<iq type='error' id='2'${from} to='${to}'/><message type='error'${from} to='${to}'/>`)
      }
      // Among its own people, what it sends comes back to it as it is.
      wire.write(`<message id='own'${from} to='b@${bridgeDomain}'><body>Soft!</body></message>`)
      assert.equal((await wire.next()).attr('id'), 'own')
      wire.drop()
    }),
  )

  test(
    'a component that stops reading is cut off before it costs much, and those who write to it hear so',
    { timeout: 60_000 },
    dialogue({ settings }, async ({ romeo, server }) => {
      const wire = await bridge(server)
      wire.socket.pause()
      const body = 'x'.repeat(200_000)
      let sent = 0
      let answer: Tree
      do {
        for (let i = 0; i < 10; i++, sent++) {
          romeo.sends(
            `<message to="a@${bridgeDomain}" type="chat"><body>${body}</body><no-store xmlns="urn:xmpp:hints"/></message>`,
          )
        }
        answer = await romeo.asks(`<iq type="get" to="localhost"><ping xmlns="urn:xmpp:ping"/></iq>`)
        assert.equal(answer.attr('type'), 'result')
      } while (!romeo.client.wire.inbox.some(each => each.attr('type') === 'error') && sent < 400)
      assert.ok(sent < 200, `cut off after ${sent} messages of 200 kB`)
      assert.equal(conditionOf(await asks(romeo)), 'service-unavailable')
      const again = await bridge(server)
      romeo.sends(`<message to="${bridgeDomain}" id="new"><body>Back?</body></message>`)
      assert.equal((await again.next()).attr('id'), 'new')
      for (const each of [wire, again]) each.drop()
    }),
  )
})

describe('XEP-0114: whoever came by a component goes with it', () => {
  const talks = (wire: Wire, name: string, text: string) => wire.write(text.replaceAll('ME', `${name}@${bridgeDomain}`))

  test(
    'contacts see each other’s devices go, and come again when it is back',
    dialogue({ settings }, async ({ romeo, server }) => {
      const wire = await bridge(server)
      talks(wire, 'mercutio', `<presence from='ME' to='${romeo.jid}' type='subscribed'/>`)
      romeo.sends(`<presence to="mercutio@${bridgeDomain}" type="subscribe"/>`)
      await wire.until(() => wire.inbox.find(each => each.attr('type') === 'subscribe'), 'request')
      talks(
        wire,
        'mercutio',
        `<presence from='ME' to='${romeo.jid}' type='subscribed'/><presence from='ME/x' to='${romeo.jid}'/>`,
      )
      await romeo.eventually(`<presence from="mercutio@${bridgeDomain}/x"/>`)
      await romeo.forgets()
      wire.drop()
      await romeo.receives(`<presence type="unavailable" from="mercutio@${bridgeDomain}/x"/>`)
      const again = await bridge(server)
      const probe = await again.next()
      assert.deepEqual([probe.attr('type'), probe.attr('to')], ['probe', `mercutio@${bridgeDomain}`])
      talks(again, 'mercutio', `<presence from='ME/x' to='${romeo.jid}'/>`)
      await romeo.receives(`<presence from="mercutio@${bridgeDomain}/x"/>`)
      await romeo.receivesNothing()
      again.drop()
    }),
  )

  test(
    'occupants of rooms, too',
    dialogue({ settings }, async ({ romeo, server }) => {
      const wire = await bridge(server)
      const room = 'verona@conference.localhost'
      romeo.sends(`<presence to="${room}/romeo"><x xmlns="http://jabber.org/protocol/muc"/></presence>`)
      await romeo.eventually(`<message type="groupchat" from="${room}"><subject/></message>`)
      await romeo.asks(
        `<iq type="set" to="${room}"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit">` +
          `<field var="muc#roomconfig_membersonly"><value>0</value></field></x></query></iq>`,
      )
      talks(
        wire,
        'mercutio',
        `<presence from='ME/x' to='${room}/Mercutio'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
      )
      await romeo.eventually(`<presence from="${room}/Mercutio"/>`)
      wire.drop()
      await romeo.eventually(`<presence type="unavailable" from="${room}/Mercutio"/>`)
    }),
  )
})
