/** The process is killed (SIGKILL) while it erases what is too old: in the end nothing of it is left, and nothing else is gone. */

import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as after } from 'node:timers/promises'
import { archiveFamily, archiveTables } from '../../src/archive/tables.ts'
import { catalogue } from '../../src/catalogue.ts'
import { databasePath } from '../../src/house.ts'
import { schemaOf, type TableDeclaration } from '../../src/privacy/catalogue.ts'
import { type Day, dayOf, daysBefore } from '../../src/privacy/day.ts'
import type { Statements, Value } from '../../src/storage/database.ts'
import { openSqlite } from '../../src/storage/sqlite/open.ts'
import { type ServerProcess, startProcess } from '../kit/server.ts'
import { filesBelow } from '../privacy/search.ts'

const kills = Number(process.env.SOTTO_TEST_EXPIRY_KILLS ?? 8)
const tooOld = 40
const rowsEach = 300
/** From the start of the process until it has erased everything and lets people in. */
const longestMs = 900

test(`an expiry that is killed is finished by the next start, ${kills} times`, { timeout: 300_000 }, async t => {
  const server = await startProcess()
  try {
    await server.createAccount('romeo', 'a password')
    await stopped(server)
    const today = dayOf(Date.now())
    const old = Array.from({ length: tooOld }, (_, i) => daysBefore(today, 90 + i))
    const young = [1, 30, 89].map(days => daysBefore(today, days))
    await keep(server, [...old, ...young])
    const left = () => filesBelow(server.data).filter(file => /^archive\/.*\.db$/.test(file))
    const counts: number[] = []
    for (let i = 0; i < kills; i++) {
      const started = server.start().catch(() => undefined)
      await after(randomInt(longestMs))
      await server.kill()
      await started
      counts.push(left().length)
    }
    t.diagnostic(JSON.stringify({ kills, left: counts }))
    await server.start()
    await server.command(['audit'])
    assert.deepEqual(left().sort(), young.map(day => `archive/${day}.db`).sort())
    await stopped(server)
    for (const file of filesBelow(server.data)) for (const day of old) assert.ok(!file.includes(day), file)
    for (const day of young) assert.equal(await messagesOf(server, day), rowsEach)
  } finally {
    await server.stop()
  }
})

async function stopped(server: ServerProcess): Promise<void> {
  server.signal('SIGTERM')
  await server.exited()
}

/** Messages of some days, as noise: nobody reads them. */
async function keep(server: ServerProcess, days: readonly Day[]): Promise<void> {
  const db = await openSqlite(databasePath(server.data), schemaOf(catalogue))
  const account = Number((await db.get('SELECT id FROM accounts'))!.id)
  for (const day of days) {
    const partition = db.partition(archiveFamily, day)
    for (const table of archiveTables) {
      const inside = table.facts.partition !== undefined
      const rows = table.columns.place === undefined ? 1 : rowsEach
      for (let place = 1; place <= rows; place++) void insert(inside ? partition : db, table, { account, day, place })
    }
    await db.unit([])
  }
  await db.close()
}

async function insert(
  rows: Statements,
  { name, columns }: TableDeclaration,
  said: Readonly<Record<string, Value>>,
): Promise<void> {
  const values = Object.entries(columns).map(
    ([column, { kind }]) => said[column] ?? (kind === 'random' || kind === 'sealed' ? noise() : 1),
  )
  await rows.run(
    `INSERT INTO ${name} (${Object.keys(columns).join(', ')}) VALUES (${values.map(() => '?').join(', ')})`,
    values,
  )
}

const noise = () => new Uint8Array(randomBytes(80))

async function messagesOf(server: ServerProcess, day: Day): Promise<number> {
  const db = await openSqlite(databasePath(server.data), schemaOf(catalogue), { access: 'read' })
  try {
    const row = await db.partition(archiveFamily, day).get('SELECT COUNT(*) AS n FROM entries')
    return Number(row?.n)
  } finally {
    await db.close()
  }
}
