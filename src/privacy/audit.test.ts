import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { backends } from '../storage/contract/backends.ts'
import type { Database, Value } from '../storage/database.ts'
import { audit } from './audit.ts'
import { catalogue, collection, declareFiles, personalTable, schemaOf, serviceTable } from './catalogue.ts'
import { describeAccount } from './describe.ts'
import { eraseAccount } from './erase.ts'

const why = 'a test'
const facts = { keep: 'for good', reader: 'owner' } as const
const people = personalTable(
  'people',
  'id',
  { id: { kind: 'id', why }, name: { kind: 'name', why }, created: { kind: 'day', why } },
  { ...facts, key: ['id'], unique: [['name']] },
)
const papers = personalTable(
  'papers',
  'person',
  {
    person: { kind: 'id', why },
    collection: { kind: 'text', why },
    tag: { kind: 'contents', why },
    value: { kind: 'contents', why },
  },
  { ...facts, key: ['person', 'collection', 'tag'] },
)
const things = personalTable(
  'things',
  'person',
  {
    number: { kind: 'serial', why },
    person: { kind: 'id', why },
    size: { kind: 'number', why },
    word: { kind: 'text', why },
    salt: { kind: 'random', why },
    body: { kind: 'contents', why, nullable: true },
  },
  { ...facts, key: ['number'], indexes: [['person', 'number']] },
)
const counters = serviceTable(
  'counters',
  { name: { kind: 'text', why }, value: { kind: 'number', why } },
  { ...facts, key: ['name'] },
)
const kept = catalogue({
  accounts: people,
  documents: papers,
  tables: [people, papers, things, counters],
  collections: [collection('notes', { why: 'to remember', exported: () => [], ...facts })],
  files: [
    declareFiles('store', { paths: ['sotto.*'], why, ...facts, endedBy: 'nothing' }),
    declareFiles('logs', { paths: ['logs/*.log'], why, ...facts, endedBy: 'nothing' }),
  ],
})
const NOW = Date.UTC(2026, 10, 22, 12)

it('sealed files are noise to the audit, and have to look like it', async t => {
  const { db, directory } = await people_(t)
  const sealed = declareFiles('sealed', {
    paths: ['sealed/*'],
    why,
    keep: why,
    reader: 'server',
    endedBy: why,
    sealed: true,
  })
  mkdirSync(join(directory, 'sealed'), { mode: 0o700 })
  // Noise holds everything sooner or later.
  const noise = Buffer.concat([randomBytes(5000), Buffer.from(' 203.0.113.9 '), randomBytes(5000)])
  writeFileSync(join(directory, 'sealed', 'noise'), noise, { mode: 0o600 })
  writeFileSync(join(directory, 'sealed', 'letter'), 'But soft, what light'.repeat(100), { mode: 0o600 })
  const found = await audit({ db, catalogue: { ...kept, files: [...kept.files, sealed] }, directory, nowMs: NOW })
  assert.deepEqual(
    found.map(({ promise, sentence }) => `${promise} ${sentence}`),
    ['P6 The file sealed/letter is to be sealed, and does not look like it. Report this.'],
  )
})

async function people_(t: TestContext): Promise<{ db: Database; look: () => Promise<string[]>; directory: string }> {
  const store = await backends[0]!.fresh(schemaOf(kept))
  t.after(() => store.end())
  const { db, directory } = store
  await db.run('INSERT INTO people VALUES (?, ?, ?)', [1, '192.0.2.7', '2026-11-22'])
  await db.run('INSERT INTO people VALUES (?, ?, ?)', [2, 'romeo at 12:30:00', '2026-11-21'])
  await db.run('INSERT INTO papers VALUES (?, ?, ?, ?)', [
    1,
    'notes',
    bytes('a'),
    bytes('seen at 2026-11-22T10:00:00Z from 192.0.2.7'),
  ])
  await thing(db, {})
  return {
    db,
    directory,
    look: async () =>
      (await audit({ db, catalogue: kept, directory, nowMs: NOW })).map(f => `${f.promise} ${f.sentence}`),
  }
}

let serial = 1
function thing(db: Database, plant: Record<string, Value>): Promise<number> {
  const row = {
    number: serial++,
    person: 1,
    size: 600,
    word: 'plain',
    salt: new Uint8Array(16).fill(200),
    body: null,
    ...plant,
  }
  return db.run(
    'INSERT INTO things (number, person, size, word, salt, body) VALUES (?, ?, ?, ?, ?, ?)',
    Object.values(row),
  )
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text))

describe('the audit', () => {
  it('finds nothing where nothing is, whatever people are called and have us keep', async t => {
    const { look, directory } = await people_(t)
    mkdirSync(join(directory, 'logs'), { mode: 0o700 })
    writeFileSync(join(directory, 'logs', 'today.log'), '12:30:00 listening on 127.0.0.1, version 26.10.0', {
      mode: 0o600,
    })
    assert.deepEqual(await look(), [])
  })

  const planted: readonly (readonly [name: string, sql: string, finding: RegExp])[] = [
    ['a table nobody declared', 'CREATE TABLE visits (x INTEGER) STRICT', /^P1 The table visits is in the database/],
    ['a table that is missing', 'DROP TABLE counters', /^P1 The catalogue declares the table counters/],
    [
      'a column nobody declared',
      'ALTER TABLE people ADD COLUMN mood TEXT',
      /^P1 The column people.mood is in the database/,
    ],
    [
      'a column that is missing',
      'ALTER TABLE things DROP COLUMN word',
      /^P1 The catalogue declares the column things.word/,
    ],
    [
      'a column that may be empty',
      'ALTER TABLE people ADD COLUMN x TEXT; ALTER TABLE people DROP COLUMN created; ALTER TABLE people RENAME COLUMN x TO created',
      /^P1 The column people.created may be empty/,
    ],
    [
      'an index nobody declared',
      'CREATE INDEX by_size ON things (size)',
      /^P1 The index by_size \(size\) of the table things is in/,
    ],
    [
      'an index that is missing',
      'DROP INDEX things_by_person_number',
      /^P1 The catalogue declares the index things_by_person_number/,
    ],
    [
      'an index that is not unique any more',
      'DROP INDEX people_by_name; CREATE INDEX people_by_name ON people (name)',
      /declares the unique index people_by_name/,
    ],
  ]
  for (const [name, sql, finding] of planted) {
    it(`finds ${name}`, async t => {
      const { db, look } = await people_(t)
      for (const statement of sql.split('; ')) await db.run(statement)
      const findings = await look()
      assert.ok(
        findings.some(text => finding.test(text)),
        findings.join('\n'),
      )
    })
  }

  const rows: readonly (readonly [name: string, plant: Record<string, Value>, finding: RegExp])[] = [
    ['a row of nobody', { person: 99 }, /^P13 The table things holds 1 row of accounts that do not exist/],
    ['an IPv4 address', { word: 'from 192.0.2.7:5222' }, /^P9 The column things.word/],
    ['an IPv6 address', { word: '[2001:db8::7]' }, /^P9 The column things.word/],
    ['the bytes of an IPv4 address', { salt: new Uint8Array([192, 0, 2, 7]) }, /^P9 The column things.salt/],
    [
      'the bytes of a mapped address',
      { salt: new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 7]) },
      /^P9 The column things.salt/,
    ],
    ['seconds since 1970', { size: NOW / 1000 }, /^P10 The column things.size holds 1 numbers that look like times/],
    ['milliseconds since 1970', { size: NOW }, /^P10 The column things.size/],
    ['microseconds since 1970', { size: NOW * 1000 }, /^P10 The column things.size/],
    ['a serial number that is the time', { number: NOW - 1000 }, /^P10 The column things.number/],
    [
      'a time in words',
      { word: '2026-11-22T10:45:00Z' },
      /^P10 The column things.word holds 1 values that look like times of day/,
    ],
  ]
  for (const [name, plant, finding] of rows) {
    it(`finds ${name}`, async t => {
      const { db, look } = await people_(t)
      await thing(db, plant)
      const findings = await look()
      assert.equal(findings.length, 1, findings.join('\n'))
      assert.match(findings[0]!, finding)
      for (const value of Object.values(plant)) if (typeof value === 'string') assert.ok(!findings[0]!.includes(value))
    })
  }

  it('finds a day with a time, and documents of an unknown kind', async t => {
    const { db, look } = await people_(t)
    await db.run('UPDATE people SET created = ? WHERE id = 1', ['2026-11-22 10:45'])
    await db.run('UPDATE people SET created = ? WHERE id = 2', ['yesterday'])
    await db.run('INSERT INTO papers VALUES (?, ?, ?, ?)', [1, 'secrets', bytes('a'), bytes('b')])
    assert.deepEqual(await look(), [
      'P7 There are 1 row in a collection of documents that the catalogue does not declare.',
      'P10 The column people.created holds 1 values that look like times of day.',
      'P10 The column people.created holds 1 values that are not a plain day.',
    ])
  })

  it('finds columns named for times and addresses, even where they are declared', async t => {
    const shady = serviceTable(
      'shady',
      { last_login: { kind: 'text', why }, peer_ip: { kind: 'text', why } },
      { ...facts, key: ['peer_ip'] },
    )
    const all = { ...kept, tables: [...kept.tables, shady] }
    const store = await backends[0]!.fresh(schemaOf(all))
    t.after(() => store.end())
    const findings = await audit({ db: store.db, catalogue: all, directory: store.directory, nowMs: NOW })
    assert.deepEqual(findings, [
      { promise: 'P10', sentence: 'The column shady.last_login is named like a time.' },
      { promise: 'P9', sentence: 'The column shady.peer_ip is named like an address.' },
    ])
  })

  it('finds strange files, open files, and addresses in logs, also far into them', async t => {
    const { look, directory } = await people_(t)
    mkdirSync(join(directory, 'logs'), { mode: 0o700 })
    writeFileSync(join(directory, 'core.123'), 'x', { mode: 0o600 })
    const padding = 'a plain line\n'.repeat(90_000)
    writeFileSync(join(directory, 'logs', 'today.log'), `${padding} 203.0.113.9 connected`, { mode: 0o600 })
    writeFileSync(join(directory, 'logs', 'old.log'), 'quiet', { mode: 0o600 })
    chmodSync(join(directory, 'logs', 'old.log'), 0o644)
    chmodSync(directory, 0o755)
    const findings = await look()
    assert.equal(findings.length, 4, findings.join('\n'))
    assert.ok(findings.some(text => /^P15 Others on this machine can get at .*chmod -R go= /.test(text)))
    assert.ok(findings.some(text => /^P15 .*logs.old\.log/.test(text)))
    assert.ok(findings.some(text => /^P15 The file core\.123 looks like memory/.test(text)))
    assert.ok(findings.some(text => /^P9 The file logs.today\.log holds text/.test(text)))
  })
})

describe('the catalogue', () => {
  it('counts what an account has, and says nothing of what it says', async t => {
    const { db } = await people_(t)
    const holdings = await describeAccount(db, kept, 1)
    assert.deepEqual(
      holdings.map(({ what, count }) => [what, count]),
      [
        ['people', 1],
        ['things', 1],
        ['notes', 1],
      ],
    )
    assert.deepEqual(holdings[2], { what: 'notes', why: ['to remember'], keep: 'for good', reader: 'owner', count: 1 })
  })

  it('erases an account from every table it lists', async t => {
    const { db, look } = await people_(t)
    assert.equal(await eraseAccount(db, kept, 1), true)
    assert.deepEqual(
      (await describeAccount(db, kept, 1)).map(({ count }) => count),
      [0, 0, 0],
    )
    assert.deepEqual(
      (await describeAccount(db, kept, 2)).map(({ count }) => count),
      [1, 0, 0],
    )
    assert.deepEqual(await look(), [])
  })

  it('refuses declarations that cannot be meant', () => {
    assert.throws(
      () => personalTable('t', 'who', { x: { kind: 'id', why } }, { ...facts, key: ['x'] }),
      /owner column who/,
    )
    assert.throws(
      () => serviceTable('t', { x: { kind: 'id', why } }, { ...facts, key: ['y'] }),
      /names y, which is not a column/,
    )
    assert.throws(() => serviceTable('t; DROP TABLE x', {}, { ...facts, key: [] }), /not a name/)
    assert.throws(() => catalogue({ ...kept, tables: [...kept.tables, people] }), /two entries for the table people/)
    assert.throws(() => catalogue({ ...kept, tables: [people] }), /lack papers/)
  })
})
