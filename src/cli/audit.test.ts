import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { catalogue } from '../catalogue.ts'
import { databasePath, openHouse } from '../house.ts'
import type { Finding } from '../privacy/audit.ts'
import { schemaOf } from '../privacy/catalogue.ts'
import { parseBareJid } from '../protocol/jid.ts'
import { loadSettings } from '../settings/load.ts'
import { openSqlite } from '../storage/sqlite/open.ts'
import { auditData } from './audit-data.ts'
import { runSelfTest } from './audit-self-test.ts'
import { commands } from './commands.ts'
import { run } from './run.ts'
import type { Terminal } from './terminal.ts'

const found = async () =>
  (await auditData(data, { nowMs: Date.now() })).map(({ promise, sentence }) => `${promise} ${sentence}`)

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
    const [finding, ...more] = await found()
    const others = more.filter(one => !/^P13 The table (archive_keys|archive_wraps|keys) holds \d rows? of/.test(one))
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
    await assert.rejects(auditData(join(data, 'elsewhere'), { nowMs: Date.now() }), /There is no database in/)
  })
})

test('the audit finds every kind of violation, and nothing where there is none', async () => {
  const results = await runSelfTest()
  assert.ok(results.length > 20)
  assert.deepEqual(
    results.filter(({ found }) => !found).map(({ violation }) => violation),
    [],
  )
})

describe('the command', () => {
  async function sotto(line: string, input = '') {
    const out: string[] = []
    const err: string[] = []
    const terminal: Terminal = {
      env: {},
      directory: data,
      interactive: false,
      out: text => out.push(text),
      err: text => err.push(text),
      ask: async () => undefined,
      input: async () => input,
    }
    const code = await run(`audit --data ${data} ${line}`.trim().split(' '), commands, terminal)
    return { code, out: out.join('\n'), err: err.join('\n') }
  }

  test('searches every file for samples, in the forms that a mistake could give them', async () => {
    const sample = 'wherefore art thou'
    assert.equal((await sotto('--sample', `${sample}\n`)).code, 0)
    for (const form of [sample, Buffer.from(sample).toString('hex'), Buffer.from(`xy${sample}z`).toString('base64')]) {
      writeFileSync(join(data, 'tls-notes'), `${'.'.repeat(1_048_570)}${form}`, { mode: 0o600 })
      const { code, out } = await sotto('--sample', `another\n${sample}\n`)
      assert.equal(code, 1)
      assert.match(out, /^P4 +The file tls-notes holds a marked sample in the clear/m)
      assert.ok(!out.includes(sample))
    }
    assert.deepEqual(await sotto('--sample'), { code: 2, out: '', err: 'There was no sample on standard input.' })
  })

  test('looks for addresses in a log that lies elsewhere, and answers in JSON', async () => {
    const log = join(tmpdir(), `sotto-audit-${process.pid}.log`)
    for (const [line, code] of [
      ['{"level":"info","event":"listening","port":5222}', 0],
      ['connected from 192.0.2.7', 1],
      ['romeo@example.org signed in', 1],
    ] as const) {
      writeFileSync(log, `${line}\n`)
      const told = await sotto(`--log ${log} --json`)
      assert.equal(told.code, code, line)
      assert.deepEqual(
        JSON.parse(told.out).map(({ promise }: Finding) => promise),
        code === 0 ? [] : ['P9'],
      )
    }
    rmSync(log)
  })
})
