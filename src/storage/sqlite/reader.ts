/** The read-only connection of the main thread. Small indexed reads take less time here than a way to a thread and back. */

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type Row, StorageError, type Value } from '../database.ts'
import type { RealTable } from '../schema.ts'

/** Statements that are kept prepared; stores have a fixed set of texts, so this is a bound and not a policy. */
const MAX_STATEMENTS = 500

export class Reader {
  #db: DatabaseSync
  #statements = new Map<string, StatementSync>()

  constructor(path: string, busyTimeoutMs: number, cacheKb = 2048) {
    this.#db = new DatabaseSync(path, { readOnly: true, timeout: busyTimeoutMs })
    this.#db.exec(`PRAGMA mmap_size = 0; PRAGMA cache_size = -${cacheKb}`)
  }

  all(sql: string, params: readonly Value[]): Row[] {
    return this.#attempt(sql, statement => statement.all(...params) as Row[])
  }

  get(sql: string, params: readonly Value[]): Row | undefined {
    return this.#attempt(sql, statement => statement.get(...params) as Row | undefined)
  }

  /** Tables as `sqlite_schema` and the table pragmas describe them. */
  realTables(): RealTable[] {
    const names = this.all(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
      [],
    )
    return names.map(({ name }) => this.#realTable(String(name)))
  }

  close(): void {
    if (!this.#db.isOpen) return
    this.#statements.clear()
    this.#db.close()
  }

  #realTable(name: string): RealTable {
    const columns = this.all('SELECT name, type, "notnull" AS required, pk FROM pragma_table_info(?)', [name])
    const indexes = this.all(
      'SELECT name, "unique" AS single FROM pragma_index_list(?) WHERE origin <> \'pk\' ORDER BY name',
      [name],
    )
    return {
      name,
      columns: columns.map(c => ({
        name: String(c.name),
        type: String(c.type),
        nullable: c.required === 0 && c.pk === 0,
      })),
      key: columns
        .filter(c => Number(c.pk) > 0)
        .sort((a, b) => Number(a.pk) - Number(b.pk))
        .map(c => String(c.name)),
      indexes: indexes.map(index => ({
        name: String(index.name),
        columns: this.all('SELECT name FROM pragma_index_info(?) ORDER BY seqno', [String(index.name)]).map(c =>
          String(c.name),
        ),
        unique: index.single === 1,
      })),
    }
  }

  #attempt<T>(sql: string, read: (statement: StatementSync) => T): T {
    if (!this.#db.isOpen) throw new StorageError('closed', 'The store is closed.')
    let statement = this.#statements.get(sql)
    if (!statement) {
      if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear()
      statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return read(statement)
  }
}
