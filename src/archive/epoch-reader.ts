/** Opens the entries of one account in one day's file. */

import type { Day } from '../privacy/day.ts'
import type { EpochKey, SealedEpoch } from '../seals/epoch.ts'
import type { Keyring } from '../seals/keyring.ts'
import type { Partition, Row } from '../storage/database.ts'
import { decodeBody } from './body.ts'
import type { Found, RowReader, Shelf } from './shelf.ts'
import { archiveFamily } from './tables.ts'

/** An opened entry of an account. */
export interface Entry extends Found {
  readonly epoch: number
}

/** What opens epochs. */
export type Seals = Pick<Keyring, 'openEpoch'>

export interface EpochReaderParts {
  readonly seals: Seals
  readonly corrupt: () => void
}

const EPOCHS = 'SELECT epoch, generation, sealed FROM epochs WHERE account = ?'

/** The entries of accounts. */
export function accountShelf(parts: EpochReaderParts): Shelf<Entry> {
  return {
    family: archiveFamily,
    days: 'archive_days',
    entries: 'entries',
    owner: 'account',
    columns: ['epoch', 'body'],
    where: 'archived = 1',
    open: (account, partition) => EpochReader.open(parts, account, partition),
  }
}

/** Keys are asked for each time they are used: their owner may leave, and take them along, between two entries. */
export class EpochReader implements RowReader<Entry> {
  readonly #parts: EpochReaderParts
  readonly #account: number
  readonly #day: Day
  readonly #epochs: ReadonlyMap<number, SealedEpoch>

  private constructor(parts: EpochReaderParts, account: number, day: Day, epochs: ReadonlyMap<number, SealedEpoch>) {
    this.#parts = parts
    this.#account = account
    this.#day = day
    this.#epochs = epochs
  }

  static async open(parts: EpochReaderParts, account: number, partition: Partition): Promise<EpochReader> {
    const rows = await partition.all(EPOCHS, [account])
    const epochs = rows.map(row => {
      const epoch = Number(row.epoch)
      const sealed = row.sealed as Uint8Array
      return [epoch, { account, epoch, generation: Number(row.generation), sealed }] as const
    })
    return new EpochReader(parts, account, partition.day, new Map(epochs))
  }

  /** Whether anything here can be read now. */
  get readable(): boolean {
    for (const epoch of this.#epochs.keys()) if (this.#key(epoch) !== undefined) return true
    return false
  }

  /** A contact has another tag in each epoch. */
  tags(contact: string): Uint8Array[] {
    return [...this.#epochs.keys()].flatMap(epoch => this.#key(epoch)?.tag(contact) ?? [])
  }

  /** The entry in a row with `place`, `epoch` and `body`; undefined if it cannot be opened. */
  read(row: Row): Entry | undefined {
    const epoch = Number(row.epoch)
    const key = this.#key(epoch)
    if (key === undefined) return undefined
    const place = Number(row.place)
    const plain = key.open(place, row.body as Uint8Array)
    const body = plain && decodeBody(plain)
    if (body === undefined) {
      this.#parts.corrupt()
      return undefined
    }
    return { ...body, day: this.#day, place, epoch }
  }

  /** Seals something else in the place of an entry. */
  seal({ epoch, place }: Entry, plain: Uint8Array): Buffer | undefined {
    return this.#key(epoch)?.seal(place, plain)
  }

  #key(epoch: number): EpochKey | undefined {
    const sealed = this.#epochs.get(epoch)
    return sealed && this.#parts.seals.openEpoch(this.#account, sealed)
  }
}
