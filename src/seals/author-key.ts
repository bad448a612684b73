/**
 * What somebody says in a room is sealed with a key of that author's own: one for each room, author and day (and run of the
 * service). It lies beside the messages, sealed with the key of the room and, where the author has an account here, with the
 * account's key inside that. So the end of any of the three makes the words unreadable: of the row, of the room, of the
 * account.
 */

import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { bound, decryptFrom, encryptInto, freshKey, keyBytes, open, seal, tagBytes, wipe } from './envelope.ts'
import type { RoomKeys } from './vault.ts'

const sealedMessage = 3
const headBytes = 5
const accountBytes = 8
const referenceCipher = 'aes-256-ecb'

/** Seals and opens what one author says. */
export class AuthorKey {
  readonly #key: Buffer
  /** Eight bytes ‖ room ‖ place: as long as what accounts' messages are bound to, and never equal to it. */
  readonly #aad = Buffer.from('in rooms________________')
  /** salt ‖ place: the place makes it unique, the salt keeps it so where a place is sealed twice. */
  readonly #nonce = Buffer.alloc(12)
  #salt = randomBytes(4).readUInt32BE()

  /** Takes over `key`. */
  constructor(room: number, key: Buffer) {
    this.#key = key
    writeNumber(this.#aad, room, 8)
  }

  /** `place` is the number of the message in the room; sealing again under a number (a tombstone) is fine. */
  seal(place: number, plain: Uint8Array): Buffer {
    this.#salt = (this.#salt + 1) >>> 0
    const out = Buffer.allocUnsafeSlow(headBytes + plain.length + tagBytes)
    out[0] = sealedMessage
    out.writeUInt32BE(this.#salt, 1)
    this.#about(place, this.#salt)
    encryptInto(out, headBytes, this.#key, this.#nonce, plain, this.#aad)
    return out
  }

  /** Undefined if anything about it is not what it was. */
  open(place: number, sealed: Uint8Array): Buffer | undefined {
    if (sealed[0] !== sealedMessage || sealed.length < headBytes + tagBytes) return undefined
    this.#about(place, Buffer.from(sealed.buffer, sealed.byteOffset, headBytes).readUInt32BE(1))
    return decryptFrom(sealed, headBytes, this.#key, this.#nonce, this.#aad)
  }

  wipe(): void {
    wipe(this.#key)
  }

  #about(place: number, salt: number): void {
    writeNumber(this.#aad, place, 16)
    this.#nonce.writeUInt32BE(salt, 0)
    writeNumber(this.#nonce, place, 4)
  }
}

/** Whose key it is, besides the room's. */
export interface LocalAuthor {
  readonly account: number
  /** `AccountKeys.words` */
  readonly words: Uint8Array
}

/** A new key of an author, and how it is stored. */
export interface FreshAuthor {
  /** Names the key in its room; random. */
  readonly author: number
  readonly key: AuthorKey
  readonly sealed: Buffer
}

/** `local`: the author has an account here. */
export function freshAuthor(room: number, keys: RoomKeys, local: LocalAuthor | undefined): FreshAuthor {
  const author = randomBytes(6).readUIntBE(0, 6)
  const key = freshKey()
  const inner = local === undefined ? key : seal(local.words, key, innerBinding(room, author, local.account))
  const whole = Buffer.alloc(accountBytes + inner.length)
  writeNumber(whole, local?.account ?? 0, 0)
  whole.set(inner, accountBytes)
  const sealed = seal(keys.authors, whole, outerBinding(room, author))
  wipe(whole)
  return { author, key: new AuthorKey(room, key), sealed }
}

/** A stored key; 'gone' where the account of its author is erased; undefined if it is not what was stored. */
export function openAuthor(
  { room, author, sealed }: { readonly room: number; readonly author: number; readonly sealed: Uint8Array },
  keys: RoomKeys,
  wordsOf: (account: number) => Uint8Array | undefined,
): AuthorKey | 'gone' | undefined {
  const whole = open(keys.authors, sealed, outerBinding(room, author))
  if (whole === undefined || whole.length < accountBytes + keyBytes) return undefined
  const account = Number(whole.readBigUInt64BE(0))
  const inner = whole.subarray(accountBytes)
  let key: Buffer | undefined
  if (account === 0) key = Buffer.from(inner)
  else {
    const words = wordsOf(account)
    if (words === undefined) return 'gone'
    key = open(words, inner, innerBinding(room, author, account))
  }
  wipe(whole)
  return key?.length === keyBytes ? new AuthorKey(room, key) : undefined
}

/** Finds the keys of an author in a room on one day; says nothing without the key of the room, and nothing of another day. */
export function authorTag(keys: RoomKeys, day: string, person: string): Buffer {
  return createHmac('sha256', keys.tags)
    .update(bound('author', day, person))
    .digest()
    .subarray(0, 16)
}

/** Which author's key a message is sealed with: a block that looks like chance, and different for every message. */
export function hideAuthor(keys: RoomKeys, place: number, author: number): Buffer {
  const block = Buffer.alloc(16)
  writeNumber(block, place, 0)
  writeNumber(block, author, 8)
  const encryption = createCipheriv(referenceCipher, keys.entries, null).setAutoPadding(false)
  const out = encryption.update(block)
  // OpenSSL's copy of the key goes with this call, and not when the object is collected.
  encryption.final()
  return out
}

/** What `hideAuthor` was told; undefined for what it did not make for that place. */
export function hiddenAuthor(keys: RoomKeys, place: number, hidden: Uint8Array): number | undefined {
  if (hidden.length !== 16) return undefined
  const decryption = createDecipheriv(referenceCipher, keys.entries, null).setAutoPadding(false)
  const block = decryption.update(hidden)
  decryption.final()
  return block.readBigUInt64BE(0) === BigInt(place) ? Number(block.readBigUInt64BE(8)) : undefined
}

function outerBinding(room: number, author: number): Buffer {
  return bound('sotto room author', room, author)
}

function innerBinding(room: number, author: number, account: number): Buffer {
  return bound('sotto words in rooms', room, author, account)
}

/** Eight bytes without the cost of a BigInt. */
function writeNumber(bytes: Buffer, number: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(number / 2 ** 32), at)
  bytes.writeUInt32BE(number % 2 ** 32, at + 4)
}
