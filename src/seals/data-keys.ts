/** One table of the vault: a random data key for each owner, and the keys that come from it. */

import type { Database, Row, Step } from '../storage/database.ts'
import type { Reader } from '../storage/sqlite/reader.ts'
import { bound, freshKey, open, seal, wipe } from './envelope.ts'
import { SealError } from './seal-error.ts'
import type { VaultWriter } from './vault-writer.ts'
import type { WrappingKeys } from './wrapping-keys.ts'

export interface DataKeysParts {
  readonly writer: VaultWriter
  readonly reader: Reader
  readonly wrappings: WrappingKeys
  /** The number of the wrapping key in force. */
  wrapping(): number
}

/** Which table it is, and what its keys are good for. */
export interface DataKeysKind<Keys> {
  readonly table: string
  /** The column with the number of the owner. */
  readonly owner: string
  /** Authenticated with each data key, so that none opens in another table. */
  readonly purpose: string
  derive(data: Uint8Array): Keys
}

/** Owners whose keys are remembered. */
const maxRemembered = 4096
/** Keys moved to another wrapping key in one commit, so that nobody else waits for long. */
const batch = 200

export class DataKeys<Keys extends { readonly [purpose in keyof Keys]: Buffer }> {
  readonly #parts: DataKeysParts
  readonly #kind: DataKeysKind<Keys>
  readonly #sql: ReturnType<typeof statements>
  /** In the order of use. */
  readonly #remembered = new Map<number, Keys>()

  constructor(parts: DataKeysParts, kind: DataKeysKind<Keys>) {
    this.#parts = parts
    this.#kind = kind
    this.#sql = statements(kind)
  }

  /** The keys of an owner; undefined if it has none (any more). Synchronous. */
  keys(owner: number): Keys | undefined {
    let keys = this.#remembered.get(owner)
    if (keys === undefined) {
      const data = this.dataKey(owner)
      if (data === undefined) return undefined
      keys = this.#kind.derive(data)
      wipe(data)
    } else this.#remembered.delete(owner)
    this.#remembered.set(owner, keys)
    const [longestUnused] = this.#remembered.size > maxRemembered ? this.#remembered.keys() : []
    if (longestUnused !== undefined) this.#forget(longestUnused)
    return keys
  }

  /** What the keys come from, to be wiped by the caller. */
  dataKey(owner: number): Buffer | undefined {
    const row = this.#parts.reader.get(this.#sql.row, [owner])
    return row && this.#unwrap(owner, Number(row.wrapping), row.sealed as Uint8Array)
  }

  /** Gives a new owner its key; durable when resolved. */
  async add(owner: number): Promise<void> {
    const data = freshKey()
    try {
      for (;;) {
        const wrapping = this.#parts.wrapping()
        const key = this.#parts.wrappings.key(wrapping)
        if (key === undefined) throw new SealError('The key vault was changed while it was in use.')
        const sealed = seal(key, data, this.#binding(owner))
        const changed = await this.#parts.writer.use(db => db.run(this.#sql.add, [owner, sealed, wrapping]))
        // Otherwise the wrapping key is another by now.
        if (changed > 0) return
      }
    } finally {
      wipe(data)
    }
  }

  /**
   * Destroys an owner's key: with that, everything sealed with it is gone, wherever copies are. Durable and out of the
   * write-ahead log when resolved, also if there was none.
   */
  async destroy(owner: number): Promise<void> {
    await this.#parts.writer.use(async db => {
      await db.run(this.#sql.remove, [owner])
      this.#forget(owner)
      await db.erasePages()
    })
  }

  /** Those that have a key. */
  async owners(): Promise<number[]> {
    return this.#parts.reader.all(this.#sql.owners, []).map(row => Number(row.owner))
  }

  /** Seals every data key with another wrapping key. */
  async move(db: Database, wrapping: number, key: Uint8Array): Promise<void> {
    let last = -1
    for (;;) {
      const rows = this.#parts.reader.all(this.#sql.others, [last, wrapping])
      if (rows.length === 0) return
      last = Number(rows.at(-1)!.owner)
      await db.unit(rows.flatMap(row => this.#moved(row, wrapping, key)))
    }
  }

  /** Wipes what is remembered. */
  close(): void {
    for (const owner of [...this.#remembered.keys()]) this.#forget(owner)
  }

  /** None for a key that is damaged and opens with no wrapping key. */
  #moved(row: Row, wrapping: number, key: Uint8Array): Step[] {
    const [owner, old] = [Number(row.owner), Number(row.wrapping)]
    const data = this.#unwrap(owner, old, row.sealed as Uint8Array)
    if (data === undefined) return []
    const sealed = seal(key, data, this.#binding(owner))
    wipe(data)
    return [[this.#sql.move, [wrapping, sealed, owner, old]]]
  }

  #unwrap(owner: number, wrapping: number, sealed: Uint8Array): Buffer | undefined {
    const key = this.#parts.wrappings.key(wrapping)
    return key && open(key, sealed, this.#binding(owner))
  }

  #binding(owner: number): Buffer {
    return bound(this.#kind.purpose, owner)
  }

  #forget(owner: number): void {
    const keys = this.#remembered.get(owner)
    if (keys === undefined) return
    wipe(...Object.values<Buffer>(keys))
    this.#remembered.delete(owner)
  }
}

function statements({ table, owner }: DataKeysKind<unknown>) {
  return {
    add: `INSERT INTO ${table} (${owner}, wrapping, sealed) SELECT ?, wrapping, ? FROM vault WHERE wrapping = ?`,
    remove: `DELETE FROM ${table} WHERE ${owner} = ?`,
    move: `UPDATE ${table} SET wrapping = ?, sealed = ? WHERE ${owner} = ? AND wrapping = ?`,
    row: `SELECT wrapping, sealed FROM ${table} WHERE ${owner} = ?`,
    owners: `SELECT ${owner} AS owner FROM ${table}`,
    others: `SELECT ${owner} AS owner, wrapping, sealed FROM ${table} WHERE ${owner} > ? AND wrapping <> ? ORDER BY ${owner} LIMIT ${batch}`,
  } as const
}
