import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { startTestServer } from '../kit/server.ts'
import { Stage } from '../kit/stage.ts'

const program = join(import.meta.dirname, 'slixmpp_history.py')
const many = 1_000

interface History {
  readonly error?: string
  readonly features: readonly string[]
  readonly fields: readonly string[]
  readonly preferences: string
  readonly metadata: readonly string[]
  readonly ids: readonly string[]
  readonly forwards: readonly string[]
  readonly backwards: readonly string[]
  readonly contact: readonly string[]
  readonly time: readonly string[]
  readonly expected: readonly string[]
}

/** What the program printed. */
function read(order: object): Promise<History> {
  return new Promise((resolve, reject) => {
    const child = spawn('/usr/bin/python3', [program], { stdio: ['pipe', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    child.stdout.on('data', bytes => {
      output += bytes
    })
    child.stderr.on('data', bytes => {
      errors += bytes
    })
    child.on('error', reject)
    child.on('close', () => (output === '' ? reject(new Error(errors)) : resolve(JSON.parse(output))))
    child.stdin.end(`${JSON.stringify(order)}\n`)
  })
}

test(`slixmpp reads a history of ${many} messages forwards, backwards, by contact and by time`, async () => {
  const server = await startTestServer()
  const stage = new Stage(server)
  try {
    const [romeo, nurse, juliet] = [await stage.actor('romeo'), await stage.actor('nurse'), await stage.actor('juliet')]
    for (const actor of [romeo, nurse, juliet]) await actor.connects()
    for (let i = 0; i < many; i++) {
      const writer = i % 4 === 0 ? nurse : romeo
      writer.client.send(`<message type='chat' to='${juliet.jid}' id='m${i}'><body>${i}</body></message>`)
      await writer.settles()
    }
    const { host, ports } = server
    const found = await read({
      jid: `${juliet.jid}/reader`,
      password: juliet.password,
      host,
      port: ports.c2s,
      contact: nurse.jid,
    })
    assert.equal(found.error, undefined)
    const all = Array.from({ length: many }, (_, i) => String(i))
    assert.deepEqual(found.forwards, all)
    assert.deepEqual(found.backwards.toReversed(), all)
    assert.deepEqual(
      found.contact,
      all.filter(n => Number(n) % 4 === 0),
    )
    assert.ok(found.expected.length > many / 4)
    assert.deepEqual(found.time, found.expected)
    assert.equal(new Set(found.ids).size, many)
    assert.deepEqual(found.metadata, [found.ids[0], found.ids.at(-1)])
    assert.deepEqual(found.features, ['urn:xmpp:mam:2', 'urn:xmpp:mam:2#extended', 'urn:xmpp:mam:2#groupchat-field'])
    assert.ok(['with', 'start', 'end', 'before-id', 'after-id', 'ids'].every(name => found.fields.includes(name)))
    assert.equal(found.preferences, 'always')
  } finally {
    stage.ends()
    await server.stop()
  }
})
