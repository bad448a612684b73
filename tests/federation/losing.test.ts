/** Connections between servers that break, and peers that take no notice (XEP-0198, RFC 6120 §4.6). */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { Cable } from '../kit/federation/cable.ts'
import { Stranger, StrangerServer } from '../kit/federation/stranger.ts'
import { among, type World } from '../kit/federation/two-servers.ts'
import type { Wire } from '../kit/wire.ts'

const sm = 'urn:xmpp:sm:3'
const padua = 'padua.lit'
const says = (actor: Actor, to: string, text: string) =>
  actor.client.send(`<message to='${to}' type='chat' id='${text}'><body>${text}</body></message>`)

/** A server of the stranger's that counts. */
async function counting(world: World): Promise<StrangerServer> {
  const server = await StrangerServer.listens(world.authority.issues({ names: [padua] }))
  world.dns.knows(padua, { s2sTls: server.port })
  return server
}
/** Its next connection, once stanzas are counted on it. */
async function counted(server: StrangerServer): Promise<Wire> {
  const wire = await server.letsIn('', `<sm xmlns='${sm}'/>`)
  assert.ok((await wire.next()).is('enable', sm))
  wire.write(`<enabled xmlns='${sm}'/>`)
  return wire
}
async function texts(wire: Wire, count: number): Promise<string[]> {
  const found: string[] = []
  while (found.length < count) {
    const came = await wire.next()
    if (came.name === 'message') found.push(came.at('body').text())
  }
  return found
}

describe('nothing is lost', () => {
  test(
    'between two servers of ours whose connection goes silent and breaks',
    among(async ({ verona, mantua, at, dns }) => {
      const cable = await Cable.to(mantua.ports.s2s!)
      dns.knows('mantua.lit', { s2s: cable.port })
      const juliet = await at(verona, 'juliet')
      const romeo = await at(mantua, 'romeo')
      says(juliet, romeo.jid, 'before')
      await romeo.receives`<message><body>before</body></message>`
      // The answer comes behind the acknowledgement.
      says(romeo, juliet.jid, 'answer')
      await juliet.receives`<message><body>answer</body></message>`
      cable.falls()
      for (const text of ['one', 'two', 'three']) says(juliet, romeo.jid, text)
      await juliet.receivesNothing()
      await romeo.receivesNothing()
      cable.cut()
      says(juliet, romeo.jid, 'four')
      for (const text of ['one', 'two', 'three', 'four'])
        await romeo.receives(`<message><body>${text}</body></message>`)
      cable.close()
    }),
  )

  test(
    'what was not acknowledged comes again on the next stream, and what was does not',
    among(async world => {
      const server = await counting(world)
      const juliet = await world.at(world.verona, 'juliet')
      for (const text of ['one', 'two']) says(juliet, `a@${padua}`, text)
      const first = await counted(server)
      assert.deepEqual(await texts(first, 2), ['one', 'two'])
      first.write(`<a xmlns='${sm}' h='1'/>`)
      says(juliet, `a@${padua}`, 'three')
      assert.deepEqual(await texts(first, 1), ['three'])
      first.drop()
      const second = await counted(server)
      assert.deepEqual(await texts(second, 2), ['two', 'three'])
      second.write(`<a xmlns='${sm}' h='2'/>`)
      says(juliet, `a@${padua}`, 'four')
      assert.deepEqual(await texts(second, 1), ['four'])
      second.write(`<a xmlns='${sm}' h='3'/></stream:stream>`)
      await second.over()
      says(juliet, `a@${padua}`, 'five')
      assert.deepEqual(await texts(await counted(server), 1), ['five'])
      await juliet.receivesNothing()
      server.close()
    }),
  )

  test(
    'it waits for a server that restarts, and comes back if that takes too long',
    among({ verona: { settings: { federation: { patience_seconds: 3 } } } }, async world => {
      const server = await counting(world)
      const juliet = await world.at(world.verona, 'juliet')
      says(juliet, `a@${padua}`, 'one')
      const first = await counted(server)
      first.drop()
      // It accepts, and is not ready yet.
      const second = await server.next()
      says(juliet, `a@${padua}`, 'two')
      second.drop()
      assert.deepEqual(await texts(await counted(server), 2), ['one', 'two'])
      server.close()
      await juliet.receives`<message type="error" id="one"><error><remote-server-timeout xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`
      await juliet.receives`<message type="error" id="two"/>`
    }),
  )

  test(
    'the server acknowledges what it is sent once it is dealt with',
    among(async ({ verona, at, authority }) => {
      const juliet = await at(verona, 'juliet')
      const stranger = await Stranger.isKnown(verona, { from: padua, credential: authority.issues({ names: [padua] }) })
      assert.ok(stranger.offers('sm', sm))
      stranger.says(`<enable xmlns='${sm}'/>`)
      assert.ok((await stranger.wire.next()).is('enabled', sm))
      for (let n = 0; n < 20; n++)
        stranger.says(`<message from='a@${padua}' to='${juliet.jid}' type='chat'><body>${n}</body></message>`)
      stranger.says(`<iq type='get' id='v' from='a@${padua}' to='verona.lit'><ping xmlns='urn:xmpp:ping'/></iq>`)
      stranger.says(`<presence from='a@${padua}/b' to='${juliet.jid}'/>`)
      stranger.says(`<r xmlns='${sm}'/>`)
      let h = ''
      while (h !== '22') h = (await stranger.wire.next()).attr('h') ?? ''
      for (let n = 0; n < 20; n++) await juliet.eventually(`<message><body>${n}</body></message>`)
      stranger.says(`<a xmlns='${sm}' h='7'/>`)
      await stranger.isCutOff('undefined-condition')
    }),
  )
})

test(
  'a server that reads nothing fills no memory: what is too much comes back, and others are not held up',
  among(async world => {
    const { verona, mantua, at } = world
    const server = await counting(world)
    const juliet = await at(verona, 'juliet')
    const romeo = await at(mantua, 'romeo')
    says(juliet, `a@${padua}`, 'one')
    const wire = await server.letsIn()
    await wire.next()
    wire.socket.pause()
    const large = 'x'.repeat(200_000)
    for (let n = 0; n < 60; n++)
      juliet.client.send(`<message to='a@${padua}' type='chat' id='m${n}'><body>${large}</body></message>`)
    await juliet.eventually`<message type="error"><error type="wait"><resource-constraint xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`
    says(juliet, romeo.jid, 'meanwhile')
    await romeo.receives`<message><body>meanwhile</body></message>`
    server.close()
  }),
)

test(
  'a stream that nobody uses is closed, and the next stanza opens another',
  among({ verona: { settings: { federation: { idle_seconds: 10 } } } }, async world => {
    const server = await counting(world)
    const juliet = await world.at(world.verona, 'juliet')
    says(juliet, `a@${padua}`, 'one')
    const first = await server.letsIn()
    await texts(first, 1)
    await first.over(15_000)
    assert.ok(first.streamClosed)
    assert.equal(first.streamError, undefined)
    says(juliet, `a@${padua}`, 'two')
    assert.deepEqual(await texts(await server.letsIn(), 1), ['two'])
    server.close()
  }),
)
