/** `sotto audit`: the promises, held against what is really stored. */

import type { Database } from '../storage/database.ts'
import { files } from './audit-files.ts'
import { columns, leftovers, strayDocuments } from './audit-rows.ts'
import { type Catalogue, places } from './catalogue.ts'
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
}

/** Everything that is found; nothing is what one wants. Only reads, so the service may run meanwhile. */
export async function audit({ db, catalogue, directory, nowMs }: Audited): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const place of places(db, catalogue)) {
    const schema = schemaDifferences(place.tables, await place.rows.realTables(), place.name)
    findings.push(...schema.map(sentence => ({ promise: 'P1', sentence })))
    // What tables hold can be asked only where the tables are what they should be.
    if (schema.length > 0) continue
    findings.push(...(await leftovers(place, catalogue, db)))
    if (place.rows === db) findings.push(...(await strayDocuments(catalogue, db)))
    findings.push(...(await columns(place, nowMs)))
  }
  return [...findings, ...files(directory, catalogue.files, nowMs)]
}
