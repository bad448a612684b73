/** The violations that the audit has to find: one of each kind, as a mistake in the program would make it. */

import { createCipheriv, randomBytes } from 'node:crypto'
import { appendFileSync, chmodSync, existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogue } from '../catalogue.ts'
import { databasePath } from '../house.ts'
import type { Finding } from '../privacy/audit.ts'
import { searchSamples } from '../privacy/audit-samples.ts'
import { type ColumnKind, families, schemaOf, serialOf, type TableDeclaration } from '../privacy/catalogue.ts'
import { type Day, dayOf, daysBefore } from '../privacy/day.ts'
import { roomKeysTable, vaultTable, vaultTables } from '../seals/tables.ts'
import { vaultDirectory } from '../seals/vault.ts'
import type { Database, Statements, Value } from '../storage/database.ts'
import { openSqlite } from '../storage/sqlite/open.ts'
import type { AuditOptions } from './audit-data.ts'
import type { ServiceState } from './audit-parts.ts'

/** What the audit is to be told, or done, besides. */
export interface Planted {
  readonly options?: Partial<AuditOptions>
  readonly alsoFound?: () => readonly Finding[]
}

export interface Plant {
  /** The violation. */
  readonly what: string
  readonly promise: string
  /** The sentence that has to be told. */
  readonly told: RegExp
  in(data: string, nowMs: number): Promise<Planted | undefined> | Planted | undefined
}

/** A running service that does nothing it should not. */
const well: ServiceState = {
  memory: { reports: false, coreDumps: false, snapshots: [], inspected: false },
  damaged: 0,
}
const privately = { mode: 0o600 } as const
const nobody = 4711
const { tables } = catalogue
const whole = tables.filter(({ facts }) => facts.partition === undefined)

export const plants: readonly Plant[] = [
  sql(
    'a table that nobody declared',
    'P1',
    /table logins is in the database/,
    'CREATE TABLE logins (x INTEGER) STRICT',
  ),
  sql(
    'a column that nobody declared',
    'P1',
    /column accounts\.last_seen is in/,
    'ALTER TABLE accounts ADD COLUMN last_seen INTEGER',
  ),
  sql('a table that is missing', 'P1', /declares the table counters/, 'DROP TABLE counters'),
  file('a file that nobody declared', 'P1', /file sotto\.log is in the data directory/, 'sotto.log', ''),
  file('the memory of a crashed process', 'P15', /core\.4711 looks like memory/, 'core.4711', ''),
  {
    what: 'a data directory that others can read',
    promise: 'P15',
    told: /Others on this machine can get at/,
    in: data => void chmodSync(data, 0o755),
  },
  file('a network address in a file', 'P9', /sotto\.log holds text that looks like/, 'sotto.log', 'from 192.0.2.7\n'),
  sql(
    'a network address in a table',
    'P9',
    /counters\.name holds values that look like network/,
    "INSERT INTO counters (name, value) VALUES ('2001:db8::7', 1)",
  ),
  sql(
    'an address of a person in a table',
    'P1',
    /counters\.name holds values that look like addresses of people/,
    "INSERT INTO counters (name, value) VALUES ('romeo@localhost', 1)",
  ),
  sql(
    'a time of day in a table',
    'P10',
    /accounts\.created holds \d+ values that look like times/,
    "UPDATE accounts SET created = '2026-11-22T10:45:00Z'",
  ),
  {
    what: 'a time as a number in a table',
    promise: 'P10',
    told: /credentials\.iterations holds \d+ numbers that look like times/,
    in: (data, nowMs) => changed(data, db => db.run('UPDATE credentials SET iterations = ?', [nowMs])),
  },
  {
    what: 'rows of an account that does not exist',
    promise: 'P13',
    told: /holds 1 row of accounts that do not exist/,
    in: (data, nowMs) => changed(data, db => insert(db, catalogue.documents, nowMs, { collection: 'roster' })),
  },
  {
    what: 'documents of a kind that nobody declared',
    promise: 'P7',
    told: /collection of documents that the catalogue does not declare/,
    in: (data, nowMs) => changed(data, db => insert(db, catalogue.documents, nowMs, { collection: 'secrets' })),
  },
  ...whole
    .filter(({ facts }) => facts.expires !== undefined)
    .map(
      (table): Plant => ({
        what: `rows of ${table.name} that are too old`,
        promise: 'P8',
        told: new RegExp(`^The table ${table.name} holds 1 row of `),
        in: (data, nowMs) => changed(data, db => insert(db, table, nowMs, { [table.facts.expires!]: tooOld(nowMs) })),
      }),
    ),
  ...families(tables).flatMap(partitionPlants),
  sql(
    'a clock that nobody believes',
    'P8',
    /nothing is erased by it yet/,
    "INSERT INTO retention (name, day) VALUES ('doubted', '2099-01-01')",
  ),
  sql(
    'an erasure that was not finished',
    'P13',
    /deleted and not erased/,
    "INSERT INTO departures (account, due) SELECT MIN(id), '2020-01-01' FROM accounts",
  ),
  ...whole.flatMap(sealPlants),
  {
    what: 'a marked sample in an unused part of the database',
    promise: 'P4',
    told: /sotto\.db holds a marked sample/,
    in: data => {
      const sample = 'But soft, what light'
      appendFileSync(databasePath(data), Buffer.from(`..${sample}`).toString('base64'))
      return { alsoFound: () => searchSamples(data, [sample]) }
    },
  },
  {
    what: 'a service that could write its memory to the disk',
    promise: 'P15',
    told: /crash of the running service/,
    in: () => ({
      options: {
        service: {
          ...well,
          memory: { reports: true, coreDumps: true, snapshots: ['--heap-prof'], inspected: true },
        },
      },
    }),
  },
  {
    what: 'something sealed that the disk has damaged',
    promise: 'P4',
    told: /running service has met 2 sealed things/,
    in: () => ({ options: { service: { ...well, damaged: 2 } } }),
  },
  {
    what: 'a key of an account that does not exist',
    promise: 'P13',
    told: /table keys holds 1 row of accounts that do not exist/,
    in: (data, nowMs) => inVault(data, nowMs, db => insert(db, vaultTables[0], nowMs)),
  },
  {
    what: 'an account without a key',
    promise: 'P13',
    told: /no key in the vault/,
    in: (data, nowMs) => inVault(data, nowMs, db => db.run('DELETE FROM keys')),
  },
  {
    what: 'a key of a room that does not exist',
    promise: 'P13',
    told: /table room_keys holds 1 row of rooms that do not exist/,
    in: (data, nowMs) => inVault(data, nowMs, db => insert(db, roomKeysTable, nowMs)),
  },
  {
    what: 'a room without a key',
    promise: 'P13',
    told: /1 room has no key in the vault/,
    in: (data, nowMs) => changed(data, db => insert(db, catalogue.rooms!, nowMs)),
  },
  {
    what: 'a daily key that is not changed',
    promise: 'P13',
    told: /daily key of the vault was last changed on/,
    in: async (data, nowMs) => {
      await inVault(data, nowMs, db => db.run('UPDATE vault SET rotated = ?', [daysBefore(dayOf(nowMs), 3)]))
      return { options: { service: well } }
    },
  },
  {
    what: 'an old daily key that was not destroyed',
    promise: 'P13',
    told: /old daily key/,
    in: async (data, nowMs) => {
      await inVault(data, nowMs, async () => undefined)
      const old = join(vaultDirectory(data), 'wrapping-0.key')
      writeFileSync(old, randomBytes(61), privately)
      utimesSync(old, nowMs / 1000 - 7200, nowMs / 1000 - 7200)
    },
  },
]

function sql(what: string, promise: string, told: RegExp, ...statements: readonly string[]): Plant {
  return {
    what,
    promise,
    told,
    in: data =>
      changed(data, async db => {
        for (const statement of statements) await db.run(statement)
      }),
  }
}

function file(what: string, promise: string, told: RegExp, name: string, text: string): Plant {
  return { what, promise, told, in: data => writeFileSync(join(data, name), text, privately) as undefined }
}

function partitionPlants(family: string): Plant[] {
  const inside = tables.filter(({ facts }) => facts.partition === family)
  const [first] = inside
  const partition = (data: string, nowMs: number, day: Day) =>
    changed(data, async db => {
      for (const table of inside) await insert(db.partition(family, day), table, nowMs, await living(db, table))
    })
  if (first === undefined) return []
  return [
    {
      what: `a day of ${family} that is too old`,
      promise: 'P8',
      told: new RegExp(`${family}/.*holds messages of`),
      in: (data, nowMs) => partition(data, nowMs, tooOld(nowMs)),
    },
    {
      what: `a day of ${family} that is still to come`,
      promise: 'P8',
      told: /which is still to come/,
      in: (data, nowMs) => partition(data, nowMs, '2099-01-01'),
    },
    ...strays(family, first),
    {
      what: `a file of ${family} that tells when it was written to`,
      promise: 'P10',
      told: /last written to tells more than the day/,
      in: async (data, nowMs) => {
        const yesterday = daysBefore(dayOf(nowMs), 2)
        await partition(data, nowMs, yesterday)
        const seconds = Date.parse(`${yesterday}T18:05:00Z`) / 1000
        utimesSync(join(data, family, `${yesterday}.db`), seconds, seconds)
      },
    },
    ...inside.flatMap(table => sealPlants(table)),
  ]
}

/** Rows of an account, or of a room, that does not exist. */
function strays(family: string, table: TableDeclaration): Plant[] {
  const whose = table.owner === undefined ? 'room' : 'account'
  if (table.owner === undefined && catalogue.rooms === undefined) return []
  return [
    {
      what: `rows of ${family} of ${whose === 'room' ? 'a room' : 'an account'} that does not exist`,
      promise: 'P13',
      told: new RegExp(`of ${whose}s that do not exist`),
      in: (data, nowMs) => changed(data, db => insert(db.partition(family, dayOf(nowMs)), table, nowMs)),
    },
  ]
}

/** Plain text where something sealed should be, and something that is sealed with a key that lies about. */
function sealPlants(table: TableDeclaration): Plant[] {
  const { name, facts } = table
  return Object.entries(table.columns).flatMap(([column, { kind }]): Plant[] => {
    if (kind !== 'sealed') return []
    const plant =
      (value: () => Uint8Array, before?: (db: Database) => Promise<unknown>) => (data: string, nowMs: number) =>
        changed(data, async db => {
          await before?.(db)
          const place = facts.partition === undefined ? db : db.partition(facts.partition, dayOf(nowMs))
          await insert(place, table, nowMs, { ...(await living(db, table)), [column]: value() })
        })
    const key = randomBytes(32)
    const keep = (db: Database) =>
      db.run('INSERT INTO service_keys (name, value) VALUES (?, ?)', ['planted', new Uint8Array(key)])
    return [
      {
        what: `plain text in ${name}.${column}`,
        promise: 'P4',
        told: new RegExp(`${name}\\.${column} of .* not sealed`),
        in: plant(() => Buffer.concat([randomBytes(13), message])),
      },
      {
        what: `${name}.${column} sealed with a key that is in the database`,
        promise: 'P4',
        told: new RegExp(`${name}\\.${column} of .* open with a key`),
        in: plant(() => sealedWith(key), keep),
      },
      ...(serialOf(table) === undefined
        ? []
        : [
            {
              what: `${name}.${column} sealed with such a key and the number of its row`,
              promise: 'P4',
              told: new RegExp(`${name}\\.${column} of .* open with a key`),
              in: plant(() => sealedWith(key, Number(harmless.serial(0))), keep),
            },
          ]),
    ]
  })
}

const message = Buffer.from('<message><body>It is my lady, O, it is my love!</body></message>')

/** In the format of values with a nonce of their own, or in that of numbered messages. */
function sealedWith(key: Uint8Array, number?: number): Uint8Array {
  const nonce = randomBytes(12)
  if (number !== undefined) nonce.writeBigUInt64BE(BigInt(number), 4)
  const head = number === undefined ? [Buffer.of(1), nonce] : [Buffer.of(3), nonce.subarray(0, 4)]
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  return new Uint8Array(Buffer.concat([...head, cipher.update(message), cipher.final(), cipher.getAuthTag()]))
}

function tooOld(nowMs: number): Day {
  return daysBefore(dayOf(nowMs), 200)
}

async function changed(data: string, change: (db: Database) => Promise<unknown>): Promise<undefined> {
  const db = await openSqlite(databasePath(data), schemaOf(catalogue))
  try {
    await change(db)
  } finally {
    await db.close()
  }
}

/** In the vault; where there is none yet one is made that is as it should be. */
async function inVault(data: string, nowMs: number, change: (db: Database) => Promise<unknown>): Promise<undefined> {
  const directory = vaultDirectory(data)
  if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700 })
  const db = await openSqlite(join(directory, 'vault.db'), { tables: vaultTables })
  try {
    if ((await db.get('SELECT 1 FROM vault')) === undefined) {
      await insert(db, vaultTable, nowMs)
    }
    await change(db)
  } finally {
    await db.close()
  }
}

/** Rows of a living account, so that they violate nothing but what they are planted for. */
async function living(db: Statements, { owner }: TableDeclaration): Promise<Record<string, Value>> {
  const row = await db.get('SELECT MIN(id) AS id FROM accounts')
  return owner === undefined ? {} : { [owner]: Number(row?.id) }
}

/** A row with something harmless in every column that is not said. */
async function insert(
  db: Statements,
  { name, columns }: TableDeclaration,
  nowMs: number,
  said: Readonly<Record<string, Value>> = {},
): Promise<void> {
  const values = Object.entries(columns).map(([column, { kind }]) => said[column] ?? harmless[kind](nowMs))
  const marks = values.map(() => '?').join(', ')
  await db.run(`INSERT OR REPLACE INTO ${name} (${Object.keys(columns).join(', ')}) VALUES (${marks})`, values)
}

const bytes = (length: number) => () => new Uint8Array(randomBytes(length))

const harmless: Readonly<Record<ColumnKind, (nowMs: number) => Value>> = {
  id: () => nobody,
  number: () => 1,
  serial: () => 1,
  text: () => 'planted',
  name: () => 'planted',
  day: nowMs => dayOf(nowMs),
  random: bytes(32),
  contents: bytes(32),
  sealed: bytes(80),
}
