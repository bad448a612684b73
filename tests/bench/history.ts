/**
 * What a page of a history costs, and the end of a day: `node tests/bench/history.ts [messages] [days]`.
 *
 * One account has that many messages with ten contacts in equal parts, one message with an eleventh, and some hundred others have
 * a few. Then pages of 50 are read in every way, and the largest day is dropped while others are being written to.
 */

import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { accountsTable, accountTables, documentsTable } from '../../src/accounts/tables.ts'
import { Archive, type Owner } from '../../src/archive/archive.ts'
import type { HistoryQuery } from '../../src/archive/history.ts'
import { archiveTables } from '../../src/archive/tables.ts'
import { catalogue, schemaOf } from '../../src/privacy/catalogue.ts'
import { Keyring } from '../../src/seals/keyring.ts'
import { sealTables } from '../../src/seals/tables.ts'
import { backends } from '../../src/storage/contract/backends.ts'

const [messages = 1_000_000, days = 1] = process.argv.slice(2).map(Number)
const kept = catalogue({
  accounts: accountsTable,
  documents: documentsTable,
  tables: [...accountTables, ...sealTables, ...archiveTables],
  collections: [],
  files: [],
})
const DAY = 86_400_000
const first = Date.UTC(2026, 10, 1)
const text = `<message from='romeo@montague.lit/orchard' to='juliet@capulet.lit' type='chat'><body>${'x'.repeat(300)}</body></message>`
const PAGES = 200

const fresh = await backends[0]!.fresh(schemaOf(kept), { access: 'service' })
const { db } = fresh
const keyring = new Keyring({ db, seal: 'owner', serverKey: () => undefined })
const login = { hash: 'SHA-256', key: randomBytes(32) } as const
let now = first
const archive = await Archive.open({
  db,
  seals: keyring,
  limits: { messages: 1e7, bytes: 1e11 },
  now: () => now,
  corrupt: () => console.log('An entry does not open.'),
})

async function account(name: string): Promise<Owner> {
  const id = randomBytes(6).readUIntBE(0, 6)
  const columns = [id, name, 'localhost', '2026-11-22']
  await db.unit([
    ['INSERT INTO accounts (id, localpart, domain, created) VALUES (?, ?, ?, ?)', columns],
    ...keyring.created(id, [login]),
  ])
  keyring.hold(id)
  await keyring.unlock(id, login)
  return { id, seal: await keyring.publicOf(id) }
}

const owner = await account('reader')
const others = await Promise.all(Array.from({ length: 100 }, (_, i) => account(`other${i}`)))

function keep(whose: Owner, seq: number, contact: string): void {
  const entry = {
    owner: whose,
    seq,
    peer: `${contact}/desk`,
    contact,
    text,
    sent: false,
    waiting: false,
    archived: true,
  }
  archive.append(entry)
}

const settled = () => new Promise<void>(resolve => db.afterCommit(resolve))

const begun = performance.now()
for (let i = 0; i < messages; i++) {
  now = first + Math.floor((i / messages) * days * DAY)
  keep(owner, 2 * i, i === Math.floor(messages / 7) ? 'rare@localhost' : `friend${i % 10}@localhost`)
  if (i % 100 === 0) keep(others[(i / 100) % 100]!, 2 * i + 1, 'reader@localhost')
  if (i % 500 === 499) await settled()
}
await settled()
console.log(`${messages} messages on ${days} days kept in ${((performance.now() - begun) / 1000).toFixed(0)} s`)

const random = (below: number) => Math.floor(Math.random() * below)
const friend = () => `friend${random(10)}@localhost`
/** Never one that has another contact. */
const somewhere = () => 2 * random(messages)

const ways: Record<string, () => Partial<HistoryQuery>> = {
  'the last page': () => ({ backwards: true }),
  'after some message': () => ({ after: somewhere() }),
  'before some message': () => ({ before: somewhere(), backwards: true }),
  'from some moment': () => ({ start: first + random(days * DAY) }),
  'the last with a contact': () => ({ with: friend(), backwards: true }),
  'with a contact, after some message': () => ({ with: friend(), after: somewhere() }),
  'the only one with a contact': () => ({ with: 'rare@localhost', backwards: true }),
  'with somebody never heard of': () => ({ with: 'nobody@localhost' }),
}
for (const [what, query] of Object.entries(ways)) {
  const took: number[] = []
  const cpu = process.threadCpuUsage()
  let found = 0
  for (let i = 0; i < PAGES; i++) {
    const since = performance.now()
    const page = await archive.history.page(owner.id, { limit: 50, backwards: false, ...query() })
    took.push(performance.now() - since)
    found += page === 'not found' ? Number.NaN : page.entries.length
  }
  const { user, system } = process.threadCpuUsage(cpu)
  took.sort((one, other) => one - other)
  const at = (q: number) => took[Math.floor(took.length * q)]!.toFixed(2)
  console.log(
    `${what.padEnd(36)} ${(found / PAGES).toFixed(0).padStart(3)} found · CPU ${((user + system) / PAGES / 1000).toFixed(2)} ms · ${at(0.5)}/${at(0.99)} ms (p50/p99)`,
  )
}

/** How long writes take while `meanwhile` is going on. */
async function slowestWrite(meanwhile: () => Promise<unknown>): Promise<{ slowest: number; took: number }> {
  let slowest = 0
  let going = true
  let seq = 2 * messages + 2
  now = first + (days + 1) * DAY
  const since = performance.now()
  const work = meanwhile().then(() => {
    going = false
    return performance.now() - since
  })
  while (going) {
    const asked = performance.now()
    keep(others[seq % 100]!, seq++, 'reader@localhost')
    await settled()
    slowest = Math.max(slowest, performance.now() - asked)
  }
  return { slowest, took: await work }
}

const quiet = await slowestWrite(() => new Promise<void>(resolve => setTimeout(resolve, 1000)))
const [day] = await archive.days()
const size = statSync(join(fresh.directory, 'archive', `${day}.db`)).size
const dropping = await slowestWrite(() => archive.drop(day!))
console.log(
  `a day of ${Math.round(size / 1e6)} MB dropped in ${dropping.took.toFixed(0)} ms; slowest write meanwhile ${dropping.slowest.toFixed(1)} ms, ` +
    `of ${quiet.slowest.toFixed(1)} ms in a second without`,
)
keyring.close()
await fresh.end()
