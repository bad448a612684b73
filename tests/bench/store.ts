/**
 * What a kept message costs: `node tests/bench/store.ts [seconds] [gapMs hurryRows]`.
 *
 * Each message is put into the spool, and removed a moment after it is on disk, as for a recipient who is there.
 * The clock of the load costs CPU too: what it costs alone is measured first and taken off.
 * Full durability, a stanza of 600 bytes, 1000 accounts. CPU is user and system time, of all threads
 * and, where no clock blurs it, of the main thread.
 */

import { spool } from '../../src/accounts/spool.ts'
import { accountsTable, accountTables, documentsTable } from '../../src/accounts/tables.ts'
import { catalogue, schemaOf } from '../../src/privacy/catalogue.ts'
import { backends, type Fresh } from '../../src/storage/contract/backends.ts'

const [seconds = 4, gapMs, hurryRows] = process.argv.slice(2).map(Number)
const kept = catalogue({
  accounts: accountsTable,
  documents: documentsTable,
  tables: accountTables,
  collections: [],
  files: [],
})
const stanza = `<message xmlns='jabber:client'><body>${'x'.repeat(550)}</body></message>`
const ACCOUNTS = 1000
const REMOVED_AFTER_MS = 2

/** Calls `send` `rate` times a second until `ends`. */
async function pace(rate: number, begun: number, ends: number, send: () => void): Promise<void> {
  for (let sent = 0; performance.now() < ends; ) {
    const due = Math.floor(((performance.now() - begun) * rate) / 1000)
    for (; sent < due; sent++) send()
    await new Promise<void>(resolve => setTimeout(resolve, 1))
  }
}

const microseconds = ({ user, system }: NodeJS.CpuUsage) => user + system

/** CPU time of a second of the two clocks of the load. */
async function idleCost(): Promise<number> {
  const sweep = setInterval(() => {}, REMOVED_AFTER_MS)
  const cpu = process.cpuUsage()
  const begun = performance.now()
  await pace(1000, begun, begun + 1000, () => {})
  clearInterval(sweep)
  return microseconds(process.cpuUsage(cpu))
}

/** Sends at `rate` messages a second, or keeps `window` messages on their way. */
async function measure(name: string, fresh: Fresh, rate: number, window: number): Promise<void> {
  const messages = spool(fresh.db, () => '2026-11-22')
  const latencies: number[] = []
  let seq = 1
  let done = 0
  const removals: (() => void)[] = []
  const sweep = setInterval(() => {
    for (const remove of removals.splice(0)) remove()
  }, REMOVED_AFTER_MS)

  const send = (then?: () => void): void => {
    const begun = performance.now()
    const entry = messages.append(1 + (seq % ACCOUNTS), seq++, stanza, () => {
      latencies.push(performance.now() - begun)
      done++
      if (entry !== 'full') removals.push(() => messages.remove(entry))
      then?.()
    })
  }

  const cpu = process.cpuUsage()
  const main = process.threadCpuUsage()
  const begun = performance.now()
  const ends = begun + seconds * 1000
  if (rate > 0) {
    await pace(rate, begun, ends, () => send())
  } else {
    const more = () => {
      if (performance.now() < ends) send(more)
    }
    for (let i = 0; i < window; i++) more()
    await new Promise<void>(resolve => setTimeout(resolve, seconds * 1000))
  }
  await fresh.db.unit([])
  clearInterval(sweep)
  for (const remove of removals.splice(0)) remove()
  await fresh.db.unit([])
  const took = (performance.now() - begun) / 1000
  const all = process.cpuUsage(cpu)
  const own = process.threadCpuUsage(main)
  latencies.sort((a, b) => a - b)
  const at = (q: number) => (latencies[Math.floor(latencies.length * q)] ?? 0).toFixed(1)
  const per = (usage: NodeJS.CpuUsage) =>
    Math.max(0, (microseconds(usage) - (rate > 0 ? idle * seconds : 0)) / done).toFixed(1)
  console.log(
    `${name.padEnd(28)} ${Math.round(done / took)
      .toString()
      .padStart(
        6,
      )} messages/s · CPU ${per(all)} µs a message${rate > 0 ? '' : `, main thread ${per(own)} µs`} · durable after ${at(0.5)}/${at(0.99)} ms (p50/p99)`,
  )
}

const idle = await idleCost()
for (const backend of backends) {
  const pace = gapMs === undefined || hurryRows === undefined ? {} : { pace: { gapMs, hurryRows } }
  const fresh = await backend.fresh(schemaOf(kept), pace)
  await fresh.db.unit(
    Array.from({ length: ACCOUNTS }, (_, i) => [
      'INSERT INTO accounts (id, localpart, domain, created) VALUES (?, ?, ?, ?)',
      [i + 1, `user${i}`, 'localhost', '2026-11-22'],
    ]),
  )
  for (const [rate, window] of [
    [100, 0],
    [1000, 0],
    [5000, 0],
    [0, 16],
    [0, 256],
    [0, 2048],
  ] as const) {
    await measure(`${backend.name}, ${rate > 0 ? `${rate}/s` : `${window} at once`}`, fresh, rate, window)
  }
  await fresh.end()
}
