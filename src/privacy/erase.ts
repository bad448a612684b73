/** The end of an account, or of a room: one loop over the catalogue. */

import type { Database, Statements, Step } from '../storage/database.ts'
import { type Catalogue, isWhole, type Place, places, type TableDeclaration } from './catalogue.ts'

/** The statements that erase an account from every table of the database itself, the account last. */
export function eraseSteps({ tables, accounts }: Catalogue, account: number): Step[] {
  return [...tables.filter(table => table !== accounts), accounts]
    .filter(table => table.owner !== undefined && isWhole(table))
    .map(table => [`DELETE FROM ${table.name} WHERE ${table.owner} = ?`, [account]])
}

/**
 * Erases an account from all partitions, then from every table of the database at once, then from the write-ahead logs.
 * `besides` is done in the same moment.
 * Resolves with false if there was no such account.
 */
export async function eraseAccount(
  db: Database,
  catalogue: Catalogue,
  account: number,
  besides: readonly Step[] = [],
): Promise<boolean> {
  // Said beforehand too, so that it is known to be due if the process ends between the rows and what is left of them.
  await db.erasePages()
  // What is on its way is erased, too.
  await db.unit([])
  for (const place of places(db, catalogue)) if (place.rows !== db) await eraseFrom(place, account)
  const steps = eraseSteps(catalogue, account)
  const changes = await db.unit([...steps, ...besides])
  await db.erasePages()
  return (changes[steps.length - 1] ?? 0) > 0
}

/**
 * Erases a room from all partitions and every table. Nothing is written for it meanwhile: its key is destroyed, and it is not
 * in memory.
 */
export async function eraseRoom(db: Database, catalogue: Catalogue, room: number): Promise<void> {
  await db.unit([])
  for (const place of places(db, catalogue)) await eraseFrom(place, room, table => table.room)
}

async function eraseFrom(
  { rows, tables }: Place,
  id: number,
  columnOf: (table: TableDeclaration) => string | undefined = table => table.owner,
): Promise<void> {
  const theirs: TableDeclaration[] = []
  for (const table of tables) if (await hasRows(rows, table.name, columnOf(table), id)) theirs.push(table)
  if (theirs.length === 0) return
  await rows.erasePages()
  for (const table of theirs) await eraseRows(rows, table, columnOf(table), id)
  await rows.erasePages()
}

async function hasRows(rows: Statements, name: string, column: string | undefined, id: number): Promise<boolean> {
  if (column === undefined) return false
  return (await rows.get(`SELECT ${column} FROM ${name} WHERE ${column} = ? LIMIT 1`, [id])) !== undefined
}

/** Rows erased in one step, so that nobody else has to wait long for the writer. */
const atOnce = 200

/**
 * Erases the rows of one owner from a table, some at a time. Whoever erases sees to it that nothing more is written for that
 * owner meanwhile.
 */
export async function eraseRows(
  rows: Statements,
  { name, facts }: TableDeclaration,
  column: string | undefined,
  owner: number,
): Promise<void> {
  const order = facts.key.find(part => part !== column)
  if (order === undefined) return void (await rows.run(`DELETE FROM ${name} WHERE ${column} = ?`, [owner]))
  const part = `SELECT ${order} FROM ${name} WHERE ${column} = ? ORDER BY ${order} LIMIT ${atOnce}`
  const sql = `DELETE FROM ${name} WHERE ${column} = ? AND ${order} <= (SELECT MAX(${order}) FROM (${part}) AS part)`
  while ((await rows.run(sql, [owner, owner])) >= atOnce);
}
