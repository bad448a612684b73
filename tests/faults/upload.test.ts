import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { startProcess } from '../kit/server.ts'
import { Stage } from '../kit/stage.ts'
import { exchange, slotFor, uploads } from '../kit/uploads.ts'

test('a server that is killed during an upload has kept what was whole, and nothing of the rest', async () => {
  const server = await startProcess()
  const stage = new Stage(server)
  const filesOnDisk = () =>
    readdirSync(join(server.data, 'files'), { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  try {
    const romeo = await stage.actor('romeo')
    await romeo.connects()
    const body = randomBytes(300_000)
    const whole = await slotFor(romeo, server.domain, { size: body.length })
    assert.equal((await uploads(whole, body)).status, 201)

    const half = await slotFor(romeo, server.domain, { size: body.length })
    const { port, pathname } = new URL(half.put)
    const socket = connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false })
    socket.on('error', () => {})
    socket.write(
      `PUT ${pathname} HTTP/1.1\r\nHost: x\r\nAuthorization: ${half.headers.Authorization}\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
    )
    await new Promise(resolve => socket.once('data', resolve))
    await new Promise(resolve => socket.write(body.subarray(0, 280_000), resolve))
    assert.equal(filesOnDisk().length, 2)
    await server.kill()
    stage.ends()

    await server.start()
    assert.equal(filesOnDisk().length, 1)
    const now = (url: string) => url.replace(/:\d+\//, `:${server.ports.https}/`)
    assert.deepEqual((await exchange('GET', now(whole.get))).body, body)
    assert.equal((await exchange('GET', now(half.get))).status, 404)
    assert.equal((await uploads({ ...half, put: now(half.put) }, body)).status, 404)
    assert.ok(existsSync(join(server.data, 'files', 'drafts')))
  } finally {
    await server.stop()
  }
})
