/** The databases that every store has to work with, each fresh for every test. For tests only. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../database.ts'
import type { SchemaPlan } from '../schema.ts'
import { openSqlite, type SqliteOptions } from '../sqlite/open.ts'

/** A database of its own for one test. */
export interface Fresh {
  readonly db: Database
  /** The directory that everything of it lies in. */
  readonly directory: string
  /** Closes the database and opens it again, in the same way if nothing else is said; `db` of the result is the new one. */
  reopen(plan?: SchemaPlan, options?: SqliteOptions): Promise<Fresh>
  /** Closes and removes it. */
  end(): Promise<void>
}

export interface Backend {
  readonly name: string
  fresh(plan: SchemaPlan, options?: SqliteOptions): Promise<Fresh>
}

const sqlite: Backend = {
  name: 'SQLite',
  async fresh(plan, options) {
    const directory = mkdtempSync(join(tmpdir(), 'sotto-store-'))
    const path = join(directory, 'sotto.db')
    const opened = async (plan: SchemaPlan, options: SqliteOptions | undefined): Promise<Fresh> => {
      const db = await openSqlite(path, plan, options)
      return {
        db,
        directory,
        async reopen(newPlan = plan, newOptions = options) {
          await db.close()
          return opened(newPlan, newOptions)
        },
        async end() {
          await db.close()
          rmSync(directory, { recursive: true, force: true })
        },
      }
    }
    return opened(plan, options)
  },
}

/** `for (const backend of backends) describe(`… on ${backend.name}`, …)` */
export const backends: readonly Backend[] = [sqlite]
