/** Uploads as they should not be, byte by byte over TLS: lies about lengths, senders that dawdle or come late, a flood of slots. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { dialogue, useServer } from '../kit/cast.ts'
import { type ServerProcess, startProcess } from '../kit/server.ts'
import { exchange, type Slot, slotFor, uploads } from '../kit/uploads.ts'

let server: ServerProcess

before(async () => {
  server = await startProcess({ files: { slot_seconds: 10 } })
  useServer(server)
})

after(() => server?.stop())

const onDisk = () => {
  const folder = join(server.data, 'files')
  return existsSync(folder) ? filesBelow(folder) : []
}

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())

/** A connection whose owner writes what he likes; `over` is all that came until its end. */
class Sender {
  readonly socket: TLSSocket
  readonly over: Promise<string>
  heard = ''

  constructor(slot: Slot, headers: readonly string[], body: string | Uint8Array = '') {
    const { port, pathname } = new URL(slot.put)
    this.socket = connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false })
    this.socket.on('error', () => {})
    this.socket.on('data', bytes => {
      this.heard += bytes
    })
    this.over = new Promise(done => this.socket.once('close', () => done(this.heard)))
    const lines = [`PUT ${pathname} HTTP/1.1`, 'Host: localhost', `Authorization: ${slot.headers.Authorization}`]
    this.socket.write(`${[...lines, ...headers].join('\r\n')}\r\n\r\n`)
    this.socket.write(body)
  }

  /** The status of each answer, in order. */
  get statuses(): readonly number[] {
    return [...this.heard.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status))
  }
}

test(
  'a body is exactly as long as its slot and its header say, or it is refused and the slot is as good as before',
  dialogue(async ({ romeo }) => {
    const body = randomBytes(5000)
    const slot = await slotFor(romeo, server.domain, { size: body.length })
    const lies: readonly (readonly [status: number, headers: readonly string[]])[] = [
      [413, ['Content-Length: 5001']],
      [413, ['Content-Length: 99999999999999']],
      [400, ['Content-Length: 4999']],
      [400, ['Content-Length: 0']],
      [400, ['Content-Length: -1']],
      [400, ['Content-Length: 5000', 'Content-Length: 6000']],
      [400, ['Content-Length: 5000', 'Transfer-Encoding: chunked']],
      [411, []],
    ]
    for (const [status, headers] of lies) {
      const sender = new Sender(slot, [...headers, 'Connection: close'])
      await sender.over
      assert.deepEqual(sender.statuses, [status], headers.join(', '))
    }

    const short = new Sender(slot, ['Content-Length: 5000'], body.subarray(0, 4000))
    short.socket.end()
    await short.over
    assert.ok(!short.statuses.includes(201), short.heard)
    // Until the server has noticed the slot is in use.
    let empty = await uploads(slot, '')
    while (empty.status === 409) empty = await uploads(slot, '')
    assert.equal(empty.status, 400)
    assert.equal(onDisk().length, 0)

    // What comes after the last byte is no part of the file, and no request. Whether the file was taken before the rest
    // was refused is a matter of moments.
    const long = new Sender(slot, ['Content-Length: 5000'], Buffer.concat([body, randomBytes(3000)]))
    await long.over
    assert.ok(long.statuses.length > 0 && long.statuses.slice(1).every(status => status >= 400), long.heard)
    let after = await uploads(slot, body)
    while (after.status === 409) after = await uploads(slot, body)
    assert.ok(after.status === 201 || after.status === 404, String(after.status))
    assert.deepEqual((await exchange('GET', slot.get)).body, body)
    assert.equal(onDisk().length, 1)
  }),
)

test(
  'who dawdles is sent away, who comes late is, too, and others upload meanwhile',
  { timeout: 60_000 },
  dialogue(async ({ tybalt, juliet }) => {
    const before = onDisk().length
    const size = 8192
    const [silent, dripping, late] = [
      await slotFor(tybalt, server.domain, { size: 300_000 }),
      await slotFor(tybalt, server.domain, { size }),
      await slotFor(tybalt, server.domain, { size }),
    ]
    const begun = performance.now()
    const stopped = new Sender(silent, ['Content-Length: 300000'], randomBytes(100_000))
    // Something now and then: never idle, and much too slow.
    const drip = new Sender(dripping, [`Content-Length: ${size}`])
    const drops = setInterval(() => drip.socket.writable && drip.socket.write(randomBytes(20)), 500)
    try {
      const body = randomBytes(200_000)
      const slot = await slotFor(juliet, server.domain, { size: body.length })
      assert.equal((await uploads(slot, body)).status, 201)
      assert.deepEqual((await exchange('GET', slot.get)).body, body)
      await Promise.all([stopped.over, drip.over])
    } finally {
      clearInterval(drops)
    }
    assert.deepEqual([stopped.statuses, drip.statuses], [[408], [408]])
    const seconds = (performance.now() - begun) / 1000
    assert.ok(seconds < 40, `it took ${Math.round(seconds)} s`)
    assert.equal(onDisk().length, before + 1)

    // By now ten seconds are over, for the slot that waited and for those that were used in vain.
    for (const slot of [late, silent, dripping]) {
      const again = await uploads(slot, randomBytes(slot === silent ? 300_000 : size))
      assert.equal(again.status, 404, again.body.toString())
    }
    assert.equal(onDisk().length, before + 1)
  }),
)

test(
  'ten thousand slots are not to be had: a hundred, then refusals, and memory stays where it was',
  { timeout: 60_000 },
  dialogue(async ({ tybalt, juliet }) => {
    const resident = () =>
      Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) * 1024
    const atFirst = resident()
    const { client } = tybalt
    const outcomes = { granted: 0, refused: 0 }
    for (let i = 0; i < 10_000; i += 250) {
      const ids = Array.from({ length: 250 }, () => client.newId())
      for (const id of ids)
        client.send(
          `<iq type='get' id='${id}' to='upload.${server.domain}'><request xmlns='urn:xmpp:http:upload:0' filename='${id}' size='1'/></iq>`,
        )
      for (const id of ids) {
        const answer = await client.answerTo(id)
        if (answer.attr('type') === 'result') outcomes.granted++
        else {
          assert.ok(answer.need('error').child('resource-constraint'), String(answer))
          assert.ok(answer.need('error').child('retry', 'urn:xmpp:http:upload:0'), String(answer))
          outcomes.refused++
        }
      }
    }
    // Slots live ten seconds here, so some may come free meanwhile.
    assert.ok(outcomes.granted >= 100 && outcomes.granted <= 300, JSON.stringify(outcomes))
    assert.equal(outcomes.granted + outcomes.refused, 10_000)
    const grown = resident() - atFirst
    assert.ok(grown < 60e6, `memory grew by ${Math.round(grown / 1e6)} MB`)
    const slot = await slotFor(juliet, server.domain, { size: 5 })
    assert.equal((await uploads(slot, '12345')).status, 201)
  }),
)
