/** Servers that go and come back, that stay away, or that were never what they seemed. */

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { createServer, type Server, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { across } from '../kit/federation/across.ts'
import type { Peer } from '../kit/federation/peer.ts'
import { freePorts } from '../kit/federation/programs.ts'
import { World } from '../kit/federation/world.ts'
import { granted, refused } from '../kit/refusals.ts'

let world: World
before(async () => {
  world = await World.start()
})
after(() => world.stop())

const soon = { federation: { connect_seconds: 2, patience_seconds: 2 } }

function says(speaker: Actor, to: string, numbers: readonly number[]): void {
  for (const i of numbers) speaker.sends`<message to="${to}" type="chat" id="n${i}"><body>${i}</body></message>`
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

/** Without resumption what was not acknowledged comes again, perhaps for the second time. */
const once = (heard: readonly number[]) => [...new Set(heard)]

/** A question that is answered, which shows that there is a road. */
async function asks(asker: Actor, domain: string): Promise<void> {
  granted(await asker.client.ask('get', "<ping xmlns='urn:xmpp:ping'/>", domain, 30_000))
}

/** All numbers that a device hears until it has heard them all, in the order in which it hears them. */
async function hears(listener: Actor, numbers: readonly number[]): Promise<number[]> {
  const heard: number[] = []
  while (numbers.some(each => !heard.includes(each))) {
    const came = await listener.client.take(
      tree => tree.name === 'message' && tree.attr('type') === 'chat' && tree.child('body') !== undefined,
      `message besides ${heard}`,
      30_000,
    )
    heard.push(Number(came.at('body').text()))
  }
  return heard
}

describe('a server restarts in the middle of a conversation', () => {
  for (const make of ['prosody', 'ejabberd'] as const)
    test(`${make}, in good order: nothing is lost, and nothing out of order`, async () => {
      const sotto = await world.sotto({ domain: `waits-for-${make}.lit` })
      const peer = await world[make]({ domain: `restarted-${make}.lit` })
      await across(sotto, peer, async ({ romeo, juliet }) => {
        await asks(romeo, peer.domain)
        says(romeo, juliet.jid, range(0, 10))
        assert.deepEqual(await hears(juliet, range(0, 10)), range(0, 10))
        await juliet.disconnects()
        await peer.halts()
        says(romeo, juliet.jid, range(10, 20))
        await romeo.settles()
        await peer.start()
        says(romeo, juliet.jid, range(20, 30))
        await asks(romeo, peer.domain)
        await juliet.connects()
        assert.deepEqual(once(await hears(juliet, range(10, 30))), range(10, 30))
      })
    })

  test('Prosody is killed: whatever it had not acknowledged comes again', async () => {
    const sotto = await world.sotto({ domain: 'patient.lit' })
    const prosody = await world.prosody({ domain: 'killed.lit' })
    await across(
      sotto,
      prosody,
      async ({ romeo, juliet }) => {
        await asks(romeo, prosody.domain)
        says(romeo, juliet.jid, range(0, 100))
        await romeo.settles()
        await prosody.kill()
        says(romeo, juliet.jid, range(100, 200))
        await prosody.start()
        says(romeo, juliet.jid, range(200, 210))
        await asks(romeo, prosody.domain)
        await juliet.connects()
        assert.deepEqual(once(await hears(juliet, range(0, 210))), range(0, 210))
      },
      { offline: ['juliet'], presence: false },
    )
  })

  test('we are killed: what others sent has arrived, or they are told that it has not', async () => {
    const sotto = await world.sotto({ domain: 'mortal.lit', process: true })
    const prosody = await world.prosody({ domain: 'surviving.lit' })
    await across(sotto, prosody, async ({ romeo, juliet }) => {
      await romeo.disconnects()
      const told = new Set<number>()
      const { wire } = juliet.client
      const before = wire.tap
      wire.tap = tree => {
        if (tree.name === 'message' && tree.attr('type') === 'error') told.add(Number(tree.attr('id')!.slice(1)))
        return before?.(tree) ?? false
      }
      says(juliet, romeo.jid, range(0, 100))
      await juliet.client.ping()
      await sotto.kill()
      says(juliet, romeo.jid, range(100, 110))
      await sotto.start()
      await juliet.client.ask('get', "<ping xmlns='urn:xmpp:ping'/>", sotto.domain, 30_000)
      await asks(juliet, sotto.domain)
      says(juliet, romeo.jid, [110])
      await romeo.connects()
      const heard = new Set(await hears(romeo, [110]))
      await wire.until(() => (range(0, 111).every(i => told.has(i) || heard.has(i)) ? true : undefined), 'word of each')
    })
  })
})

describe('a server that cannot be reached', () => {
  /** What somebody here is told who asks a domain something. */
  async function answers(sotto: Peer, domain: string, condition: string): Promise<void> {
    await across(sotto, sotto, async ({ romeo }) => {
      const answer = await romeo.client.ask('get', "<ping xmlns='urn:xmpp:ping'/>", domain, 20_000)
      refused(answer, condition)
      romeo.sends`<message to="nobody@${domain}" type="chat" id="m1"><body>Anybody?</body></message>`
      const bounced = await romeo.eventually`<message type="error" id="m1" from="nobody@${domain}">…</message>`
      refused(bounced, condition)
    })
  }

  let sotto: Peer
  before(async () => {
    sotto = await world.sotto({ domain: 'reaching.lit', settings: soon })
  })

  test('it was there a moment ago and stays away', async () => {
    const prosody = await world.prosody({ domain: 'leaving.lit' })
    await across(sotto, prosody, async ({ romeo, juliet }) => {
      await prosody.kill()
      romeo.sends`<message to="${juliet.jid}" type="chat" id="late"><body>Art thou gone so?</body></message>`
      const bounced = await romeo.client.take(tree => tree.attr('id') === 'late', 'bounce', 20_000)
      refused(bounced, 'remote-server-timeout')
    })
  })

  test('it accepts and never answers', async () => {
    const sockets: Socket[] = []
    const silent = await listening(socket => sockets.push(socket))
    await world.names.saysAll({
      '_xmpp-server._tcp.silent.lit': [`SRV 0 5 ${portOf(silent)} xmpp.silent.lit.`],
      '_xmpps-server._tcp.silent.lit': [`SRV 0 5 ${portOf(silent)} xmpp.silent.lit.`],
      'xmpp.silent.lit': ['A 127.0.0.1'],
    })
    await answers(sotto, 'silent.lit', 'remote-server-timeout')
    for (const socket of sockets) socket.destroy()
    silent.close()
  })

  test('it says something else than XMPP', async () => {
    const web = await listening(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await world.names.saysAll({
      '_xmpp-server._tcp.web.lit': [`SRV 0 5 ${portOf(web)} xmpp.web.lit.`],
      'xmpp.web.lit': ['A 127.0.0.1'],
    })
    await answers(sotto, 'web.lit', 'remote-server-timeout')
    web.close()
  })

  test('nobody listens, nobody is named, or nobody is meant', async () => {
    const { nobody } = await freePorts('nobody')
    await world.names.saysAll({
      '_xmpp-server._tcp.closed.lit': [`SRV 0 5 ${nobody} xmpp.closed.lit.`],
      'xmpp.closed.lit': ['A 127.0.0.1'],
      '_xmpp-server._tcp.none.lit': ['SRV 0 0 0 .'],
      '_xmpp-server._tcp.dangling.lit': ['SRV 0 5 5269 nowhere.lit.'],
    })
    await answers(sotto, 'closed.lit', 'remote-server-timeout')
    await answers(sotto, 'none.lit', 'remote-server-not-found')
    await answers(sotto, 'unknown.lit', 'remote-server-not-found')
    await answers(sotto, 'dangling.lit', 'remote-server-timeout')
  })

  test('DNS lies: who is found there is somebody else', async () => {
    const prosody = await world.prosody({ domain: 'honest.lit' })
    await world.names.saysAll({
      '_xmpp-server._tcp.stolen.lit': [`SRV 0 5 ${prosody.s2s.starttls} xmpp.honest.lit.`],
      '_xmpps-server._tcp.stolen-too.lit': [`SRV 0 5 ${prosody.s2s.direct} xmpp.honest.lit.`],
    })
    await answers(sotto, 'stolen.lit', 'remote-server-not-found')
    // Asked for a name that it does not have, Prosody breaks off before it shows a certificate.
    await answers(sotto, 'stolen-too.lit', 'remote-server-timeout')
  })

  test('DNS says nothing at all', async () => {
    const silent = createSocket('udp4')
    await new Promise<void>(bound => silent.bind(0, '127.0.0.1', bound))
    const resolver = [`127.0.0.1:${silent.address().port}`]
    const lost = await world.sotto({
      domain: 'lost.lit',
      settings: { federation: { ...soon.federation, resolver } },
    })
    await answers(lost, 'anywhere.lit', 'remote-server-timeout')
    silent.close()
  })

  test('one after the other is tried until one does', async () => {
    const { nobody } = await freePorts('nobody')
    const silent = await listening(() => {})
    const prosody = await world.prosody({ domain: 'backup.lit' })
    await world.names.saysAll({
      '_xmpp-server._tcp.backup.lit': [
        `SRV 1 5 ${nobody} xmpp.backup.lit.`,
        'SRV 2 5 5269 nowhere.lit.',
        `SRV 3 5 ${prosody.s2s.starttls} xmpp.backup.lit.`,
      ],
      '_xmpps-server._tcp.backup.lit': [],
    })
    await across(sotto, prosody, async ({ romeo, juliet }) => {
      assert.ok(romeo.online && juliet.online)
    })
    silent.close()
  })
})

function listening(welcome: (socket: Socket) => void): Promise<Server> {
  return new Promise(resolve => {
    const server = createServer(socket => {
      socket.on('error', () => {})
      welcome(socket)
    })
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

const portOf = (server: Server) => (server.address() as { port: number }).port
