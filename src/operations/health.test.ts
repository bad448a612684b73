import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Health, serveOperations } from './health.ts'
import { Metrics } from './metrics.ts'

async function serving(health: Health, use: (base: string) => Promise<void>): Promise<void> {
  const metrics = new Metrics()
  metrics.counter('sotto_bugs', 'Mistakes of ours.')
  const server = await serveOperations({ address: '127.0.0.1', port: 0 }, { health, metrics })
  try {
    await use(`http://127.0.0.1:${server.port}`)
  } finally {
    await server.close()
  }
}

describe('health', () => {
  test('is readiness with 200 and 503, while liveness stays', () => {
    const health = new Health()
    let well = true
    health.check('store', () => well)
    return serving(health, async base => {
      const get = async () => {
        const response = await fetch(`${base}/health`)
        return [response.status, await response.json()]
      }
      assert.deepEqual(await get(), [200, { live: true, ready: true, checks: { store: 'ok' } }])
      well = false
      assert.deepEqual(await get(), [503, { live: true, ready: false, checks: { store: 'failed' } }])
      well = true
      health.drain()
      assert.deepEqual(await get(), [503, { live: true, ready: false, checks: { store: 'ok', service: 'stopping' } }])
      assert.equal((await fetch(`${base}/health/live`)).status, 200)
    })
  })

  test('a check that throws has failed', () => {
    const health = new Health()
    health.check('store', () => {
      throw new Error('romeo@montague.example')
    })
    assert.deepEqual(health.report(), { live: true, ready: false, checks: { store: 'failed' } })
  })
})

test('metrics, unknown pages and other methods', () =>
  serving(new Health(), async base => {
    const metrics = await fetch(`${base}/metrics`)
    assert.match(metrics.headers.get('content-type')!, /^application\/openmetrics-text; version=1\.0\.0/)
    assert.match(await metrics.text(), /sotto_bugs_total 0\n# EOF\n$/)
    assert.equal((await fetch(`${base}/`)).status, 404)
    assert.equal((await fetch(`${base}/health`, { method: 'POST' })).status, 405)
  }))

test('a port that is taken is told by the system', () =>
  serving(new Health(), async base => {
    const port = Number(new URL(base).port)
    const parts = { health: new Health(), metrics: new Metrics() }
    await assert.rejects(serveOperations({ address: '127.0.0.1', port }, parts), { code: 'EADDRINUSE' })
  }))
