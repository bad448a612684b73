/** Where entries lie and how they open. There are two: the entries of accounts, and those of rooms. */

import type { Day } from '../privacy/day.ts'
import type { Partition, Row } from '../storage/database.ts'
import type { Body } from './body.ts'

/** An opened entry, and where it lies. */
export interface Found extends Body {
  readonly day: Day
  readonly place: number
}

/** Opens the rows of one owner in one day's file. */
export interface RowReader<E> {
  /** Whether anything here can be read now. */
  readonly readable: boolean
  /** Undefined if it cannot be opened. */
  read(row: Row): E | undefined
  /** The tags that entries with a contact have here; undefined where entries have none. */
  tags?(contact: string): readonly Uint8Array[]
}

export interface Shelf<E extends Found> {
  /** The family of partitions. */
  readonly family: string
  /** The table of the days of which owners have something. */
  readonly days: string
  /** The table of entries, in every partition. */
  readonly entries: string
  /** The column with the owner, in both tables. */
  readonly owner: string
  /** What the reader needs of a row, besides `place`. */
  readonly columns: readonly string[]
  /** Entries without it are passed over. */
  readonly where?: string
  open(owner: number, partition: Partition): Promise<RowReader<E>>
}
