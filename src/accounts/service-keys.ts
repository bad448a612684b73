import { randomBytes } from 'node:crypto'
import type { Database } from '../storage/database.ts'

/** A secret of the service that is the same at every start: made at the first call, kept in the database. */
export async function serviceKey(db: Database, name: string, bytes: number): Promise<Uint8Array> {
  // Whoever comes second finds the key of whoever came first.
  await db.run('INSERT INTO service_keys (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING', [
    name,
    new Uint8Array(randomBytes(bytes)),
  ])
  const row = await db.get('SELECT value FROM service_keys WHERE name = ?', [name])
  return row!.value as Uint8Array
}
