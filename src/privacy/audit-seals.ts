/**
 * The audit of sealed columns: that they hold no plain text, and that no key which lies about opens them.
 *
 * Trying needs no knowledge of what a value is bound to: AES-GCM encrypts by counting (NIST SP 800-38D §6.5), so the right
 * key shows the plain text whatever was authenticated with it.
 */

import { createDecipheriv, hkdfSync } from 'node:crypto'
import type { Row, Value } from '../storage/database.ts'
import type { Finding } from './audit.ts'
import { type Place, serialOf, type TableDeclaration } from './catalogue.ts'

/** Keys of 32 bytes, with where they were found. */
export interface KeysAtHand {
  readonly from: string
  readonly keys: readonly Uint8Array[]
  /** What a key may have been made into before it was used (HKDF-SHA-256, RFC 5869). */
  readonly purposes: readonly string[]
}

/** The keys, and what may have been made of them. */
export function withDerived({ keys, purposes }: KeysAtHand): Uint8Array[] {
  return keys.flatMap(key => [key, ...purposes.map(purpose => derived(key, purpose))])
}

/** Longer than chance makes it: once in a thousand million values of a kilobyte. */
const PLAIN = /[\x20-\x7e]{28}/
const KEY_BYTES = 32
const TAG_BYTES = 16
const NONCE_BYTES = 12
/** Values looked at at a time; those that every key is tried on; those of a column that may be keys. */
const PAGE = 5000
const TRIED = 4
const MAY_BE_KEYS = 4

/** Values of sealed columns that read like text. */
export async function unsealed({ rows, tables, name }: Place): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [table, column] of sealedColumns(tables)) {
    let count = 0
    await eachRow(rows, table, column, row => {
      if (readsLikeText(row.sealed_value ?? null)) count++
    })
    if (count > 0) {
      const sentence = `The column ${table.name}.${column} of ${name} holds ${count} ${count === 1 ? 'value that is' : 'values that are'} not sealed. Whoever has the disk can read them; report this.`
      findings.push({ promise: 'P4', sentence })
    }
  }
  return findings
}

/**
 * Sealed values that open with a key at hand, or with a key that lies sealed beside them and opens with one at hand.
 * `keys` holds those of `given` and what may have been made of them.
 */
export async function openable(
  { rows, tables, name, day }: Place,
  given: KeysAtHand,
  keys: readonly Uint8Array[],
): Promise<Finding[]> {
  const samples: { table: TableDeclaration; column: string; sample: readonly SealedRow[] }[] = []
  for (const [table, column] of sealedColumns(tables)) {
    const sample = await rows.all<SealedRow>(
      `SELECT ${[...table.facts.key, `${column} AS sealed_value`].join(', ')} FROM ${table.name} ORDER BY ${table.facts.key.join(' DESC, ')} DESC LIMIT ${TRIED}`,
    )
    samples.push({ table, column, sample })
  }
  // Only partitions hold the keys of what lies in them.
  const sealedKeys =
    day === undefined ? [] : samples.flatMap(({ sample }) => sample.flatMap(row => sealedKey(row.sealed_value)))
  const inner = sealedKeys.flatMap(({ nonce, text }) => given.keys.map(key => decrypted(key, nonce, text)))
  const candidates = [...keys, ...inner]
  return samples
    .filter(({ table, sample }) => sample.some(row => candidates.some(key => opens(key, row, table))))
    .map(({ table, column }) => ({
      promise: 'P4',
      sentence: `The column ${table.name}.${column} of ${name} holds values that open with a key from ${given.from}. Whoever has both can read them; report this.`,
    }))
}

/** The parts of a value that has the length of a key sealed with a nonce of its own. */
function sealedKey(value: Value): { readonly nonce: Uint8Array; readonly text: Uint8Array }[] {
  if (!(value instanceof Uint8Array) || value.length !== 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES) return []
  return [{ nonce: value.subarray(1, 1 + NONCE_BYTES), text: value.subarray(1 + NONCE_BYTES, -TAG_BYTES) }]
}

type SealedRow = Row & { readonly sealed_value: Value }

function sealedColumns(tables: readonly TableDeclaration[]): (readonly [TableDeclaration, string])[] {
  return tables.flatMap(table =>
    Object.entries(table.columns).flatMap(([column, { kind }]) =>
      kind === 'sealed' ? [[table, column] as const] : [],
    ),
  )
}

function readsLikeText(value: Value): boolean {
  return value instanceof Uint8Array && PLAIN.test(Buffer.from(value).toString('latin1'))
}

/** As much of a value as tells whether it is text. */
const HEAD = 128

/** The formats of src/seals/envelope.ts: 1, a nonce in the value; 3, one made of a salt and the number of the row. */
function opens(key: Uint8Array, row: SealedRow, table: TableDeclaration): boolean {
  const value = row.sealed_value
  if (!(value instanceof Uint8Array) || value.length < 1 + NONCE_BYTES + TAG_BYTES) return false
  const at = value[0] === 1 ? 1 + NONCE_BYTES : value[0] === 3 ? 5 : 0
  if (at === 0) return false
  const number = Number(row[serialOf(table) ?? ''] ?? 0)
  const nonce = value[0] === 1 ? value.subarray(1, at) : numbered(value.subarray(1, at), number)
  const text = value.subarray(at, Math.min(value.length - TAG_BYTES, at + HEAD))
  return PLAIN.test(decrypted(key, nonce, text).toString('latin1'))
}

function numbered(salt: Uint8Array, number: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.set(salt)
  if (Number.isSafeInteger(number) && number >= 0) nonce.writeBigUInt64BE(BigInt(number), 4)
  return nonce
}

function decrypted(key: Uint8Array, nonce: Uint8Array, text: Uint8Array): Buffer {
  const counter = Buffer.concat([nonce, Buffer.from([0, 0, 0, 2])])
  return createDecipheriv('aes-256-ctr', key, counter).update(text)
}

function derived(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), purpose, KEY_BYTES))
}

/** All rows, some at a time, in the order of the key. */
async function eachRow(
  rows: Place['rows'],
  { name, facts }: TableDeclaration,
  column: string,
  look: (row: SealedRow) => void,
): Promise<void> {
  const key = facts.key.join(', ')
  const marks = facts.key.map(() => '?').join(', ')
  let last: readonly Value[] | undefined
  for (;;) {
    const page: SealedRow[] = await rows.all<SealedRow>(
      `SELECT ${key}, ${column} AS sealed_value FROM ${name}${last ? ` WHERE (${key}) > (${marks})` : ''} ORDER BY ${key} LIMIT ${PAGE}`,
      last ?? [],
    )
    page.forEach(look)
    const end = page.at(-1)
    if (page.length < PAGE || end === undefined) return
    last = facts.key.map(part => end[part] ?? null)
  }
}

/** Every run of 32 bytes in something that may hold a key. */
export function keysIn(bytes: Uint8Array): Uint8Array[] {
  const last = bytes.length - KEY_BYTES
  return Array.from({ length: Math.max(0, last + 1) }, (_, at) => bytes.subarray(at, at + KEY_BYTES))
}

/** What the tables hold that could be a key: values of random bytes, of 32 or a few more. */
export async function keysOf({ rows, tables }: Place): Promise<Uint8Array[]> {
  const found: Uint8Array[] = []
  for (const { name, columns } of tables) {
    for (const [column, { kind }] of Object.entries(columns)) {
      if (kind !== 'random' && kind !== 'sealed') continue
      const values = await rows.all(
        `SELECT ${column} AS value FROM ${name} WHERE LENGTH(${column}) BETWEEN ${KEY_BYTES} AND ${2 * KEY_BYTES + 1} LIMIT ${MAY_BE_KEYS}`,
      )
      for (const { value } of values) if (value instanceof Uint8Array) found.push(...edges(value))
    }
  }
  return found
}

/** Where a mistake would leave a key in a longer value: at its beginning, behind the byte of its format, at its end. */
function edges(value: Uint8Array): Uint8Array[] {
  const starts = new Set([0, 1, value.length - KEY_BYTES])
  return [...starts].filter(at => at + KEY_BYTES <= value.length).map(at => value.subarray(at, at + KEY_BYTES))
}
