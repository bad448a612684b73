/** What is held about one account, without what it says. */

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

/** Everything the catalogue lists for an account, in its order, with how many of each there are (also none). */
export async function describeAccount(db: Database, catalogue: Catalogue, account: number): Promise<Holding[]> {
  const all = places(db, catalogue)
  const holdings: Holding[] = []
  for (const { name, owner, columns, facts } of catalogue.tables) {
    if (owner === undefined || name === catalogue.documents.name) continue
    let count = 0
    for (const place of all) {
      if (!place.tables.some(table => table.name === name)) continue
      const row = await place.rows.get(`SELECT COUNT(*) AS n FROM ${name} WHERE ${owner} = ?`, [account])
      count += Number(row?.n ?? 0)
    }
    const why = Object.entries(columns).map(([column, { why }]) => `${column}: ${why}`)
    holdings.push({ what: name, why, keep: facts.keep, reader: facts.reader, count })
  }
  const { name: documents, owner } = catalogue.documents
  const rows = await db.all(
    `SELECT collection, COUNT(*) AS n FROM ${documents} WHERE ${owner} = ? GROUP BY collection`,
    [account],
  )
  const counts = new Map(rows.map(row => [row.collection, Number(row.n)]))
  for (const { name, why, keep, reader } of catalogue.collections) {
    holdings.push({ what: name, why: [why], keep, reader, count: counts.get(name) ?? 0 })
  }
  return holdings
}
