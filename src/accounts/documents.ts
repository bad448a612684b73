/**
 * The private data of accounts: small documents, each with a key, in declared collections.
 *
 * The database sees a tag and a value. What they say about key and content is decided in one place, `Cover`: in the service
 * they are sealed (sealed-cover.ts).
 */

import type { CollectionDeclaration } from '../privacy/catalogue.ts'
import type { Database, Row, Step } from '../storage/database.ts'

/** One document. What it means is known to those who declared its collection. */
export interface Document {
  readonly key: string
  readonly value: string
}

/** Between what stores mean and what the database sees. */
export interface Cover {
  /**
   * The tag under which a document is found; equal for equal keys of one account and collection. Undefined if nothing can
   * be kept for the account, since it is being erased.
   */
  tag(account: number, collection: string, key: string): Uint8Array | undefined
  /** The value that is stored under that tag, from which `open` gets the key back too. */
  wrap(account: number, collection: string, tag: Uint8Array, document: Document): Uint8Array
  /** Undefined if the value is not what was stored, or belongs elsewhere. */
  open(account: number, collection: string, tag: Uint8Array, value: Uint8Array): Document | undefined
}

/** How much an account keeps: what quotas go by. */
export interface Amount {
  readonly documents: number
  readonly bytes: number
}

export interface Documents {
  get(account: number, collection: CollectionDeclaration, key: string): Promise<string | undefined>
  /** In the order of their tags, which is nobody's order: sort where it matters. */
  list(account: number, collection: CollectionDeclaration): Promise<Document[]>
  /** Adds or replaces; resolves when it is on disk. */
  put(account: number, collection: CollectionDeclaration, key: string, value: string): Promise<void>
  /** Resolves with whether it was there. */
  remove(account: number, collection: CollectionDeclaration, key: string): Promise<boolean>
  /** Resolves with how many there were. */
  removeAll(account: number, collection: CollectionDeclaration): Promise<number>
  /** Several changes, all or none. */
  change(account: number, changes: readonly Change[]): Promise<void>
  amount(account: number): Promise<Amount>
}

/** A value of undefined removes. */
export interface Change {
  readonly collection: CollectionDeclaration
  readonly key: string
  readonly value: string | undefined
}

const WHERE = 'WHERE account = ? AND collection = ?'
// Joined to the account, so that nothing can be stored for one that is being erased.
const PUT = `INSERT INTO documents (account, collection, tag, value) SELECT id, ?, ?, ? FROM accounts WHERE id = ?
  ON CONFLICT (account, collection, tag) DO UPDATE SET value = excluded.value`
const REMOVE = `DELETE FROM documents ${WHERE} AND tag = ?`

/** Documents in the database. */
export function documents(db: Database, cover: Cover = plain): Documents {
  function steps(account: number, { collection: { name }, key, value }: Change): Step[] {
    const tag = cover.tag(account, name, key)
    if (tag === undefined) return []
    if (value === undefined) return [[REMOVE, [account, name, tag]]]
    return [[PUT, [name, tag, cover.wrap(account, name, tag, { key, value }), account]]]
  }

  const open = (account: number, name: string, tag: Uint8Array, row: Row) =>
    cover.open(account, name, tag, row.value as Uint8Array)

  return {
    async get(account, { name }, key) {
      const tag = cover.tag(account, name, key)
      if (tag === undefined) return undefined
      const row = await db.get(`SELECT value FROM documents ${WHERE} AND tag = ?`, [account, name, tag])
      return row && open(account, name, tag, row)?.value
    },

    async list(account, { name }) {
      const rows = await db.all(`SELECT tag, value FROM documents ${WHERE} ORDER BY tag`, [account, name])
      return rows.flatMap(row => open(account, name, row.tag as Uint8Array, row) ?? [])
    },

    async put(account, collection, key, value) {
      await db.unit(steps(account, { collection, key, value }))
    },

    async remove(account, collection, key) {
      const [removed = 0] = await db.unit(steps(account, { collection, key, value: undefined }))
      return removed > 0
    },

    removeAll: (account, { name }) => db.run(`DELETE FROM documents ${WHERE}`, [account, name]),

    async change(account, changes) {
      await db.unit(changes.flatMap(change => steps(account, change)))
    },

    async amount(account) {
      const row = await db.get(
        'SELECT COUNT(*) AS documents, COALESCE(SUM(LENGTH(tag) + LENGTH(value)), 0) AS bytes FROM documents WHERE account = ?',
        [account],
      )
      return { documents: Number(row?.documents ?? 0), bytes: Number(row?.bytes ?? 0) }
    },
  }
}

const LENGTH_BYTES = 4

/** Tag and value in the clear: the key's bytes; the key's length, the key, the content. */
export const plain = {
  tag: (_account, _collection, key) => Buffer.from(key),

  wrap(_account, _collection, _tag, { key, value }) {
    const keyBytes = Buffer.byteLength(key)
    const bytes = Buffer.from(new ArrayBuffer(LENGTH_BYTES + keyBytes + Buffer.byteLength(value)))
    bytes.writeUInt32BE(keyBytes, 0)
    bytes.write(key, LENGTH_BYTES)
    bytes.write(value, LENGTH_BYTES + keyBytes)
    return bytes
  },

  open(_account, _collection, _tag, value) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    const end = LENGTH_BYTES + bytes.readUInt32BE(0)
    return { key: bytes.toString('utf8', LENGTH_BYTES, end), value: bytes.toString('utf8', end) }
  },
} satisfies Cover
