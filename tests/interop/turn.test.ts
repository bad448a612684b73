/** Calls through firewalls: a coturn with our sample configuration relays for whoever we gave a password, and for nobody else. */

import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { dialogue, useServer } from '../kit/cast.ts'
import { startTestServer, type TestServer } from '../kit/server.ts'

const secret = 'a secret that both sides know'
const sample = resolve(import.meta.dirname, '../../docs/coturn.conf')

let directory: string
let port: number
let coturn: ChildProcess
let output = ''
let server: TestServer

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sotto-turn-'))
  port = await freePort()
  writeFileSync(join(directory, 'turnserver.conf'), configuration())
  coturn = spawn('turnserver', ['-c', join(directory, 'turnserver.conf')], { cwd: directory })
  for (const stream of [coturn.stdout, coturn.stderr]) {
    stream?.on('data', text => {
      output += text
    })
  }
  await listening(port)
  server = await startTestServer({ turn: { host: '127.0.0.1', port, secret } })
  useServer(server)
})

after(async () => {
  await server?.stop()
  const gone = new Promise(done => coturn.once('close', done))
  coturn.kill('SIGKILL')
  await gone
  rmSync(directory, { recursive: true })
})

test(
  'XEP-0215: with what we give out coturn allocates a relay, data passes, and nothing of it is written anywhere',
  { timeout: 60_000 },
  dialogue(async ({ juliet }) => {
    const answer = await juliet.asks(
      '<iq type="get" to="localhost"><services xmlns="urn:xmpp:extdisco:2" type="turn"/></iq>',
    )
    const relay = answer.need('services').elements()[0]!
    const attribute = (name: string): string => relay.attr(name)!
    const login = ['-u', attribute('username'), '-w', attribute('password')]
    const passed = await relays([...login, '-p', attribute('port'), attribute('host')])
    assert.match(passed, /tot_recv_msgs=[1-9]/)
    assert.match(passed, /Total lost packets 0 /)

    const refused = await relays(['-u', attribute('username'), '-w', 'guessed', '-p', String(port), '127.0.0.1'])
    assert.match(refused, /Cannot complete Allocation/)
    const later = attribute('username').replace(/^\d+/, until => String(Number(until) + 3600))
    const forged = await relays(['-u', later, '-w', attribute('password'), '-p', String(port), '127.0.0.1'])
    assert.match(forged, /Cannot complete Allocation/)

    assert.doesNotMatch(output, /127\.0\.0\.1|session|realm/)
    const files = readdirSync(directory).filter(name => name !== 'turnserver.conf' && name !== 'turnserver.pid')
    assert.deepEqual(files, [])
  }),
)

/** The sample, on this machine alone. */
function configuration(): string {
  const changes: readonly (readonly [RegExp, string])[] = [
    [/SECRET/, secret],
    [/EXAMPLE\.ORG/, 'localhost'],
    [/^listening-port=.*$/m, `listening-port=${port}\nlistening-ip=127.0.0.1\nrelay-ip=127.0.0.1`],
    [/^tls-listening-port=.*\ncert=.*\npkey=.*$/m, 'no-tls\nno-dtls'],
    [/^pidfile=.*$/m, `pidfile=${join(directory, 'turnserver.pid')}`],
    [/^denied-peer-ip=127\..*$/m, 'allow-loopback-peers'],
  ]
  return changes.reduce(
    (text, [from, to]) => {
      assert.match(text, from)
      return text.replace(from, to)
    },
    readFileSync(sample, 'utf8'),
  )
}

/** Two callers, who send each other five messages through the relay. */
function relays(args: readonly string[]): Promise<string> {
  return new Promise(done => {
    execFile('turnutils_uclient', ['-y', '-n', '5', '-m', '1', ...args], { timeout: 30_000 }, (_, out, err) =>
      done(`${out}${err}`),
    )
  })
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer()
    probe.once('error', failed)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => done(port))
    })
  })
}

/** coturn says nothing when it is ready; its port does. */
async function listening(at: number): Promise<void> {
  const knock = (): Promise<boolean> =>
    new Promise(answer => {
      const socket = connect(at, '127.0.0.1')
      socket.once('connect', () => answer(true))
      socket.once('error', () => answer(false))
      socket.once('close', () => socket.destroy())
      socket.once('connect', () => socket.end())
    })
  const deadline = performance.now() + 20_000
  while (!(await knock())) {
    assert.ok(performance.now() < deadline && coturn.exitCode === null, `coturn did not start: ${output}`)
    await new Promise(soon => setTimeout(soon, 50))
  }
}
