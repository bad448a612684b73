/** Turns what SQLite throws into the store's own errors. https://www.sqlite.org/rescode.html */

import type { StorageCode } from '../database.ts'

const CONSTRAINT = 19
const CONSTRAINT_PRIMARYKEY = 1555
const CONSTRAINT_UNIQUE = 2067
const CONSTRAINT_ROWID = 2579
const GENERIC_ERROR = 1
const TOO_BIG = 18
const MISMATCH = 20
const MISUSE = 21
const RANGE = 25
/** Zero: thrown before SQLite was asked, for values that it cannot hold. */
const STATEMENT_ERRORS: readonly number[] = [0, GENERIC_ERROR, TOO_BIG, MISMATCH, MISUSE, RANGE]

/** SQLite's extended result code, or 0 when the error has none (a wrong parameter type, for instance). */
export function sqliteCode(error: unknown): number {
  const code = (error as { errcode?: unknown }).errcode
  return typeof code === 'number' ? code : 0
}

/**
 * The store's code for an error that concerns a single statement; undefined when the database itself is in trouble
 * (disk full, input/output error, corruption, out of memory) and nothing of the transaction may be relied upon.
 */
export function refusalCode(error: unknown): StorageCode | undefined {
  const extended = sqliteCode(error)
  if (extended === CONSTRAINT_UNIQUE || extended === CONSTRAINT_PRIMARYKEY || extended === CONSTRAINT_ROWID) {
    return 'unique'
  }
  const primary = extended & 0xff
  if (primary === CONSTRAINT) return 'constraint'
  if (STATEMENT_ERRORS.includes(primary)) return 'sql'
  return undefined
}
