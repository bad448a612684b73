/** XEP-0288: one stream for both directions. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Stranger, StrangerServer } from '../kit/federation/stranger.ts'
import { among } from '../kit/federation/two-servers.ts'

const padua = 'padua.lit'
const feature = "<bidi xmlns='urn:xmpp:features:bidi'/>"

test(
  'the answer comes back on the same stream: from a server that could not call, too',
  among({ verona: { found: 'not at all' } }, async ({ verona, mantua, at }) => {
    const juliet = await at(verona, 'juliet')
    const romeo = await at(mantua, 'romeo')
    juliet.sends`<message to="${romeo.jid}" type="chat"><body>Romeo</body></message>`
    await romeo.receives`<message from="${juliet.fullJid}"><body>Romeo</body></message>`
    romeo.sends`<message to="${juliet.jid}" type="chat"><body>Juliet</body></message>`
    await juliet.receives`<message from="${romeo.fullJid}"><body>Juliet</body></message>`
    const answer = await romeo.asks`<iq type="get" to="verona.lit"><ping xmlns="urn:xmpp:ping"/></iq>`
    assert.equal(answer.attr('type'), 'result')
  }),
)

test(
  'a server that was called may answer for itself, and for nobody else',
  among(async ({ verona, at, dns, authority }) => {
    const server = await StrangerServer.listens(authority.issues({ names: [padua] }))
    dns.knows(padua, { s2sTls: server.port })
    const juliet = await at(verona, 'juliet')
    juliet.sends`<message to="a@${padua}"><body>One</body></message>`
    const wire = await server.letsIn(feature)
    await wire.next()
    wire.write(`<message from='a@${padua}' to='${juliet.jid}'><body>Two</body></message>`)
    await juliet.receives`<message from="a@${padua}"><body>Two</body></message>`
    wire.write(`<message from='a@mantua.lit' to='${juliet.jid}'><body>Three</body></message>`)
    await wire.over()
    assert.equal(wire.streamError?.elements()[0]?.name, 'invalid-from')
    server.close()
  }),
)

test(
  'a server that did not agree to it before may not send on a stream of ours',
  among(async ({ verona, at, dns, authority }) => {
    const server = await StrangerServer.listens(authority.issues({ names: [padua] }))
    dns.knows(padua, { s2sTls: server.port })
    const juliet = await at(verona, 'juliet')
    juliet.sends`<message to="a@${padua}"><body>One</body></message>`
    const wire = await server.letsIn()
    await wire.next()
    wire.write(`<message from='a@${padua}' to='${juliet.jid}'><body>Two</body></message>`)
    await wire.over()
    assert.equal(wire.streamError?.elements()[0]?.name, 'not-authorized')
    await juliet.receivesNothing()
    server.close()
  }),
)

test(
  'a server that calls and wants both ways is answered there, once it is known',
  among(async ({ verona, at, authority, dns }) => {
    const juliet = await at(verona, 'juliet')
    const stranger = await Stranger.calls(verona, { from: padua, credential: authority.issues({ names: [padua] }) })
    assert.ok(stranger.offers('bidi', 'urn:xmpp:features:bidi'))
    stranger.says("<bidi xmlns='urn:xmpp:bidi'/>")
    await stranger.proves()
    juliet.sends`<message to="a@${padua}"><body>One</body></message>`
    assert.equal((await stranger.wire.next()).at('body').text(), 'One')
    assert.ok(!dns.asked.some(name => name.endsWith(padua)))
  }),
)
