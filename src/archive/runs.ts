import type { Database } from '../storage/database.ts'

/** Places that one owner can use up in one run of the service. */
const PLACES = 2 ** 26

/** What the service keeps itself has places and numbers from here on; below is room for what is older than an account. */
export const firstPlaces = PLACES

const ORDERED = 'archive order'

/**
 * From this place on an entry has a higher number than anything that is brought along. Entries of a service that gave out
 * numbers from one on, before there was room below, have places under this.
 */
export async function firstOrderedPlace(db: Database, firstPlace: number): Promise<number> {
  const row = await db.get('SELECT value FROM counters WHERE name = ?', [ORDERED])
  if (row !== undefined) return Number(row.value)
  await db.run('INSERT INTO counters (name, value) VALUES (?, ?)', [ORDERED, firstPlace])
  return firstPlace
}

/** The first place of this run: on disk before it is used, so that places of two runs are never the same. */
export async function firstPlaceOfRun(db: Database, counter: string): Promise<number> {
  const row = await db.get('SELECT value FROM counters WHERE name = ?', [counter])
  const run = Number(row?.value ?? 0) + 1
  await db.run(
    'INSERT INTO counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    [counter, run],
  )
  return run * PLACES + 1
}
