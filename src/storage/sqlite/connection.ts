/** One file that the writer thread has open: the database itself or a partition. */

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type SchemaPlan, schemaVersion, statementsFrom } from '../schema.ts'
import { Scrubber } from './scrub.ts'

/** What keeps a file from being opened, in a sentence. */
export class Objection extends Error {}

export interface ConnectionOptions {
  readonly busyTimeoutMs: number
  /** Kilobytes of pages kept in memory. */
  readonly cacheKb: number
}

export class Connection {
  readonly db: DatabaseSync
  readonly scrubber: Scrubber
  /** Inside the transaction of the present group. */
  begun = false

  /** Opens the file, sets the guarantees and brings the schema to the plan's version. Throws an `Objection` when that cannot be. */
  constructor(path: string, plan: Pick<SchemaPlan, 'tables' | 'changes'>, options: ConnectionOptions) {
    this.db = new DatabaseSync(path, { enableForeignKeyConstraints: false, timeout: options.busyTimeoutMs })
    try {
      // Durable means that the log has reached the disk at each commit; erased means overwritten.
      if (this.#pragma('journal_mode = WAL') !== 'wal')
        throw new Objection(`${path} cannot be used with a write-ahead log on this file system.`)
      this.db.exec('PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA mmap_size = 0')
      this.db.exec(`PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -${options.cacheKb}`)
      this.#migrate(path, plan)
      this.scrubber = new Scrubber(this.db, path)
    } catch (error) {
      this.db.close()
      throw error
    }
  }

  prepare(sql: string): StatementSync {
    return this.db.prepare(sql)
  }

  begin(): void {
    this.db.exec('BEGIN IMMEDIATE')
    this.begun = true
  }

  commit(): void {
    this.db.exec('COMMIT')
    this.begun = false
  }

  rollback(): void {
    this.begun = false
    if (this.db.isTransaction) this.db.exec('ROLLBACK')
  }

  /** Moves the log into the file. Returns false when another process keeps some of it there. */
  emptyLog(): boolean {
    return this.#pragma('wal_checkpoint(TRUNCATE)') === 0
  }

  /** What is due is done first, as far as it can be. */
  close(): void {
    this.scrubber.finish()
    this.db.close()
  }

  /** Closes a file that is about to go: nothing in it is worth any work. */
  abandon(): void {
    this.scrubber.cancel()
    this.db.close()
  }

  #migrate(path: string, plan: Pick<SchemaPlan, 'tables' | 'changes'>): void {
    const wanted = schemaVersion(plan)
    this.db.exec('BEGIN IMMEDIATE')
    const found = Number(this.#pragma('user_version'))
    if (found > wanted) {
      this.db.exec('ROLLBACK')
      throw new Objection(
        `${path} was written by a newer version of Sotto (schema ${found}, this one knows ${wanted}). Start that version instead.`,
      )
    }
    if (found < wanted) {
      for (const statement of statementsFrom(plan, found)) this.db.exec(statement)
      this.db.exec(`PRAGMA user_version = ${wanted}`)
    }
    this.db.exec('COMMIT')
  }

  #pragma(name: string): unknown {
    const row = this.db.prepare(`PRAGMA ${name}`).get()
    return row === undefined ? undefined : Object.values(row)[0]
  }
}
