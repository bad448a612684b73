import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { catalogue } from '../catalogue.ts'
import { databasePath, openHouse } from '../house.ts'
import { schemaOf } from '../privacy/catalogue.ts'
import { parseBareJid } from '../protocol/jid.ts'
import { loadSettings } from '../settings/load.ts'
import { openSqlite } from '../storage/sqlite/open.ts'
import { auditData } from './audit.ts'

const found = async () => (await auditData(data, Date.now())).map(({ promise, sentence }) => `${promise} ${sentence}`)

let data: string

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'sotto-audit-'))
  const house = await openHouse(loadSettings({ env: { SOTTO_SERVICE_DATA: data } }).settings)
  await house.accounts.create(parseBareJid('romeo@localhost')!, 'secret', 'operator')
  await house.close()
})
afterEach(() => rmSync(data, { recursive: true }))

/** Does to the database what a mistake in the program would. */
async function meddle(...statements: readonly string[]): Promise<void> {
  const db = await openSqlite(databasePath(data), schemaOf(catalogue))
  for (const sql of statements) await db.run(sql)
  await db.close()
}

describe('the audit of a data directory', () => {
  test('finds nothing in what the service itself writes', async () => {
    assert.deepEqual(await found(), [])
  })

  test('finds tables and columns that nobody declared, and those that are missing', async () => {
    await meddle(
      'CREATE TABLE logins (account INTEGER)',
      'ALTER TABLE accounts ADD COLUMN last_seen INTEGER',
      'DROP TABLE counters',
    )
    assert.deepEqual(await found(), [
      'P1 The catalogue declares the table counters, and the database does not have it.',
      'P1 The column accounts.last_seen is in the database, and the catalogue does not declare it.',
      'P1 The table logins is in the database, and the catalogue does not declare it.',
    ])
  })

  test('finds what an erased account left behind', async () => {
    await meddle('DELETE FROM accounts')
    const [finding, ...others] = await found()
    assert.match(finding!, /^P13 The table credentials holds 2 rows of accounts that do not exist/)
    assert.deepEqual(others, [])
  })

  test('finds times and addresses, whatever their column says of itself', async () => {
    await meddle(
      "UPDATE accounts SET created = '2026-11-22T10:00'",
      `INSERT INTO counters (name, value) VALUES ('x', ${Date.now()})`,
      "INSERT INTO counters (name, value) VALUES ('from 192.0.2.1', 1), ('at 10:30:00', 1), ('2001:db8:0:0:1::', 1)",
    )
    assert.deepEqual(await found(), [
      'P10 The column accounts.created holds 1 values that look like times of day.',
      'P9 The column counters.name holds values that look like network addresses.',
      'P10 The column counters.name holds 1 values that look like times of day.',
      'P10 The column counters.value holds 1 numbers that look like times.',
    ])
  })

  test('finds files that nobody declared, and a directory that others can read', async () => {
    writeFileSync(join(data, 'sotto.log'), '', { mode: 0o600 })
    writeFileSync(join(data, 'core.4711'), '', { mode: 0o600 })
    chmodSync(data, 0o755)
    const [directory, ...files] = await found()
    assert.match(directory!, /^P15 Others on this machine can get at /)
    assert.equal(files.length, 2)
    assert.ok(files.some(text => text.startsWith('P1 The file sotto.log is in the data directory')))
    assert.ok(files.some(text => text.startsWith('P15 The file core.4711 looks like memory')))
  })

  test('refuses a directory without a database', async () => {
    await assert.rejects(auditData(join(data, 'elsewhere'), Date.now()), /There is no database in/)
  })
})
