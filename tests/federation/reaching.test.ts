/** Where another server is, and what happens if it is not (RFC 6120 §3.2, XEP-0368). */

import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { StrangerServer } from '../kit/federation/stranger.ts'
import { among } from '../kit/federation/two-servers.ts'

const quick = { settings: { federation: { connect_seconds: 1 } } }

async function comesBack(juliet: Actor, domain: string, condition: string): Promise<void> {
  juliet.sends`<message to="romeo@${domain}" type="chat" id="m1"><body>Romeo?</body></message>`
  const error = await juliet.receives`<message type="error" id="m1" from="romeo@${domain}" to="${juliet.fullJid}"/>`
  assert.equal(error.at('error').elements()[0]?.name, condition)
  juliet.sends`<presence to="romeo@${domain}"/>`
  const answer = await juliet.asks`<iq type="get" to="${domain}"><ping xmlns="urn:xmpp:ping"/></iq>`
  assert.equal(answer.at('error').elements()[0]?.name, condition)
  await juliet.receivesNothing()
}

async function talk(juliet: Actor, romeo: Actor): Promise<void> {
  juliet.sends`<message to="${romeo.jid}" type="chat"><body>Romeo</body></message>`
  await romeo.receives`<message from="${juliet.fullJid}"><body>Romeo</body></message>`
  romeo.sends`<message to="${juliet.jid}" type="chat"><body>Juliet</body></message>`
  await juliet.receives`<message from="${romeo.fullJid}"><body>Juliet</body></message>`
}

describe('a server is found', () => {
  test(
    'XEP-0368: where TLS comes first',
    among({ verona: { found: 'direct' }, mantua: { found: 'direct' } }, async ({ verona, mantua, at }) => {
      await talk(await at(verona, 'juliet'), await at(mantua, 'romeo'))
    }),
  )

  test(
    'RFC 2782: at the next place if the first is not there',
    among(async ({ verona, mantua, at, dns }) => {
      const port = mantua.ports.s2s!
      dns.says('gone.lit', { type: 'A', address: '127.0.0.1' })
      dns.says('here.lit', { type: 'AAAA', address: '0:0:0:0:0:0:0:2' }, { type: 'A', address: '127.0.0.1' })
      dns.says(
        '_xmpp-server._tcp.mantua.lit',
        { type: 'SRV', priority: 20, port, target: 'here.lit' },
        { type: 'SRV', priority: 5, port: 1, target: 'gone.lit' },
        { type: 'SRV', priority: 1, port: 1, target: 'nobody.lit' },
      )
      await talk(await at(verona, 'juliet'), await at(mantua, 'romeo'))
    }),
  )

  test(
    'at the next place, too, if what is at the first says nothing at all',
    among(async ({ verona, mantua, at, dns }) => {
      const mute = createServer(socket => socket.end())
      await new Promise<void>(resolve => mute.listen(0, '127.0.0.1', resolve))
      const { port } = mute.address() as AddressInfo
      dns.says(
        '_xmpp-server._tcp.mantua.lit',
        { type: 'SRV', priority: 1, port, target: 'xmpp.mantua.lit' },
        { type: 'SRV', priority: 2, port: mantua.ports.s2s!, target: 'xmpp.mantua.lit' },
      )
      await talk(await at(verona, 'juliet'), await at(mantua, 'romeo'))
      mute.close()
    }),
  )
})

describe('what is for a server', () => {
  test(
    'that does not exist, or says that it is none, comes back; presence does not',
    among(async ({ verona, at, dns }) => {
      const juliet = await at(verona, 'juliet')
      await comesBack(juliet, 'nowhere.lit', 'remote-server-not-found')
      dns.says('_xmpp-server._tcp.none.lit', { type: 'SRV', port: 0, target: '.' })
      dns.says('none.lit', { type: 'A', address: '127.0.0.1' })
      await comesBack(juliet, 'none.lit', 'remote-server-not-found')
      await comesBack(juliet, '127.0.0.1', 'remote-server-not-found')
    }),
  )

  test(
    'that cannot be reached comes back',
    among(async ({ verona, at, dns }) => {
      dns.knows('closed.lit', { s2s: 1 })
      await comesBack(await at(verona, 'juliet'), 'closed.lit', 'remote-server-timeout')
    }),
  )

  test(
    'whose DNS is broken, or silent, comes back',
    among({ verona: quick }, async ({ verona, at, dns }) => {
      const juliet = await at(verona, 'juliet')
      dns.failing.add('_xmpp-server._tcp.broken.lit')
      await comesBack(juliet, 'broken.lit', 'remote-server-timeout')
      dns.silent.add('_xmpp-server._tcp.silent.lit')
      juliet.sends`<message to="romeo@silent.lit" type="chat" id="m2"><body>Romeo?</body></message>`
      await juliet.receives`<message type="error" id="m2"><error><remote-server-timeout xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`
    }),
  )

  test(
    'that accepts and never answers comes back',
    among({ verona: quick }, async ({ verona, at, dns, authority }) => {
      const server = await StrangerServer.listens(authority.issues({ names: ['mute.lit'] }))
      dns.knows('mute.lit', { s2sTls: server.port })
      await comesBack(await at(verona, 'juliet'), 'mute.lit', 'remote-server-timeout')
      server.close()
    }),
  )

  test(
    'that lets nobody in comes back',
    among(async ({ verona, at, dns, authority }) => {
      const server = await StrangerServer.listens(authority.issues({ names: ['closed.lit'] }))
      dns.knows('closed.lit', { s2sTls: server.port })
      const juliet = await at(verona, 'juliet')
      const coming = comesBack(juliet, 'closed.lit', 'remote-server-not-found')
      const wire = await server.isCalled('')
      wire.write(
        `<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>`,
      )
      await coming
      assert.equal(server.count, 1)
      server.close()
    }),
  )

  test(
    'keeps its order while the server is being looked for',
    among(async ({ verona, mantua, at }) => {
      const juliet = await at(verona, 'juliet')
      const romeo = await at(mantua, 'romeo')
      for (let n = 0; n < 50; n++)
        juliet.client.send(`<message to='${romeo.jid}' type='chat'><body>${n}</body></message>`)
      for (let n = 0; n < 50; n++) await romeo.receives`<message><body>${String(n)}</body></message>`
    }),
  )
})

test(
  'an island: with federation switched off nothing leaves',
  among({ verona: { settings: { federation: { enabled: false } } } }, async ({ verona, at, dns }) => {
    await comesBack(await at(verona, 'juliet'), 'mantua.lit', 'remote-server-not-found')
    assert.deepEqual(dns.asked, [])
  }),
)
