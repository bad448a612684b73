/**
 * What `sotto audit` proves on this machine's data: that nothing is stored which the privacy catalogue does not declare,
 * that nothing is left of erased accounts, and that no column holds an address or a time.
 */

import { readdirSync, statSync } from 'node:fs'
import { join, matchesGlob, relative } from 'node:path'
import { type Catalogue, type FilesDeclaration, sqlType, type TableDeclaration } from '../privacy/catalogue.ts'
import { isDay } from '../privacy/day.ts'
import type { Database, Row } from '../storage/database.ts'
import type { RealTable } from '../storage/schema.ts'

/** A sentence about something that should not be. It speaks of tables, columns, files and counts, never of values. */
export type AuditFinding = string

/** Compares the tables that there are with those that are declared. */
export function auditSchema({ tables }: Catalogue, real: readonly RealTable[]): AuditFinding[] {
  const declared = new Map(tables.map(table => [table.name, table]))
  const findings: AuditFinding[] = []
  for (const table of real) {
    const declaration = declared.get(table.name)
    declared.delete(table.name)
    if (declaration === undefined)
      findings.push(`The table ${table.name} is in the database, and the catalogue does not declare it.`)
    else findings.push(...auditColumns(declaration, table))
  }
  for (const name of declared.keys())
    findings.push(`The catalogue declares the table ${name}, and the database does not have it.`)
  return findings
}

function auditColumns({ name, columns }: TableDeclaration, real: RealTable): AuditFinding[] {
  const findings: AuditFinding[] = []
  const missing = new Set(Object.keys(columns))
  for (const column of real.columns) {
    const declared = columns[column.name]
    missing.delete(column.name)
    if (declared === undefined)
      findings.push(`The column ${name}.${column.name} is in the database, and the catalogue does not declare it.`)
    else if (column.type !== sqlType(declared.kind)) {
      findings.push(
        `The column ${name}.${column.name} holds ${column.type}, and is declared to hold ${sqlType(declared.kind)}.`,
      )
    }
  }
  for (const column of missing)
    findings.push(`The catalogue declares the column ${name}.${column}, and the database does not have it.`)
  return findings
}

/** Rows that belong to an account which is no more. */
export async function auditLeftovers({ tables, accounts }: Catalogue, db: Database): Promise<AuditFinding[]> {
  const findings: AuditFinding[] = []
  for (const { name, owner } of tables) {
    if (owner === undefined || name === accounts.name) continue
    const row = await db.get(
      `SELECT count(*) AS n FROM ${name} WHERE ${owner} NOT IN (SELECT ${accounts.owner} FROM ${accounts.name})`,
    )
    const count = Number(row?.n)
    if (count > 0) findings.push(`The table ${name} holds ${count} rows of accounts that no longer exist.`)
  }
  return findings
}

const timeNames =
  /(^|_)(at|time|timestamp|when|last|seen|since|login|logged|modified|updated|accessed|ip|host|peer|remote|network)($|_)/
const networkAddress = /(^|[^\d.])(\d{1,3}\.){3}\d{1,3}($|[^\d.])|([0-9a-f]{1,4}:){4,}[0-9a-f:]+|::ffff:/i
const timeOfDay = /\d{4}-?\d{2}-?\d{2}[T ]\d{2}|\b\d{1,2}:\d{2}(:\d{2})?\b/

/** Seconds and milliseconds since 1970 that lie between 2015 and 2100: numbers that look like a time. */
const looksLikeTime = (column: string) =>
  `(${column} BETWEEN 1420070400 AND 4102444800 OR ${column} BETWEEN 1420070400000 AND 4102444800000)`

/** Columns whose name or contents look like a time or a network address. */
export async function auditColumnContents({ tables, accounts }: Catalogue, db: Database): Promise<AuditFinding[]> {
  const findings: AuditFinding[] = []
  for (const table of tables) {
    for (const [column, { kind }] of Object.entries(table.columns)) {
      const where = `The column ${table.name}.${column}`
      if (timeNames.test(column)) findings.push(`${where} is named like a time or an address.`)
      if (kind === 'number') {
        const row = await db.get(`SELECT count(*) AS n FROM ${table.name} WHERE ${looksLikeTime(column)}`)
        if (Number(row?.n) > 0) findings.push(`${where} holds ${Number(row?.n)} numbers that look like times.`)
      } else if (kind === 'day') {
        findings.push(
          ...(await suspicious(db, table.name, column, value => !isDay(value), 'values that are not a plain day')),
        )
      } else if (kind === 'text' && table !== accounts) {
        // A user name may look like anything its owner likes, hence not the table of accounts.
        findings.push(
          ...(await suspicious(
            db,
            table.name,
            column,
            value => networkAddress.test(value),
            'values that look like network addresses',
          )),
        )
        findings.push(
          ...(await suspicious(db, table.name, column, value => timeOfDay.test(value), 'values that look like times')),
        )
      }
    }
  }
  return findings
}

async function suspicious(
  db: Database,
  table: string,
  column: string,
  isBad: (value: string) => boolean,
  what: string,
): Promise<AuditFinding[]> {
  const rows = await db.all<Row>(`SELECT DISTINCT ${column} AS value FROM ${table} WHERE ${column} IS NOT NULL`)
  const count = rows.filter(({ value }) => isBad(String(value))).length
  return count === 0 ? [] : [`The column ${table}.${column} holds ${count} ${what}.`]
}

/** Files in the data directory that nobody declared, and those that others on the machine can read. */
export function auditFiles(directory: string, declared: readonly FilesDeclaration[]): AuditFinding[] {
  const patterns = declared.flatMap(({ paths }) => paths)
  const findings: AuditFinding[] = []
  if ((statSync(directory).mode & 0o077) !== 0)
    findings.push(`Others on this machine may look into ${directory}. Run: chmod 700 ${directory}`)
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue
    const path = relative(directory, join(entry.parentPath, entry.name))
    if (!patterns.some(pattern => matchesGlob(path, pattern))) {
      findings.push(`The file ${path} is in the data directory, and the catalogue does not declare it.`)
    }
  }
  return findings
}
