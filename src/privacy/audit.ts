/** `sotto audit`: the promises, held against what is really stored. */

import type { Database } from '../storage/database.ts'
import { files } from './audit-files.ts'
import { clockInDoubt, overdue } from './audit-retention.ts'
import { columns, leftovers, strayDocuments } from './audit-rows.ts'
import { type KeysAtHand, keysOf, openable, unsealed, withDerived } from './audit-seals.ts'
import { type Catalogue, type Place, places } from './catalogue.ts'
import { type RetentionState, retentionState } from './retention.ts'
import { schemaDifferences } from './schema-differences.ts'

/** Something that should not be. It speaks of tables, columns, files and counts, never of the values. */
export interface Finding {
  /** The promise that it touches: `P9`. */
  readonly promise: string
  readonly sentence: string
}

export interface Audited {
  readonly db: Database
  readonly catalogue: Catalogue
  readonly directory: string
  /** Milliseconds since 1970. */
  readonly nowMs: number
  /** Databases of their own beside the one that the catalogue is about. */
  readonly beside?: readonly Place[]
  /** Keys in files of the data directory, tried on everything that is sealed; those in tables are found. */
  readonly keys?: KeysAtHand
  /** What else is to be found, in the places whose tables are what they should be. */
  readonly more?: (sound: readonly Place[]) => Promise<readonly Finding[]>
}

/** Everything that is found; nothing is what one wants. Only reads, so the service may run meanwhile. */
export async function audit(audited: Audited): Promise<Finding[]> {
  const { db, catalogue, directory, nowMs, beside = [], keys, more } = audited
  const findings: Finding[] = []
  const sound: Place[] = []
  for (const place of [...places(db, catalogue), ...beside]) {
    const schema = schemaDifferences(place.tables, await place.rows.realTables(), place.name)
    findings.push(...schema.map(sentence => ({ promise: 'P1', sentence })))
    // What tables hold can be asked only where the tables are what they should be.
    if (schema.length === 0) sound.push(place)
  }
  const clock = await clockOf(db, sound)
  for (const place of sound) {
    findings.push(...(await leftovers(place, catalogue, db)))
    if (place.rows === db) findings.push(...(await strayDocuments(catalogue, db)))
    findings.push(...(await columns(place, nowMs)))
    findings.push(...(await unsealed(place)))
    if (clock !== undefined) findings.push(...(await overdue(place, clock, nowMs)))
  }
  if (clock !== undefined) findings.push(...clockInDoubt(clock))
  findings.push(...(await opened(sound, keys)))
  findings.push(...((await more?.(sound)) ?? []))
  return [...findings, ...files(directory, catalogue.files, nowMs)]
}

/** What the retention clock knows, where its table is. */
async function clockOf(db: Database, sound: readonly Place[]): Promise<RetentionState | undefined> {
  const isThere = sound.some(({ rows, tables }) => rows === db && tables.some(({ name }) => name === 'retention'))
  return isThere ? retentionState(db) : undefined
}

async function opened(places: readonly Place[], given: KeysAtHand | undefined): Promise<Finding[]> {
  if (given === undefined) return []
  const stored: Uint8Array[] = []
  for (const place of places) stored.push(...(await keysOf(place)))
  const findings: Finding[] = []
  const all = { ...given, keys: [...given.keys, ...stored] }
  const keys = withDerived(all)
  for (const place of places) findings.push(...(await openable(place, all, keys)))
  return findings
}
