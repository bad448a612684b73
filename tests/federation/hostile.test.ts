/** Servers that mean harm: each is refused by the book, costs little memory, and everybody else is served meanwhile. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { malformed } from '../faults/attacks.ts'
import type { Actor } from '../kit/actor.ts'
import type { Credential } from '../kit/federation/authority.ts'
import type { Sotto } from '../kit/federation/sotto.ts'
import { dialback, Stranger, StrangerServer } from '../kit/federation/stranger.ts'
import { World } from '../kit/federation/world.ts'
import { Stage } from '../kit/stage.ts'
import type { Wire } from '../kit/wire.ts'

const from = 'thief.lit'
const mebibyte = 1024 * 1024
const patience = 30_000

let world: World
let sotto: Sotto
let stage: Stage
let romeo: Actor
let credential: Credential

before(async () => {
  world = await World.start()
  sotto = await world.sotto({
    domain: 'verona.lit',
    process: true,
    certificatesOnly: false,
    settings: { federation: { connect_seconds: 3 }, streams: { login_seconds: 5 } },
  })
  credential = world.authority.issues({ names: [from] })
  stage = new Stage(sotto)
  romeo = await stage.actor('romeo')
  await romeo.connects()
})
after(async () => {
  stage.ends()
  const { process: server } = sotto
  assert.ok(server.running, `The server is gone:\n${server.output.slice(-2000)}`)
  assert.doesNotMatch(server.output, /"bug":true/, 'The server met mistakes of its own.')
  await world.stop()
})

/** Resident memory of a server, in MiB. */
function memory(server: Sotto): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}

/** Does something bad, during which people are served, and which costs no more memory than that. */
async function costsAtMost(
  mebibytes: number,
  attack: () => Promise<void>,
  server = sotto,
  guest = romeo,
): Promise<void> {
  const before = memory(server)
  await attack()
  await guest.client.ping()
  const grown = memory(server) - before
  assert.ok(grown < mebibytes, `The server has grown by ${grown.toFixed(0)} MiB.`)
}

const isKnown = () => Stranger.isKnown(sotto, { from, credential })

describe('bytes that nobody should send', () => {
  // A stanza of the namespace of servers is what belongs here, and one without addresses is told so.
  const attacks = malformed.filter(each => each.name !== 'a stanza of the wrong namespace')
  for (const [when, reach] of [
    ['by a stranger', () => Stranger.calls(sotto, { from, credential })],
    ['by a server that is known', isKnown],
  ] as const)
    test(when, { timeout: 120_000 }, async () => {
      for (const { name, bytes, answers } of attacks) {
        const stranger = await reach()
        stranger.wire.write(bytes)
        await stranger.wire.over(patience)
        const condition = stranger.wire.streamError?.elements()[0]?.name ?? 'nothing'
        const accepted = [...answers, 'not-authorized', 'improper-addressing', 'unsupported-stanza-type']
        assert.ok(accepted.includes(condition), `${name}: ${condition}`)
      }
      await romeo.client.ping()
    })

  test('a stanza that is too large, and one that never ends', async () => {
    const large = await isKnown()
    await costsAtMost(40, async () => {
      large.says(`<message from='a@${from}' to='${romeo.jid}'><body>${'a'.repeat(mebibyte)}</body></message>`)
      await large.isCutOff('policy-violation')
      const endless = await Stranger.calls(sotto, { from, credential })
      endless.says(`<message><body>${'a'.repeat(mebibyte)}`)
      await endless.wire.over(patience)
    })
  })
})

test('ten thousand connections: those above the limit are closed, and people are served', {
  timeout: 120_000,
}, async () => {
  const wanted = 10_000
  const limit = 5000
  // Of its own, so that nobody's time to sign in is over before all are there.
  const crowded = await world.sotto({
    domain: 'crowded.lit',
    process: true,
    settings: { streams: { login_seconds: 300 } },
  })
  const visited = new Stage(crowded)
  const benvolio = await visited.actor('benvolio')
  await benvolio.connects()
  const sockets: Socket[] = []
  let closed = 0
  let enough = (): void => {}
  const closings = new Promise<void>(settled => {
    enough = settled
  })
  const reach = (): Promise<void> =>
    new Promise(settled => {
      const socket = connect(crowded.s2s.starttls, '127.0.0.1')
      sockets.push(socket)
      socket.on('connect', () => settled())
      socket.on('error', () => settled())
      socket.on('close', () => {
        settled()
        if (++closed === wanted - limit) enough()
      })
    })
  try {
    const attack = async (): Promise<void> => {
      for (let begun = 0; begun < wanted; begun += 500) await Promise.all(Array.from({ length: 500 }, reach))
      await benvolio.client.ping()
      await closings
    }
    await costsAtMost(250, attack, crowded, benvolio)
    assert.equal(closed, wanted - limit, 'and those below it are not')
  } finally {
    for (const socket of sockets) socket.destroy()
    visited.ends()
  }
})

test('those who never prove anything are sent away in time', async () => {
  const stranger = await Stranger.calls(sotto, { from, credential })
  await stranger.wire.over(patience)
  await stranger.isCutOff('connection-timeout')
})

describe('XEP-0220: others are made to call', () => {
  let victim: Server
  let calls = 0
  before(async () => {
    victim = createServer(socket => {
      calls++
      socket.on('error', () => {})
    })
    await new Promise<void>(resolve => victim.listen(0, '127.0.0.1', resolve))
    const { port } = victim.address() as { port: number }
    await world.names.saysAll(
      Object.fromEntries([
        ['victim.lit', ['A 127.0.0.1']],
        ...['victim.lit', ...Array.from({ length: 300 }, (_, i) => `v${i}.victim.lit`)].map(name => [
          `_xmpp-server._tcp.${name}`,
          [`SRV 0 5 ${port} victim.lit.`],
        ]),
      ]),
    )
  })
  after(() => victim.close())
  const claims = (domain: string) =>
    `<db:result xmlns:db='${dialback}' from='${domain}' to='verona.lit'>key</db:result>`

  test('the same one again and again, on many streams: it hears of it a few times', async () => {
    calls = 0
    const strangers = await Promise.all(Array.from({ length: 20 }, () => Stranger.calls(sotto, { from, credential })))
    for (const stranger of strangers) stranger.says(claims('victim.lit').repeat(50))
    // Each claim is answered: that there are too many, or that nobody could be asked.
    for (const { wire } of strangers)
      await wire.until(() => (wire.inbox.length >= 50 ? true : undefined), 'answers', patience)
    for (const stranger of strangers) stranger.wire.drop()
    assert.ok(calls > 0 && calls <= 20 * 4 * 2, `${calls} calls for 1000 claims`)
  })

  test('many at one time: so many that they are few', async () => {
    calls = 0
    const strangers = await Promise.all(Array.from({ length: 20 }, () => Stranger.calls(sotto, { from, credential })))
    for (const [i, stranger] of strangers.entries())
      stranger.says(Array.from({ length: 15 }, (_, j) => claims(`v${i * 15 + j}.victim.lit`)).join(''))
    for (const { wire } of strangers)
      await wire.until(() => (wire.inbox.length >= 15 ? true : undefined), 'answers', patience)
    for (const stranger of strangers) stranger.wire.drop()
    assert.ok(calls > 0 && calls <= 50, `${calls} calls at one time`)
  })
})

describe('a server that is called', () => {
  let called: StrangerServer
  before(async () => {
    called = await StrangerServer.listens(credential)
    await world.names.saysAll({
      [`_xmpps-server._tcp.${from}`]: [`SRV 0 5 ${called.port} ${from}.`],
      [from]: ['A 127.0.0.1'],
    })
  })
  after(() => called.close())
  /** Somebody here asks it something, so that it is called. */
  const isAsked = () => romeo.client.ask('get', "<ping xmlns='urn:xmpp:ping'/>", from, patience)

  test('offers without end: it is left, and who asked is told', async () => {
    await costsAtMost(60, async () => {
      const answer = isAsked()
      const wire = await called.isCalled("<x xmlns='urn:x'/>")
      const feature = `<stream:features><x xmlns='urn:x'>${'a'.repeat(1000)}</x></stream:features>`
      for (let sent = 0; sent < 20_000 && !wire.ended; sent += 100) {
        wire.write(feature.repeat(100))
        await new Promise(soon => setImmediate(soon))
      }
      assert.equal((await answer).attr('type'), 'error')
    })
  })

  test('takes nothing that it is sent: what waits is bounded, what is too much comes back', async () => {
    // Back-off after the test before: the next call comes when it may.
    const wire = await knows()
    wire.socket.pause()
    await costsAtMost(120, async () => {
      const body = 'a'.repeat(4000)
      const bounced = romeo.client.take(
        tree => tree.attr('type') === 'error' && tree.name === 'message',
        'bounce',
        patience,
      )
      for (let i = 0; i < 6000; i++)
        romeo.client.send(`<message to='a@${from}' id='s${i}' type='chat'><body>${body}</body></message>`)
      const condition = (await bounced).at('error').elements()[0]!.name
      assert.equal(condition, 'resource-constraint')
    })
    wire.drop()
  })

  test('floods us with questions and reads no answer: others are served, and memory is bounded', async () => {
    const stranger = await isKnown()
    await costsAtMost(120, async () => {
      stranger.wire.socket.pause()
      const question = `<iq type='get' id='q' from='a@${from}' to='verona.lit'><ping xmlns='urn:xmpp:ping'/></iq>`
      for (let i = 0; i < 200; i++) {
        stranger.says(question.repeat(100))
        if (i % 20 === 0) await romeo.client.ping()
      }
      await romeo.client.ping()
    })
    stranger.wire.drop()
  })

  /** Asks until the pause after a failure is over and it is called again. */
  async function knows(): Promise<Wire> {
    const letIn = called.letsIn()
    for (;;) {
      // In the pause the answer is an error, and comes at once; later there is none, for nobody here answers.
      const wire = await Promise.race([letIn, isAsked().then(() => undefined)])
      if (wire !== undefined) return wire
      await Promise.race([letIn, new Promise(soon => setTimeout(soon, 100))])
    }
  }
})
