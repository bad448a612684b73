/** The audit of one data directory: the database, its partitions, the files, the key vault and the running process. */

import { existsSync } from 'node:fs'
import { catalogue } from '../catalogue.ts'
import { databasePath } from '../house.ts'
import { audit, type Finding } from '../privacy/audit.ts'
import { schemaOf } from '../privacy/catalogue.ts'
import { openSqlite } from '../storage/sqlite/open.ts'
import {
  damageFindings,
  keysInFiles,
  memoryFindings,
  openVaultDatabase,
  type ServiceState,
  unfinishedErasures,
  vaultFindings,
  vaultPlace,
} from './audit-parts.ts'
import { WrongUse } from './command.ts'

export interface AuditOptions {
  /** Milliseconds since 1970. */
  readonly nowMs: number
  /** What the running service says of itself; undefined if none runs on this data. */
  readonly service?: ServiceState | undefined
}

/** Everything that is found in a data directory; empty is what one wants. */
export async function auditData(directory: string, { nowMs, service }: AuditOptions): Promise<Finding[]> {
  const file = databasePath(directory)
  if (!existsSync(file))
    throw new WrongUse(`There is no database in ${directory}. Name the data directory with --data.`)
  const db = await openSqlite(file, schemaOf(catalogue), { access: 'read' })
  const vault = await openVaultDatabase(directory)
  try {
    const place = vault && vaultPlace(vault)
    const running = service !== undefined
    return await audit({
      db,
      catalogue,
      directory,
      nowMs,
      keys: keysInFiles(directory),
      ...(place === undefined ? {} : { beside: [place] }),
      more: async sound => [
        ...(sound.some(({ rows }) => rows === db) ? await unfinishedErasures(db, nowMs) : []),
        ...(vault && place && sound.includes(place)
          ? await vaultFindings(db, vault, directory, { nowMs, running })
          : []),
        ...(service === undefined ? [] : [...memoryFindings(service.memory), ...damageFindings(service)]),
      ],
    })
  } finally {
    await vault?.close()
    await db.close()
  }
}
