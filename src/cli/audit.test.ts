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

describe('the audit', () => {
  test('finds nothing in what the service itself writes', async () => {
    assert.deepEqual(await auditData(data), [])
  })

  test('finds tables and columns that nobody declared, and those that are missing', async () => {
    await meddle(
      'CREATE TABLE logins (account INTEGER)',
      'ALTER TABLE accounts ADD COLUMN last_seen INTEGER',
      'DROP TABLE spool',
    )
    assert.deepEqual(await auditData(data), [
      'The column accounts.last_seen is in the database, and the catalogue does not declare it.',
      'The table logins is in the database, and the catalogue does not declare it.',
      'The catalogue declares the table spool, and the database does not have it.',
    ])
  })

  test('finds what an erased account left behind', async () => {
    await meddle('DELETE FROM accounts')
    assert.deepEqual(await auditData(data), ['The table credentials holds 2 rows of accounts that no longer exist.'])
  })

  test('finds times and addresses, whatever their column says of itself', async () => {
    await meddle(
      "UPDATE accounts SET created = '2026-11-22T10:00'",
      `INSERT INTO counters (name, value) VALUES ('x', ${Date.UTC(2026, 10, 22)})`,
      "INSERT INTO counters (name, value) VALUES ('from 192.0.2.1', 1), ('at 10:30', 1), ('2001:db8:0:0:1::', 1)",
    )
    assert.deepEqual(await auditData(data), [
      'The column accounts.created holds 1 values that are not a plain day.',
      'The column counters.name holds 2 values that look like network addresses.',
      'The column counters.name holds 1 values that look like times.',
      'The column counters.value holds 1 numbers that look like times.',
    ])
  })

  test('finds files that nobody declared, and a directory that others can read', async () => {
    writeFileSync(join(data, 'sotto.log'), '')
    chmodSync(data, 0o755)
    assert.deepEqual(await auditData(data), [
      `Others on this machine may look into ${data}. Run: chmod 700 ${data}`,
      'The file sotto.log is in the data directory, and the catalogue does not declare it.',
    ])
  })
})
