/** What the main thread and the writer thread say to each other. Flat arrays: cheap to make and to clone. */

import type { StorageCode, Value } from '../database.ts'
import type { SchemaPlan } from '../schema.ts'

/** What the writer is started with. */
export interface WriterStart {
  readonly path: string
  readonly plan: SchemaPlan
  readonly busyTimeoutMs: number
  /** No other process has anything of this database open. */
  readonly alone: boolean
}

/**
 * A group of statements. `ops` holds them one after another: the number of the SQL text, then its parameters.
 * A negative number −n before n statements makes them one unit whose row counts are wanted.
 *
 * Blobs lie in one piece of memory, which changes hands: cloning each for itself takes more time than all the rest. Each
 * has three numbers in `blobs`, in order: its index in `ops`, where it begins in `memory`, and how long it is.
 */
export interface Batch {
  /**
   * SQL texts not seen before, numbered on from those that the writer knows, each with its number of parameters and the file
   * it is for: '' for the database itself, `family/day` for a partition.
   */
  readonly texts: readonly (readonly [sql: string, params: number, place: string])[]
  readonly ops: Value[]
  readonly blobs: readonly number[]
  readonly memory: Uint8Array<ArrayBuffer>
}

/**
 * `erased`: rows were deleted that must not be found in that file any more. `rest`: nobody uses that partition for now.
 * `let go`: the file of a partition is about to be removed. Each is answered once, in the order of asking.
 */
export type Errand = readonly ['erased' | 'rest' | 'let go', place: string]

export type Command = Batch | Errand | 'close'

/** One statement or unit that was refused, by its place among the operations of its batch. */
export type Refusal = readonly [operation: number, code: StorageCode, message: string]

export type Reply =
  | { readonly is: 'ready' }
  | {
      readonly is: 'done'
      readonly changes: readonly number[]
      readonly refusals: readonly Refusal[]
      /** Partitions that were opened for it. */
      readonly opened: readonly string[]
    }
  /** The answer to an errand; `busy`: another process kept it from being carried out to the end. */
  | { readonly is: 'obeyed'; readonly busy: boolean }
  | { readonly is: 'closed' }
  | { readonly is: 'failed'; readonly code: StorageCode; readonly message: string }
