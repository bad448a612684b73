/** What is held about one account, without what it says. */

import { setImmediate as breathe } from 'node:timers/promises'
import type { Database } from '../storage/database.ts'
import { type Catalogue, places, type Reader } from './catalogue.ts'

/** One kind of things that an account has here. */
export interface Holding {
  /** The name of the table or collection in the catalogue. */
  readonly what: string
  /** Why each thing is kept: of a collection its purpose, of a table the purposes of its columns. */
  readonly why: readonly string[]
  readonly keep: string
  readonly reader: Reader
  readonly count: number
}

/**
 * Everything the catalogue lists for an account, in its order, with how many of each there are (also none). Looks into every
 * partition, some 2 ms each, and lets others in between.
 */
export async function describeAccount(db: Database, catalogue: Catalogue, account: number): Promise<Holding[]> {
  const counts = new Map<string, number>()
  for (const { rows, tables } of places(db, catalogue)) {
    for (const { name, owner } of tables) {
      if (owner === undefined || name === catalogue.documents.name) continue
      const row = await rows.get(`SELECT COUNT(*) AS n FROM ${name} WHERE ${owner} = ?`, [account])
      counts.set(name, (counts.get(name) ?? 0) + Number(row?.n ?? 0))
    }
    await breathe()
  }
  const holdings: Holding[] = []
  for (const { name, owner, columns, facts } of catalogue.tables) {
    if (owner === undefined || name === catalogue.documents.name) continue
    const why = Object.entries(columns).map(([column, { why }]) => `${column}: ${why}`)
    holdings.push({ what: name, why, keep: facts.keep, reader: facts.reader, count: counts.get(name) ?? 0 })
  }
  const { name: documents, owner } = catalogue.documents
  const rows = await db.all(
    `SELECT collection, COUNT(*) AS n FROM ${documents} WHERE ${owner} = ? GROUP BY collection`,
    [account],
  )
  const kept = new Map(rows.map(row => [row.collection, Number(row.n)]))
  for (const { name, why, keep, reader } of catalogue.collections) {
    holdings.push({ what: name, why: [why], keep, reader, count: kept.get(name) ?? 0 })
  }
  return holdings
}
