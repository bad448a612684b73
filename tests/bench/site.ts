/**
 * What the first page costs: `node tests/bench/site.ts [requests]`. Bytes, requests, and the time from asking to the last byte
 * over one TLS connection on this machine: of pages that are read most, and of one that asks the store.
 */

import { Agent } from 'node:https'
import { startProcess } from '../kit/server.ts'
import { asks } from '../site/rig.ts'

const requests = Number(process.argv[2] ?? 2000)
const server = await startProcess({ registration: { open: true } })
const origin = `https://localhost:${server.ports.https}`
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
try {
  for (const [path, accept] of [
    ['/', 'br'],
    ['/', 'gzip'],
    ['/', 'identity'],
    ['/contact', 'br'],
    ['/privacy', 'br'],
    ['/sign-up', 'br'],
    ['/login', 'br'],
  ] as const) {
    const took: number[] = []
    let bytes = 0
    for (let i = 0; i < requests; i++) {
      const began = performance.now()
      const answer = await asks({ origin }, path, {
        headers: { 'accept-encoding': accept, accept: 'text/html' },
        agent,
      })
      took.push(performance.now() - began)
      bytes = answer.bytes
    }
    took.sort((a, b) => a - b)
    const at = (share: number): string => `${took[Math.floor(took.length * share)]!.toFixed(2)} ms`
    process.stdout.write(`${path} (${accept}): ${bytes} bytes, median ${at(0.5)}, p99 ${at(0.99)}\n`)
  }
} finally {
  agent.destroy()
  await server.stop()
}
