/**
 * What a kept message costs: `node tests/bench/store.ts [seconds] [accounts]`.
 *
 * Each message is kept for two accounts, and has arrived a moment after it is on disk, as for a recipient who is there: sealed, in
 * the archive of both, with full durability. CPU is user and system time, of all threads and of the main thread.
 */

import { randomBytes } from 'node:crypto'
import { accountsTable, accountTables, documentsTable } from '../../src/accounts/tables.ts'
import { Archive, type Owner } from '../../src/archive/archive.ts'
import { archiveTables } from '../../src/archive/tables.ts'
import { catalogue, schemaOf } from '../../src/privacy/catalogue.ts'
import { Keyring } from '../../src/seals/keyring.ts'
import { sealTables } from '../../src/seals/tables.ts'
import { backends, type Fresh } from '../../src/storage/contract/backends.ts'

const [seconds = 4, accounts = 200] = process.argv.slice(2).map(Number)
const kept = catalogue({
  accounts: accountsTable,
  documents: documentsTable,
  tables: [...accountTables, ...sealTables, ...archiveTables],
  collections: [],
  files: [],
})
const stanza = `<message from='romeo@montague.lit/orchard' to='juliet@capulet.lit' type='chat'><body>${'x'.repeat(400)}</body></message>`
const ARRIVED_AFTER_MS = 2

interface Person extends Owner {
  readonly jid: string
}

const microseconds = ({ user, system }: NodeJS.CpuUsage) => user + system

async function people(fresh: Fresh, keyring: Keyring): Promise<Person[]> {
  const login = { hash: 'SHA-256', key: randomBytes(32) } as const
  const all: Person[] = []
  for (let i = 1; i <= accounts; i++) {
    const id = randomBytes(6).readUIntBE(0, 6)
    await fresh.db.unit([
      [
        'INSERT INTO accounts (id, localpart, domain, created) VALUES (?, ?, ?, ?)',
        [id, `user${i}`, 'localhost', '2026-11-22'],
      ],
      ...keyring.created(id, [login]),
    ])
    keyring.hold(id)
    all.push({ id, seal: await keyring.publicOf(id), jid: `user${i}@localhost` })
  }
  return all
}

/** Keeps `window` messages on their way. */
async function measure(name: string, fresh: Fresh, archive: Archive, everybody: readonly Person[], window: number) {
  let seq = 1
  let done = 0
  const latencies: number[] = []
  const cpu = process.cpuUsage()
  const main = process.threadCpuUsage()
  const begun = performance.now()
  const ends = begun + seconds * 1000
  const send = (): void => {
    if (performance.now() > ends) return
    const since = performance.now()
    const one = everybody[seq % accounts]!
    const other = everybody[(seq + 1) % accounts]!
    const message = { seq: seq++, text: stanza, archived: true }
    const theirs = { owner: other, peer: `${one.jid}/desk`, contact: one.jid, sent: false, waiting: true }
    const entry = archive.append({ ...message, ...theirs })
    archive.append({ ...message, owner: one, peer: other.jid, contact: other.jid, sent: true, waiting: false })
    fresh.db.afterCommit(() => {
      latencies.push(performance.now() - since)
      done++
      if (typeof entry === 'object') setTimeout(() => archive.delivered(entry), ARRIVED_AFTER_MS)
      send()
    })
  }
  for (let i = 0; i < window; i++) send()
  await new Promise<void>(resolve => setTimeout(resolve, seconds * 1000 + 50))
  await fresh.db.unit([])
  const took = (performance.now() - begun) / 1000
  const all = process.cpuUsage(cpu)
  const own = process.threadCpuUsage(main)
  latencies.sort((a, b) => a - b)
  const at = (q: number) => (latencies[Math.floor(latencies.length * q)] ?? 0).toFixed(1)
  const per = (usage: NodeJS.CpuUsage) => (microseconds(usage) / done).toFixed(1)
  const rate = Math.round(done / took)
  console.log(
    `${name.padEnd(24)} ${rate.toString().padStart(6)} messages/s · CPU ${per(all)} µs a message, main thread ${per(own)} µs` +
      ` · durable after ${at(0.5)}/${at(0.99)} ms (p50/p99)`,
  )
}

for (const backend of backends) {
  const fresh = await backend.fresh(schemaOf(kept), { access: 'service' })
  const keyring = new Keyring({ db: fresh.db, seal: 'owner', serverKey: () => undefined })
  const everybody = await people(fresh, keyring)
  const limits = { messages: 1e6, bytes: 1e10 }
  const archive = await Archive.open({ db: fresh.db, seals: keyring, limits, now: Date.now, corrupt: () => {} })
  for (const window of [1, 16, 256, 2048]) {
    await measure(`${backend.name}, ${window} at once`, fresh, archive, everybody, window)
  }
  keyring.close()
  await fresh.end()
}
