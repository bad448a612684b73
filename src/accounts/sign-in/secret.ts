import { randomBytes } from 'node:crypto'
import type { Database } from '../../storage/database.ts'
import type { IterationCount } from './candidates.ts'

const name = 'unknown names'

/** What makes names that do not exist look like accounts: the same at every start, or a restart would tell them apart. */
export async function signInSecret(db: Database): Promise<Uint8Array> {
  await db.run('INSERT INTO service_keys (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING', [
    name,
    new Uint8Array(randomBytes(32)),
  ])
  const row = await db.get<{ value: Uint8Array }>('SELECT value FROM service_keys WHERE name = ?', [name])
  return row!.value
}

/** How many accounts have verifiers of how many rounds. */
export async function iterationCounts(db: Database): Promise<IterationCount[]> {
  const rows = await db.all<{ iterations: number; accounts: number }>(
    'SELECT iterations, COUNT(*) AS accounts FROM credentials WHERE hash = ? GROUP BY iterations',
    ['SHA-256'],
  )
  return rows.map(row => [Number(row.iterations), Number(row.accounts)])
}
