/**
 * The private data of accounts: small documents, each with a key, in declared collections.
 *
 * The database sees a tag and a value. What they say about key and content is decided in one place, `Cover`, so that
 * sealing them changes nothing but that.
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
  /** The tag under which a document is found; equal for equal keys of one account and collection. */
  tag(account: number, collection: string, key: string): Uint8Array
  /** The value that is stored, from which `open` gets the key back too. */
  wrap(account: number, collection: string, document: Document): Uint8Array
  open(account: number, collection: string, value: Uint8Array): Document
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
  function step(account: number, { collection: { name }, key, value }: Change): Step {
    const tag = cover.tag(account, name, key)
    if (value === undefined) return [REMOVE, [account, name, tag]]
    return [PUT, [name, tag, cover.wrap(account, name, { key, value }), account]]
  }

  const open = (account: number, name: string, row: Row) => cover.open(account, name, row.value as Uint8Array)

  return {
    async get(account, { name }, key) {
      const tag = cover.tag(account, name, key)
      const row = await db.get(`SELECT value FROM documents ${WHERE} AND tag = ?`, [account, name, tag])
      return row && open(account, name, row).value
    },

    async list(account, { name }) {
      const rows = await db.all(`SELECT value FROM documents ${WHERE} ORDER BY tag`, [account, name])
      return rows.map(row => open(account, name, row))
    },

    async put(account, collection, key, value) {
      await db.unit([step(account, { collection, key, value })])
    },

    async remove(account, collection, key) {
      const [removed = 0] = await db.unit([step(account, { collection, key, value: undefined })])
      return removed > 0
    },

    removeAll: (account, { name }) => db.run(`DELETE FROM documents ${WHERE}`, [account, name]),

    async change(account, changes) {
      await db.unit(changes.map(change => step(account, change)))
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
export const plain: Cover = {
  tag: (_account, _collection, key) => Buffer.from(key),

  wrap(_account, _collection, { key, value }) {
    const keyBytes = Buffer.byteLength(key)
    const bytes = Buffer.from(new ArrayBuffer(LENGTH_BYTES + keyBytes + Buffer.byteLength(value)))
    bytes.writeUInt32BE(keyBytes, 0)
    bytes.write(key, LENGTH_BYTES)
    bytes.write(value, LENGTH_BYTES + keyBytes)
    return bytes
  },

  open(_account, _collection, value) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    const end = LENGTH_BYTES + bytes.readUInt32BE(0)
    return { key: bytes.toString('utf8', LENGTH_BYTES, end), value: bytes.toString('utf8', end) }
  },
}
