import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import {
  AlreadyRunning,
  type ControlServer,
  controlSocket,
  openControl,
  Pieces,
  Refused,
  serveControl,
} from './control.ts'
import { silentLog } from './log.ts'

let data: string
let server: ControlServer | undefined

beforeEach(() => {
  data = join(mkdtempSync(join(tmpdir(), 'sotto-control-')), 'data')
})
afterEach(async () => {
  await server?.close()
  server = undefined
  rmSync(join(data, '..'), { recursive: true })
})

const handlers = {
  add: async ({ a, b }: Readonly<Record<string, unknown>>) => (a as number) + (b as number),
  refuse: async () => {
    throw new Refused('There is no such account.')
  },
  break: async () => {
    throw new Error('romeo@montague.example')
  },
  long: async () => 'x'.repeat(300_000),
}

test('commands are answered in order, refusals in their own words, mistakes without their text', async () => {
  server = await serveControl(data, handlers, silentLog)
  const client = (await openControl(data))!
  const [sum, long] = await Promise.all([client.ask('add', { a: 1, b: 2 }), client.ask('long')])
  assert.equal(sum, 3)
  assert.equal((long as string).length, 300_000)
  await assert.rejects(client.ask('refuse'), { name: 'Refused', message: 'There is no such account.' })
  await assert.rejects(
    client.ask('break'),
    (error: Error) => error instanceof Refused && !error.message.includes('romeo'),
  )
  await assert.rejects(client.ask('toString'), /does not know this command/)
  client.close()
})

test('a long answer comes in pieces, no faster than they are taken', async () => {
  let made = 0
  const handlers = {
    pieces: async ({ count }: Readonly<Record<string, unknown>>) =>
      new Pieces(
        (async function* () {
          for (; made < Number(count); made++) yield `${made} `.padEnd(50_000, 'x')
        })(),
      ),
    echo: async ({ said }: Readonly<Record<string, unknown>>) => said,
  }
  server = await serveControl(data, handlers, silentLog)
  const client = (await openControl(data))!
  let taken = 0
  let ahead = 0
  const asked = client.ask('pieces', { count: 300 }, async piece => {
    await new Promise(resolve => setImmediate(resolve))
    assert.equal((piece as string).split(' ')[0], String(taken++))
    ahead = Math.max(ahead, made - taken)
  })
  const echo = client.ask('echo', { said: 'after it' })
  assert.equal(await asked, null)
  assert.equal(await echo, 'after it')
  assert.equal(taken, 300)
  assert.ok(ahead < 100, `${ahead} pieces were made and not taken`)
  client.close()
})

test('an answer in pieces ends with a refusal, or when nobody takes it any more', async () => {
  const ended = Promise.withResolvers<void>()
  const handlers = {
    refuse: async () =>
      new Pieces(
        (async function* () {
          yield 1
          throw new Refused('No more.')
        })(),
      ),
    endless: async () =>
      new Pieces(
        (async function* () {
          try {
            for (;;) yield 'x'.repeat(10_000)
          } finally {
            ended.resolve()
          }
        })(),
      ),
  }
  server = await serveControl(data, handlers, silentLog)
  const client = (await openControl(data))!
  const taken: unknown[] = []
  await assert.rejects(
    client.ask('refuse', {}, piece => taken.push(piece)),
    { name: 'Refused', message: 'No more.' },
  )
  assert.deepEqual(taken, [1])
  await assert.rejects(
    client.ask('endless', {}, () => {
      throw new Error('the disk is full')
    }),
    { message: 'the disk is full' },
  )
  await ended.promise
})

test('the socket is its owner’s only, and gone afterwards', async () => {
  server = await serveControl(data, handlers, silentLog)
  assert.equal(statSync(controlSocket(data)).mode & 0o777, 0o600)
  assert.equal(statSync(data).mode & 0o777, 0o700)
  await server.close()
  server = undefined
  assert.equal(existsSync(controlSocket(data)), false)
  assert.equal(await openControl(data), undefined)
})

test('a second service on the same data is refused, a dead one is succeeded', async () => {
  server = await serveControl(data, handlers, silentLog)
  await assert.rejects(serveControl(data, handlers, silentLog), AlreadyRunning)
  await server.close()
  // A socket file without anybody behind it, as SIGKILL leaves it.
  const dead = createServer().listen(`${controlSocket(data)}.old`)
  await once(dead, 'listening')
  const { renameSync } = await import('node:fs')
  renameSync(`${controlSocket(data)}.old`, controlSocket(data))
  dead.close()
  await once(dead, 'close')
  assert.equal(existsSync(controlSocket(data)), true)
  assert.equal(await openControl(data), undefined)
  server = await serveControl(data, handlers, silentLog)
  const client = (await openControl(data))!
  assert.equal(await client.ask('add', { a: 2, b: 2 }), 4)
  client.close()
})

test('an endless line ends the connection, garbage is refused, and the door stays open', async () => {
  server = await serveControl(data, handlers, silentLog)
  const flood = createConnection(controlSocket(data))
  flood.on('error', () => undefined)
  const closed = once(flood, 'close')
  flood.write('x'.repeat(70_000))
  await closed
  const garbage = createConnection(controlSocket(data))
  garbage.write('nonsense\n')
  const [answer] = (await once(garbage, 'data')) as [Buffer]
  assert.match(answer.toString(), /does not know this command/)
  garbage.destroy()
  const client = (await openControl(data))!
  assert.equal(await client.ask('add', { a: 1, b: 1 }), 2)
  client.close()
})

test('a service that stops in the middle of a command says so', async () => {
  let started = () => undefined as void
  const begun = new Promise<void>(resolve => {
    started = resolve
  })
  const never = async () => {
    started()
    await new Promise(() => undefined)
  }
  server = await serveControl(data, { never }, silentLog)
  const client = (await openControl(data))!
  const asked = client.ask('never')
  await begun
  await server.close()
  server = undefined
  await assert.rejects(asked, /stopped before it answered/)
})

test('a path that is too long for a socket is told', async () => {
  await assert.rejects(serveControl(join(data, 'x'.repeat(120)), handlers, silentLog), /too long for a socket/)
})
