/** Whatever is sent, it gets a proper stream error, costs little memory, and everybody else is served. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { dialogue, useServer } from '../kit/cast.ts'
import { Client } from '../kit/client.ts'
import { register, type ServerProcess, startProcess } from '../kit/server.ts'
import { Wire } from '../kit/wire.ts'
import { type Attack, headers, malformed, tooMuchForAnybody, tooMuchForStrangers } from './attacks.ts'

const loginSeconds = 10
let server: ServerProcess

before(async () => {
  server = await startProcess({
    registration: { open: true },
    streams: { login_seconds: loginSeconds },
    limits: { enabled: false, connections_per_network: 20_000 },
  })
  useServer(server)
  await register(server, 'mallory', 'secret of mallory')
})

after(async () => {
  assert.ok(server.running, `the server is gone:\n${server.output.slice(-2000)}`)
  assert.doesNotMatch(server.output, /"bug":true/, 'the server met mistakes of its own')
  await server.stop()
})

type Stage = 'before a stream' | 'before signing in' | 'when signed in'

async function reach(stage: Stage): Promise<Wire> {
  const { host, domain, ports } = server
  if (stage === 'before a stream') return Wire.connect({ host, domain, port: ports.c2sTls, direct: true })
  const client = await Client.connect({ ...server, tls: 'direct' })
  if (stage === 'when signed in') {
    await client.signIn({ username: 'mallory', password: 'secret of mallory' })
    await client.bind()
  }
  return client.wire
}

/** One after the other, each in a packet of its own as far as TLS goes. */
function writeBytewise(wire: Wire, bytes: Buffer): void {
  for (const byte of bytes) wire.write(Buffer.of(byte))
}

/** For long attacks the first and the last bytes tell as much as all of them. */
const longestBytewise = 2000

async function attackWith({ name, bytes, answers }: Attack, stage: Stage): Promise<void> {
  const all = Buffer.from(bytes)
  for (const bytewise of all.length <= longestBytewise ? [false, true] : [false]) {
    const wire = await reach(stage)
    if (bytewise) writeBytewise(wire, all)
    else wire.write(all)
    await wire.over()
    const condition = wire.streamError?.elements()[0]?.name
    const how = `${name}, ${bytewise ? 'byte by byte' : 'at once'}`
    assert.ok(condition !== undefined, `${how}: closed without a stream error${wire.broken ? ` (${wire.broken})` : ''}`)
    assert.ok(answers.includes(condition), `${how}: answered with ${condition}, not ${answers.join(' or ')}`)
    assert.ok(wire.streamClosed, `${how}: the stream was not closed (RFC 6120 §4.4)`)
  }
}

const trials: readonly (readonly [Stage, readonly Attack[]])[] = [
  ['before a stream', headers],
  ['before signing in', [...malformed, ...tooMuchForStrangers]],
  ['when signed in', [...malformed, ...tooMuchForAnybody]],
]
for (const [stage, attacks] of trials)
  for (const each of attacks) test(`${stage}: ${each.name}`, () => attackWith(each, stage))

test(
  'others are served after all this',
  dialogue(async ({ romeo, juliet }) => {
    await romeo.sends`<message to="${juliet.fullJid}" type="chat"><body>Art thou there?</body></message>`
    await juliet.receives`<message><body>Art thou there?</body></message>`
  }),
)

function residentBytes(): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}

const crowd = 2_100
const bytesEach = 150 * 1024

test(
  'thousands of half-open connections: little memory each, a time limit, and an ordinary pair chats on',
  { timeout: 100_000 },
  dialogue(async ({ romeo, juliet }) => {
    const greet = async (body: string) => {
      await romeo.sends`<message to="${juliet.fullJid}" type="chat"><body>${body}</body></message>`
      await juliet.receives`<message><body>${body}</body></message>`
    }
    const atFirst = residentBytes()
    const sockets: Socket[] = []
    const gone: Promise<void>[] = []
    for (let i = 0; i < crowd; i += 50) {
      const wave = Array.from({ length: 50 }, (_, j) => halfOpen(i + j))
      for (const { socket, over } of wave) {
        sockets.push(socket)
        gone.push(over)
      }
      await Promise.all(wave.map(each => each.ready))
      await greet(`wave ${i}`)
    }
    const grown = residentBytes() - atFirst
    assert.ok(
      grown < crowd * bytesEach,
      `${crowd} half-open connections took ${Math.round(grown / crowd / 1024)} KB each`,
    )
    await greet('all there')
    // Slow senders keep a byte coming now and then, which must not buy them time.
    const drip = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write(' ')
    }, 1000)
    try {
      await Promise.all(gone)
    } finally {
      clearInterval(drip)
    }
    await greet('all gone')
  }),
)

interface HalfOpen {
  readonly socket: Socket
  readonly ready: Promise<void>
  readonly over: Promise<void>
}

/** In turn: a connection that says nothing, a stream that never goes on, and TLS without a word inside. */
function halfOpen(i: number): HalfOpen {
  const { host, domain, ports } = server
  const direct = i % 3 === 2
  const socket = direct
    ? connectTls({ host, port: ports.c2sTls, servername: domain, rejectUnauthorized: false })
    : connect({ host, port: ports.c2s })
  socket.resume().on('error', () => {})
  const ready = new Promise<void>((resolve, reject) => {
    socket.once(direct ? 'secureConnect' : 'connect', resolve)
    socket.once('close', () => reject(new Error(`connection ${i} was closed at once`)))
  })
  const over = new Promise<void>(resolve => socket.once('close', () => resolve()))
  if (i % 3 === 1) socket.write("<stream:stream xmlns='jabber:client' ")
  return { socket, ready, over }
}

test(
  'somebody who reads nothing costs little, and whoever writes to him is served',
  { timeout: 60_000 },
  dialogue(async ({ romeo, juliet }) => {
    const atFirst = residentBytes()
    romeo.client.wire.socket.pause()
    const body = 'x'.repeat(10_000)
    for (let i = 0; i < 6_000; i++) {
      juliet.client.send(`<message to='${romeo.fullJid}' type='headline'><body>${body}</body></message>`)
      if (i % 200 === 0) await juliet.client.ping()
    }
    await juliet.client.ping()
    const grown = residentBytes() - atFirst
    assert.ok(grown < 100e6, `60 MB for somebody who reads nothing took ${Math.round(grown / 1e6)} MB of memory`)
  }),
)

test(
  'somebody who asks and never listens is not answered for ever',
  { timeout: 60_000 },
  dialogue(async ({ romeo, juliet }) => {
    const atFirst = residentBytes()
    const { socket } = romeo.client.wire
    socket.pause()
    const questions = "<iq type='get' id='q' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>".repeat(1000)
    for (let sent = 0; sent < 100e6 && !socket.destroyed; sent += questions.length)
      if (!socket.write(questions) && !(await drains(socket))) break
    await juliet.client.ping()
    const grown = residentBytes() - atFirst
    assert.ok(grown < 100e6, `questions without end took ${Math.round(grown / 1e6)} MB of memory`)
  }),
)

/** Whether the server takes more; it is right not to. */
function drains(socket: Socket): Promise<boolean> {
  return new Promise(resolve => {
    const drained = () => settle(true)
    const not = () => settle(false)
    const settle = (result: boolean) => {
      clearTimeout(enough)
      socket.off('drain', drained)
      socket.off('close', not)
      resolve(result)
    }
    const enough = setTimeout(not, 1000)
    socket.once('drain', drained)
    socket.once('close', not)
  })
}
