/**
 * The privacy catalogue: everything this server keeps, declared once, with the reason for it.
 *
 * From the declarations come the tables themselves, the comparison with the real schema, the erasure of an account,
 * the answer to "what do you hold about me?" and the audit. Storage that is not declared here cannot come about.
 */

import type { Element } from '../protocol/xml/element.ts'
import type { Database, Statements } from '../storage/database.ts'
import type { SchemaChange, SchemaPlan, TableShape } from '../storage/schema.ts'

/** Who can read a thing: its owner's own sessions, whoever may be in the room, this server's program and operator, or anybody who asks. */
export type Reader = 'owner' | 'room' | 'server' | 'public'

/**
 * What a column holds, for those who check it:
 * `id` a random number, `number` a count or size, `serial` a number given out in order, `text` a word of ours,
 * `name` a word that people chose, `day` a date without a time, `random` bytes made by chance or by a hash,
 * `contents` what a client gave us to keep and nobody looks into, `sealed` bytes that open with no key in this directory.
 */
export type ColumnKind = 'id' | 'number' | 'serial' | 'text' | 'name' | 'day' | 'random' | 'contents' | 'sealed'

export interface Column {
  readonly kind: ColumnKind
  readonly why: string
  readonly nullable?: true
}

/** What a table says about itself. */
export interface TableFacts {
  /** Columns of the primary key. */
  readonly key: readonly string[]
  /** For how long a row stays. */
  readonly keep: string
  /** The column with the day from which the retention time counts, in tables whose rows end with it. */
  readonly expires?: string
  readonly reader: Reader
  /** What ends a row, apart from the end of the account. */
  readonly endedBy?: string
  /** Column lists that are unique, and those that are only looked up. */
  readonly unique?: readonly (readonly string[])[]
  readonly indexes?: readonly (readonly string[])[]
  /** The schema version that brought the table; 1 if not said. */
  readonly since?: number
  /** Small rows that lie in the order of their key: an index less to be kept. */
  readonly clustered?: true
  /**
   * What one row is called in the file that its owner is given; such rows are told with all that means something to people.
   * Not said of tables whose rows stand in that file in another form, or say nothing but what belongs to what.
   */
  readonly toldAs?: string
  /** The family of partitions that the table is in: there is one for each day, and each goes as a whole. */
  readonly partition?: string
}

export interface TableDeclaration extends TableShape {
  readonly columns: Readonly<Record<string, Column>>
  readonly facts: TableFacts
  /** The column with the id of the account that a row belongs to; undefined for tables that are about nobody. */
  readonly owner: string | undefined
  /** The column with the id of the room that a row belongs to; undefined for tables that are about no room. */
  readonly room: string | undefined
}

/** A collection of an account's documents: private data that lives as sealed-away pairs of a key and a value. */
export interface CollectionDeclaration {
  readonly name: string
  readonly why: string
  readonly keep: string
  readonly reader: Reader
  /** How they stand in the file that their owner is given: children of `<user/>` (XEP-0227#users). */
  exported(documents: readonly { readonly key: string; readonly value: string }[]): readonly Element[]
}

/** Files below the data directory. */
export interface FilesDeclaration {
  readonly name: string
  /** Patterns relative to the data directory; `*` stands for anything but a slash, `**` for anything. */
  readonly paths: readonly string[]
  readonly why: string
  readonly keep: string
  readonly reader: Reader
  /** What ends a file: `the account`, `the operator`, … */
  readonly endedBy: string
  /** Once nothing is written to such a file any more, the time of its last writing is set back to the day. */
  readonly dayTimes?: true
  /** Such a file is sealed from its first byte on: it looks like noise, in which no text means anything. */
  readonly sealed?: true
}

/** The whole of it, as the composition root hands it over. */
export interface Catalogue {
  /** The table whose rows are the accounts; its owner column is the account's id. */
  readonly accounts: TableDeclaration
  /** The table whose rows are the rooms; its room column is the room's id. */
  readonly rooms?: TableDeclaration
  /** The table of documents, and the collections in it. */
  readonly documents: TableDeclaration
  readonly collections: readonly CollectionDeclaration[]
  /** Every table, those two included. */
  readonly tables: readonly TableDeclaration[]
  readonly files: readonly FilesDeclaration[]
  /** How older databases become this one. */
  readonly changes?: readonly SchemaChange[]
}

const NAME = /^[a-z][a-z0-9_]*$/

/** Declares a table whose rows each belong to one account, named by the column `owner`; they end with the account. */
export function personalTable(
  name: string,
  owner: string,
  columns: Readonly<Record<string, Column>>,
  facts: TableFacts,
): TableDeclaration {
  if (columns[owner]?.kind !== 'id')
    throw new Error(`Table ${name}: its owner column ${owner} must be declared as an id.`)
  return declare(name, { owner }, columns, facts)
}

/** Declares a table whose rows each belong to one room, named by the column `room`; they end with the room. */
export function roomTable(
  name: string,
  room: string,
  columns: Readonly<Record<string, Column>>,
  facts: TableFacts,
): TableDeclaration {
  if (columns[room]?.kind !== 'id') throw new Error(`Table ${name}: its room column ${room} must be declared as an id.`)
  return declare(name, { room }, columns, facts)
}

/** Declares a table that is about nobody. */
export function serviceTable(
  name: string,
  columns: Readonly<Record<string, Column>>,
  facts: TableFacts,
): TableDeclaration {
  return declare(name, {}, columns, facts)
}

/** Declares a collection of documents. */
export function collection(name: string, facts: Omit<CollectionDeclaration, 'name'>): CollectionDeclaration {
  return { name, ...facts }
}

/** Declares a kind of files. */
export function declareFiles(name: string, facts: Omit<FilesDeclaration, 'name'>): FilesDeclaration {
  return { name, ...facts }
}

/** Puts a catalogue together; throws where two things have one name. */
export function catalogue(parts: Catalogue): Catalogue {
  refuseTwins('table', parts.tables)
  refuseTwins('collection', parts.collections)
  refuseTwins('kind of files', parts.files)
  for (const table of [parts.accounts, parts.documents]) {
    if (!parts.tables.includes(table)) throw new Error(`The catalogue's tables lack ${table.name}.`)
  }
  return parts
}

/** What the store needs to know to make the database. */
export function schemaOf({ tables, changes }: Catalogue): SchemaPlan {
  const partitions: Record<string, TableDeclaration[]> = {}
  for (const family of families(tables)) partitions[family] = tables.filter(table => table.facts.partition === family)
  return { tables: tables.filter(isWhole), partitions, ...(changes ? { changes } : {}) }
}

/** The column that numbers the rows of one owner, if the key of the table has one: sealed messages are bound to it. */
export function serialOf({ columns, facts }: TableDeclaration): string | undefined {
  return facts.key.find(name => columns[name]?.kind === 'serial')
}

/** Whether a table is in the database itself and not in partitions. */
export function isWhole({ facts }: TableDeclaration): boolean {
  return facts.partition === undefined
}

/** The families of partitions that tables are in. */
export function families(tables: readonly TableDeclaration[]): string[] {
  return [...new Set(tables.flatMap(({ facts }) => facts.partition ?? []))]
}

/** One file of a database, and the tables that it is declared to hold. */
export interface Place {
  /** How sentences speak of it. */
  readonly name: string
  readonly rows: Statements
  readonly tables: readonly TableDeclaration[]
  /** Of a partition. */
  readonly day: string | undefined
}

/** The database itself and all its partitions. */
export function places(db: Database, { tables }: Pick<Catalogue, 'tables'>): Place[] {
  const parts = families(tables).flatMap(family => {
    const inside = tables.filter(({ facts }) => facts.partition === family)
    return db
      .partitions(family)
      .map(day => ({ name: `the file ${family}/${day}.db`, rows: db.partition(family, day), tables: inside, day }))
  })
  return [{ name: 'the database', rows: db, tables: tables.filter(isWhole), day: undefined }, ...parts]
}

function refuseTwins(what: string, things: readonly { readonly name: string }[]): void {
  const seen = new Set<string>()
  for (const { name } of things) {
    if (seen.has(name)) throw new Error(`The catalogue has two entries for the ${what} ${name}.`)
    seen.add(name)
  }
}

function declare(
  name: string,
  { owner, room }: { readonly owner?: string; readonly room?: string },
  columns: Readonly<Record<string, Column>>,
  facts: TableFacts,
): TableDeclaration {
  for (const word of [name, ...Object.keys(columns)]) {
    if (!NAME.test(word)) throw new Error(`Table ${name}: "${word}" is not a name for a table or column.`)
  }
  const used = [...facts.key, ...(facts.unique ?? []).flat(), ...(facts.indexes ?? []).flat()]
  for (const column of used) {
    if (!(column in columns)) throw new Error(`Table ${name}: a key or index names ${column}, which is not a column.`)
  }
  if (facts.expires !== undefined && columns[facts.expires]?.kind !== 'day')
    throw new Error(`Table ${name}: its rows expire by ${facts.expires}, which is not declared as a day.`)
  return { name, since: facts.since ?? 1, columns, facts, owner, room, create: statementsFor(name, columns, facts) }
}

/** The type of a column in SQL, understood by SQLite's strict tables. */
export function sqlType(kind: ColumnKind): 'INTEGER' | 'TEXT' | 'BLOB' {
  if (kind === 'id' || kind === 'number' || kind === 'serial') return 'INTEGER'
  return kind === 'random' || kind === 'contents' || kind === 'sealed' ? 'BLOB' : 'TEXT'
}

/** The name of the index over some columns of a table. */
export function indexName(table: string, columns: readonly string[]): string {
  return `${table}_by_${columns.join('_')}`
}

function statementsFor(name: string, columns: Readonly<Record<string, Column>>, facts: TableFacts): string[] {
  // A single numeric key is declared at its column, which makes it the row's own number in SQLite.
  const [first, second] = facts.key
  const single =
    first !== undefined && second === undefined && sqlType(columns[first]!.kind) === 'INTEGER' ? first : undefined
  const lines = Object.entries(columns).map(([column, { kind, nullable }]) => {
    const constraint = column === single ? ' PRIMARY KEY' : nullable ? '' : ' NOT NULL'
    return `${column} ${sqlType(kind)}${constraint}`
  })
  if (!single) lines.push(`PRIMARY KEY (${facts.key.join(', ')})`)
  const index = (unique: string, over: readonly string[]) =>
    `CREATE ${unique}INDEX ${indexName(name, over)} ON ${name} (${over.join(', ')})`
  return [
    `CREATE TABLE ${name} (\n  ${lines.join(',\n  ')}\n) STRICT${facts.clustered ? ', WITHOUT ROWID' : ''}`,
    ...(facts.unique ?? []).map(over => index('UNIQUE ', over)),
    ...(facts.indexes ?? []).map(over => index('', over)),
  ]
}
