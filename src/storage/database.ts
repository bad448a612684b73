/** What every store is written against: one database, many readers, one writer that commits in groups. */

import type { RealTable } from './schema.ts'

/** What a column can hold. Integers stay below 2^53; a day is a string. */
export type Value = string | number | Uint8Array | null
export type Row = Record<string, Value>
export type Step = readonly [sql: string, params?: readonly Value[]]

/**
 * A database whose writes are made durable in groups.
 *
 * Writes are carried out in the order of submission. Whoever waits for one is told only after the group it
 * belongs to has reached the disk. Once a group could not be written the database is `failed` for good: every
 * write, then and later, is refused with a `StorageError` of code `failed`, and no callback of it ever runs.
 *
 * SQL is kept to what SQLite and PostgreSQL share; parameters are written `?`.
 */
export interface Database extends Statements {
  /**
   * A partition of a family that the schema declares: a file of its own with that family's tables, written in the same
   * groups as everything else. It comes about with the first write; until then there is nothing in it to read.
   * `day` is what everything in it has in common, 'YYYY-MM-DD': the file shows no time that is finer.
   */
  partition(family: string, day: string): Partition
  /** The days of the partitions that there are, oldest first. */
  partitions(family: string): readonly string[]
  /** Removes a partition with all that is in it, without regard to what is still being written to it. */
  dropPartition(family: string, day: string): Promise<void>
  /** Writes what is pending, then closes. */
  close(): Promise<void>
  /** How many statements are submitted and not yet durable. */
  readonly pending: number
  /** Why nothing can be written any more; undefined while all is well. */
  readonly failed: StorageError | undefined
  /**
   * Runs `fn` when everything submitted so far is durable, apart from what was submitted by `later`: at once if there is
   * nothing of that kind, never if it fails. `unit([])` resolves after everything, those included.
   */
  afterCommit(fn: () => void): void
}

/** One file of a database that is split by days. */
export interface Partition extends Statements {
  readonly family: string
  readonly day: string
}

/** What can be asked of the database itself and of each of its partitions. A unit concerns one of them. */
export interface Statements {
  /** Rows of the committed state. */
  all<R extends Row>(sql: string, params?: readonly Value[]): Promise<R[]>
  /** The first row of the committed state, if there is one. */
  get<R extends Row>(sql: string, params?: readonly Value[]): Promise<R | undefined>
  /** One statement; resolves with the number of rows changed once it is durable. */
  run(sql: string, params?: readonly Value[]): Promise<number>
  /** All steps or none; resolves with the rows changed by each step once they are durable. */
  unit(steps: readonly Step[]): Promise<number[]>
  /**
   * The hot path: one statement without a promise. `committed` runs once it is durable, in the order of submission
   * with the callbacks of others. `refused` runs instead when the database refuses this statement (a constraint);
   * without it the refusal is reported to `onFault`.
   * Throws a `StorageError` of code `full` when too much is waiting already, and `failed` or `closed` in those states.
   */
  append(sql: string, params: readonly Value[], committed?: () => void, refused?: (error: StorageError) => void): void
  /**
   * A further statement that belongs to the last `append`, to whatever file that was: in the same group, and never refused for
   * want of room. To be called in the same turn.
   */
  join(sql: string, params: readonly Value[]): void
  /**
   * A statement that nobody waits for, such as tidying up: it joins the next group that has to leave anyway, and leaves
   * by itself only after a moment. In the order of submission like all others. Refusals go to `onFault`. Does nothing once the
   * database has failed or is closed.
   */
  later(sql: string, params: readonly Value[]): void
  /**
   * After an erasure: resolves when what was deleted has left the write-ahead log too. Traces that may be left in unused
   * parts of the file are overwritten soon afterwards, at the latest while closing, even after a crash in between.
   */
  erasePages(): Promise<void>
  /** The tables, columns and indexes that really exist. */
  realTables(): Promise<RealTable[]>
}

/**
 * Why the database said no. `unique` and `constraint` concern one statement; `full` means that too much is waiting
 * (try again later); `failed` and `closed` concern everything; `sql` is a bug in a statement; `schema`, `in use` and `missing`
 * can be met only while opening;
 * `busy` means that another process is reading just now.
 */
export type StorageCode =
  | 'unique'
  | 'constraint'
  | 'full'
  | 'failed'
  | 'closed'
  | 'sql'
  | 'schema'
  | 'in use'
  | 'missing'
  | 'busy'

/** An error of the store. Its message speaks of tables and states, never of the values in them. */
export class StorageError extends Error {
  readonly code: StorageCode
  constructor(code: StorageCode, message: string) {
    super(message)
    this.name = 'StorageError'
    this.code = code
  }
}
