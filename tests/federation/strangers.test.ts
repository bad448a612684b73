/** Servers that mean harm, or might as well. */

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { offersExternal, Stranger } from '../kit/federation/stranger.ts'
import { among, type World } from '../kit/federation/two-servers.ts'
import { Wire } from '../kit/wire.ts'

const padua = 'padua.lit'
const known = ({ verona, authority }: World, from = padua) =>
  Stranger.isKnown(verona, { from, credential: authority.issues({ names: [from] }) })

describe('strangers', () => {
  test(
    'get so many connections and no more; those who have one keep it',
    among({ verona: { settings: { federation: { connections: 20 } } } }, async world => {
      const { verona, at } = world
      const juliet = await at(verona, 'juliet')
      const stranger = await known(world)
      const wires = await Promise.all(
        Array.from({ length: 200 }, () =>
          Wire.connect({ host: verona.host, port: verona.ports.s2s!, domain: 'verona.lit' }),
        ),
      )
      await Promise.all(wires.slice(19).map(wire => wire.over()))
      assert.equal(wires.filter(wire => !wire.ended).length, 19)
      stranger.says(`<message from='a@${padua}' to='${juliet.jid}'><body>Still here</body></message>`)
      await juliet.receives`<message><body>Still here</body></message>`
      for (const wire of wires) wire.drop()
    }),
  )

  test(
    'that say nothing, or nothing that leads anywhere, do not stay',
    among({ verona: { settings: { streams: { login_seconds: 5 } } } }, async ({ verona }) => {
      const direct = connect(verona.ports.s2sTls!, verona.host)
      const closed = new Promise<void>(resolve => direct.once('close', () => resolve()))
      direct.on('error', () => undefined)
      const silent = await Stranger.reaches(verona)
      const half = await Stranger.calls(verona, { from: padua })
      for (const each of [silent, half]) await each.wire.over(15_000)
      assert.equal(half.wire.streamError?.elements()[0]?.name, 'connection-timeout')
      await closed
    }),
  )

  test(
    'may not go on negotiating for ever, nor send much before they are known',
    among(async ({ verona }) => {
      const endless = await Stranger.calls(verona, { from: padua })
      for (let n = 0; n < 100; n++) endless.says(`<db:verify from='${padua}' to='verona.lit' id='${n}'>key</db:verify>`)
      await endless.isCutOff('policy-violation')
      const talkative = await Stranger.calls(verona, { from: padua })
      for (let n = 0; n < 20; n++) talkative.says(' '.repeat(10_000))
      await talkative.isCutOff('policy-violation')
      const large = await Stranger.calls(verona, { from: padua })
      large.says(`<db:result from='${padua}' to='verona.lit'>${'x'.repeat(20_000)}`)
      await large.isCutOff('policy-violation')
    }),
  )

  test(
    'that speak another language are sent away',
    among(async ({ verona }) => {
      for (const words of ['GET / HTTP/1.1\r\n\r\n', '<stream:stream>', '\0\0\0\0', '<!DOCTYPE x>']) {
        const stranger = await Stranger.reaches(verona)
        stranger.says(words)
        await stranger.wire.over()
      }
      const client = await Stranger.reaches(verona)
      client.says(
        `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='verona.lit' version='1.0'>`,
      )
      await client.isCutOff('invalid-namespace')
    }),
  )

  test(
    'cannot put words before TLS into the mouth of who comes after it',
    among(async ({ verona, authority }) => {
      const credential = authority.issues({ names: [padua] })
      const stranger = await Stranger.reaches(verona, { from: padua, credential })
      await stranger.opens()
      const injected = `<db:result from='${padua}' to='verona.lit'>injected</db:result>`
      stranger.says(`<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>${injected}`)
      await stranger.wire.next()
      await stranger.wire.startTls()
      assert.ok(offersExternal(await stranger.opens()))
      await stranger.proves()
      assert.equal(stranger.wire.inbox.length, 0)
    }),
  )
})

test(
  'a server that sends too fast is read more slowly; nothing is dropped, and others do not wait',
  among(
    { verona: { settings: { limits: { enabled: true }, federation: { stanzas_per_second: 20 } } } },
    async world => {
      const { verona, mantua, at } = world
      const juliet = await at(verona, 'juliet')
      const romeo = await at(mantua, 'romeo')
      const stranger = await known(world)
      const began = performance.now()
      // Large ones, so that they do not all come in one piece.
      const text = 'x'.repeat(20_000)
      for (let n = 0; n < 60; n++)
        stranger.says(`<message from='a@${padua}' to='${juliet.jid}' id='${n}'><body>${text}</body></message>`)
      romeo.sends`<message to="${juliet.jid}"><body>Meanwhile</body></message>`
      await juliet.client.take(tree => tree.child('body')?.text() === 'Meanwhile', 'message of another')
      const meanwhile = performance.now() - began
      for (let n = 0; n < 60; n++)
        await juliet.client.take(tree => tree.attr('id') === String(n), `message ${n}`, 10_000)
      const all = performance.now() - began
      assert.ok(all > 1_500, `they came within ${all} ms`)
      assert.ok(meanwhile < all / 2, `the other one took ${meanwhile} of ${all} ms`)
    },
  ),
)
