/** The audit of what the tables hold. */

import type { Database, Statements, Value } from '../storage/database.ts'
import type { Finding } from './audit.ts'
import type { Catalogue, Place, TableDeclaration } from './catalogue.ts'
import { isDay } from './day.ts'
import { holdsAddress, holdsJid, holdsTime, looksLikeAddresses, nameOf, rangesOfTimes } from './traces.ts'

/** Rows whose account or room does not exist (any more). */
export async function leftovers(place: Place, { accounts, rooms }: Catalogue, db: Database): Promise<Finding[]> {
  const ofAccounts = await strays(place, db, accounts, accounts.owner, ({ owner }) => owner)
  const ofRooms = rooms === undefined ? [] : await strays(place, db, rooms, rooms.room, ({ room }) => room)
  return [
    ...ofAccounts.map(({ table, count }) => ({
      promise: 'P13',
      sentence: `The table ${table} holds ${rowsOf(count)} of accounts that do not exist. An erasure was cut short: restore nothing from before it, and report this.`,
    })),
    ...ofRooms.map(({ table, count }) => ({
      promise: 'P13',
      sentence: `The table ${table} holds ${rowsOf(count)} of rooms that do not exist. The end of a room was cut short: restart the service, which finishes it, or report this.`,
    })),
  ]
}

async function strays(
  { rows, tables }: Place,
  db: Database,
  all: TableDeclaration,
  id: string | undefined,
  columnOf: (table: TableDeclaration) => string | undefined,
): Promise<{ readonly table: string; readonly count: number }[]> {
  const living = new Set((await db.all(`SELECT ${id} AS id FROM ${all.name}`)).map(row => row.id))
  const found: { readonly table: string; readonly count: number }[] = []
  for (const table of tables) {
    const column = columnOf(table)
    if (column === undefined || table.name === all.name) continue
    // Where the owner may be empty, such a row is the operator's.
    const owners = await rows.all(
      `SELECT ${column} AS owner, COUNT(*) AS n FROM ${table.name} WHERE ${column} IS NOT NULL GROUP BY ${column}`,
    )
    const count = owners.reduce((sum, row) => sum + (living.has(row.owner ?? null) ? 0 : Number(row.n)), 0)
    if (count > 0) found.push({ table: table.name, count })
  }
  return found
}

/** Documents in collections that nobody declared. */
export async function strayDocuments({ documents, collections }: Catalogue, db: Database): Promise<Finding[]> {
  const declared = new Set(collections.map(({ name }) => name))
  const stored = await db.all(`SELECT collection, COUNT(*) AS n FROM ${documents.name} GROUP BY collection`)
  return stored
    .filter(row => !declared.has(String(row.collection)))
    .map(row => ({
      promise: 'P7',
      sentence: `There are ${rowsOf(Number(row.n))} in a collection of documents that the catalogue does not declare.`,
    }))
}

/** Columns that are named for, or hold, what is never to be stored. */
export async function columns({ rows, tables }: Place, nowMs: number): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const table of tables) {
    for (const column of Object.keys(table.columns)) {
      const named = nameOf(column)
      if (named) {
        const promise = named === 'a time' ? 'P10' : 'P9'
        findings.push({ promise, sentence: `The column ${table.name}.${column} is named like ${named}.` })
      }
      findings.push(...(await values(rows, table, column, nowMs)))
    }
  }
  return findings
}

/** What a client gave us to keep and the names that people chose are theirs: nobody looks into them. */
async function values(db: Statements, table: TableDeclaration, column: string, nowMs: number): Promise<Finding[]> {
  const where = `The column ${table.name}.${column}`
  const kind = table.columns[column]?.kind
  if (kind === 'number' || kind === 'serial') {
    const count = await countTimes(db, table.name, column, rangesOfTimes(nowMs, kind === 'serial'))
    return count === 0 ? [] : [{ promise: 'P10', sentence: `${where} holds ${count} numbers that look like times.` }]
  }
  if (kind !== 'text' && kind !== 'day' && kind !== 'random') return []
  const tally = { days: 0, times: 0, addresses: 0, people: 0 }
  await eachPage(db, table, column, page => {
    if (kind === 'random') {
      if (looksLikeAddresses(page.filter(value => value instanceof Uint8Array))) tally.addresses++
      return
    }
    for (const value of page) {
      const text = String(value)
      if (holdsAddress(text)) tally.addresses++
      else if (holdsJid(text)) tally.people++
      else if (holdsTime(text)) tally.times++
      else if (kind === 'day' && !isDay(text)) tally.days++
    }
  })
  const findings: Finding[] = []
  if (tally.addresses > 0)
    findings.push({ promise: 'P9', sentence: `${where} holds values that look like network addresses.` })
  if (tally.people > 0)
    findings.push({ promise: 'P1', sentence: `${where} holds values that look like addresses of people.` })
  if (tally.times > 0)
    findings.push({ promise: 'P10', sentence: `${where} holds ${tally.times} values that look like times of day.` })
  if (tally.days > 0)
    findings.push({ promise: 'P10', sentence: `${where} holds ${tally.days} values that are not a plain day.` })
  return findings
}

async function countTimes(
  db: Statements,
  table: string,
  column: string,
  ranges: readonly (readonly [number, number])[],
): Promise<number> {
  const within = ranges.map(() => `${column} BETWEEN ? AND ?`).join(' OR ')
  const row = await db.get(`SELECT COUNT(*) AS n FROM ${table} WHERE ${within}`, ranges.flat())
  return Number(row?.n ?? 0)
}

const PAGE = 5000

/** Different values of a column, some at a time, so that large tables do not fill the memory. */
async function eachPage(
  db: Statements,
  { name }: TableDeclaration,
  column: string,
  look: (page: readonly Value[]) => void,
): Promise<void> {
  let last: Value | undefined
  for (;;) {
    const beyond = last === undefined ? `${column} IS NOT NULL` : `${column} > ?`
    const page = await db.all(
      `SELECT DISTINCT ${column} AS value FROM ${name} WHERE ${beyond} ORDER BY ${column} LIMIT ${PAGE}`,
      last === undefined ? [] : [last],
    )
    look(page.map(row => row.value ?? null))
    last = page.at(-1)?.value
    if (page.length < PAGE || last === undefined) return
  }
}

function rowsOf(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`
}
