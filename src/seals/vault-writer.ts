/**
 * The vault is written rarely, and a writer is a thread with memory of its own. So there is one only while it is needed and
 * for a moment afterwards.
 */

import type { Database } from '../storage/database.ts'
import { openSqlite, type SqliteOptions } from '../storage/sqlite/open.ts'
import { vaultTables } from './tables.ts'

/** Long enough for what comes in a row, such as many people signing up. */
const idleMs = 10_000

export class VaultWriter {
  readonly #path: string
  readonly #options: SqliteOptions
  #database: Promise<Database> | undefined
  #users = 0
  #timer: NodeJS.Timeout | undefined
  #closing: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(path: string, options: SqliteOptions) {
    this.#path = path
    this.#options = options
  }

  /** Does something with the database, which is there until the promise settles. */
  async use<T>(work: (db: Database) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('The key vault is closed.')
    clearTimeout(this.#timer)
    this.#users++
    try {
      this.#database ??= this.#closing.then(() => openSqlite(this.#path, { tables: vaultTables }, this.#options))
      return await work(await this.#database)
    } finally {
      this.#users--
      if (this.#users === 0 && !this.#closed) this.#timer = setTimeout(() => this.#rest(), idleMs).unref()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#rest()
    await this.#closing
  }

  #rest(): void {
    const database = this.#database
    this.#database = undefined
    // What could not be opened, or not be closed, was told to whoever wanted it.
    this.#closing = this.#closing.then(async () => (await database)?.close()).catch(() => undefined)
  }
}
