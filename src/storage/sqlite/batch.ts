/** What the main thread and the writer thread say to each other. Flat arrays: cheap to make and to clone. */

import type { StorageCode, Value } from '../database.ts'
import type { SchemaPlan } from '../schema.ts'

/** What the writer is started with. */
export interface WriterStart {
  readonly path: string
  readonly plan: SchemaPlan
  readonly busyTimeoutMs: number
}

/**
 * A group of statements. `ops` holds them one after another: the number of the SQL text, then its parameters.
 * A negative number −n before n statements makes them one unit whose row counts are wanted.
 */
export interface Batch {
  /** SQL texts not seen before, numbered on from those that the writer knows, each with its number of parameters. */
  readonly texts: readonly (readonly [sql: string, params: number])[]
  readonly ops: readonly Value[]
}

/** `erased`: rows were deleted that must not be found in the files any more. */
export type Command = Batch | 'erased' | 'close'

/** One statement or unit that was refused, by its place among the operations of its batch. */
export type Refusal = readonly [operation: number, code: StorageCode, message: string]

export type Reply =
  | { readonly is: 'ready' }
  | { readonly is: 'done'; readonly changes: readonly number[]; readonly refusals: readonly Refusal[] }
  | { readonly is: 'emptied' }
  | { readonly is: 'busy' }
  | { readonly is: 'closed' }
  | { readonly is: 'failed'; readonly code: StorageCode; readonly message: string }
