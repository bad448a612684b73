/**
 * Files that the disk cannot open. The link holds a secret; everything else follows from it: the blob's name is one hash
 * of it, the key is another. Who has the disk and not the link has noise. The format, `docs/decisions/0006-files.md`:
 *
 *     salt (32) ‖ head (1008 + tag 16) ‖ chunk (up to 65,536 + tag 16) ‖ …
 *
 * AES-256-GCM throughout. The nonce of a piece is its kind (head, chunk, last chunk) and its number, so pieces that change
 * places, or a file that lost its end, do not open. The salt makes the key of each attempt to upload a new one.
 */

import { type CipherGCM, createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import type { BlobName } from '../../blobs/blob-store.ts'

/** What only the link reveals. */
export interface FileFacts {
  readonly name: string
  readonly type: string
  /** Bytes. */
  readonly size: number
  readonly purpose: 'message' | 'ephemeral'
  /** XEP-0363#purpose-ephemeral: not to be had after this, in milliseconds since 1970. */
  readonly ends?: number
}

/** Plain bytes of every chunk but the last. */
export const chunkBytes = 65_536

const cipher = 'aes-256-gcm'
/** What a chunk takes in the blob beyond its plain bytes. */
export const tagBytes = 16
const options = { authTagLength: tagBytes } as const
const saltBytes = 32
const plainHeadBytes = 1008
/** Where the first chunk begins. */
export const headBytes = saltBytes + plainHeadBytes + tagBytes
/** Most bytes that a chunk takes in the blob. */
export const sealedChunkBytes = chunkBytes + tagBytes

/**
 * Bytes that are handed to the cipher together. It answers each time with memory of its own, and what is larger than the
 * 16,000 bytes of `bin/sotto` is a mapping of its own: 64 KiB at once cost more than twice as much as in parts.
 */
const atOnceBytes = 8192

const kinds = { head: 0, chunk: 1, last: 2 } as const

const secretPattern = /^[A-Za-z0-9_-]{43}$/

/** The secret of a new link: 256 random bits as text. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Whether a text could be a secret. It counts as text: of two spellings of the same bits only one leads anywhere. */
export function isSecret(text: string): boolean {
  return secretPattern.test(text)
}

/** Under which name the file of a link is kept. */
export function blobNameOf(secret: string): BlobName {
  return Buffer.from(hkdfSync('sha256', secret, '', 'sotto file name', 32)).toString('hex')
}

/** Tells two contents apart for caches (RFC 9110 §8.8.3), and nothing else. */
export function entityTagOf(secret: string): string {
  return `"${createHash('sha256').update(`sotto file version ${secret}`).digest('base64url').slice(0, 22)}"`
}

/** How many bytes a file of that size takes on the disk. */
export function sealedBytes(size: number): number {
  return headBytes + size + Math.ceil(size / chunkBytes) * tagBytes
}

/** Whether everything that has to go into the head finds a place there. */
export function fitsHead(facts: FileFacts): boolean {
  return Buffer.byteLength(JSON.stringify(facts)) <= plainHeadBytes
}

function nonceOf(kind: number, index: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce[0] = kind
  nonce.writeUIntBE(index, 6, 6)
  return nonce
}

function keyOf(secret: string, salt: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, 'sotto file key', 32))
}

/** Seals one file, from its beginning to its end, in whatever pieces it comes. */
export class Sealer {
  /** What the blob begins with. */
  readonly head: Buffer
  readonly #key: Buffer
  #index = 0
  /** The chunk that is underway. */
  #chunk: CipherGCM | undefined
  #room: number
  /** Plain bytes that come after this chunk. */
  #after: number

  /** @throws Error if the facts do not fit (`fitsHead`) */
  constructor(secret: string, facts: FileFacts) {
    if (facts.size < 1 || !fitsHead(facts)) throw new Error('Such a file cannot be sealed.')
    const salt = randomBytes(saltBytes)
    this.#key = keyOf(secret, salt)
    this.#room = Math.min(chunkBytes, facts.size)
    this.#after = facts.size - this.#room
    // Always the same size: how long the name is, the disk does not tell.
    const plain = Buffer.alloc(plainHeadBytes)
    plain.write(JSON.stringify(facts))
    this.head = Buffer.allocUnsafeSlow(headBytes)
    this.head.set(salt)
    const encryption = this.#cipher(kinds.head, 0)
    encrypt(encryption, plain, this.head.subarray(saltBytes))
    end(encryption, this.head.subarray(saltBytes + plainHeadBytes))
  }

  /** How many more plain bytes belong to the chunk that is underway; 0 once the file is whole. */
  get room(): number {
    return this.#room
  }

  /**
   * Seals what comes next.
   * @param plain no more than there is `room` for
   * @param into takes as many bytes, and the tag of a chunk that is whole with them
   * @returns how many bytes of `into` were written
   */
  seal(plain: Uint8Array, into: Buffer): number {
    this.#chunk ??= this.#cipher(this.#after === 0 ? kinds.last : kinds.chunk, this.#index)
    encrypt(this.#chunk, plain, into)
    this.#room -= plain.length
    if (this.#room > 0) return plain.length
    end(this.#chunk, into.subarray(plain.length))
    this.#chunk = undefined
    this.#index++
    this.#room = Math.min(chunkBytes, this.#after)
    this.#after -= this.#room
    return plain.length + tagBytes
  }

  #cipher(kind: number, index: number): CipherGCM {
    return createCipheriv(cipher, this.#key, nonceOf(kind, index), options)
  }
}

function encrypt(encryption: CipherGCM, plain: Uint8Array, into: Buffer): void {
  for (let at = 0; at < plain.length; at += atOnceBytes) {
    const sealed = encryption.update(plain.subarray(at, at + atOnceBytes))
    into.set(sealed, at)
    letGo(sealed)
  }
}

function end(encryption: CipherGCM, into: Buffer): void {
  encryption.final()
  into.set(encryption.getAuthTag())
}

/** Where the sealed bytes of a chunk are in the blob. */
export interface Place {
  readonly position: number
  readonly length: number
}

/** Opens a file, chunk by chunk, in any order. */
export class Unsealer {
  readonly facts: FileFacts
  readonly #key: Buffer

  private constructor(facts: FileFacts, key: Buffer) {
    this.facts = facts
    this.#key = key
  }

  /**
   * @param head the first `headBytes` of the blob
   * @param bytes the size of the whole blob
   * @returns undefined if it is damaged, or not what the link belongs to
   */
  static open(secret: string, head: Uint8Array, bytes: number): Unsealer | undefined {
    const key = keyOf(secret, head.subarray(0, saltBytes))
    const plain = unseal(key, nonceOf(kinds.head, 0), head.subarray(saltBytes))
    if (plain === undefined) return undefined
    const end = plain.indexOf(0)
    const facts: FileFacts = JSON.parse(plain.toString('utf8', 0, end < 0 ? undefined : end))
    return sealedBytes(facts.size) === bytes ? new Unsealer(facts, key) : undefined
  }

  placeOf(index: number): Place {
    const plain = Math.min(chunkBytes, this.facts.size - index * chunkBytes)
    return { position: headBytes + index * sealedChunkBytes, length: plain + tagBytes }
  }

  /** The plain bytes of a chunk; undefined if it is damaged or belongs elsewhere. */
  chunk(index: number, sealed: Uint8Array): Buffer | undefined {
    const last = index === Math.ceil(this.facts.size / chunkBytes) - 1
    return unseal(this.#key, nonceOf(last ? kinds.last : kinds.chunk, index), sealed)
  }
}

/**
 * Gives back the memory of bytes that nobody needs any more, without waiting for a garbage collector: it does not see how
 * much hangs on so few objects until it is time for a full collection, which then costs more than the sealing.
 */
export function letGo(bytes: Uint8Array): void {
  const { buffer } = bytes
  // Bytes that share their memory with others are not ours to give back.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) buffer.transfer(0)
}

function unseal(key: Buffer, nonce: Buffer, sealed: Uint8Array): Buffer | undefined {
  const end = sealed.length - tagBytes
  if (end < 0) return undefined
  const decryption = createDecipheriv(cipher, key, nonce, options)
  decryption.setAuthTag(sealed.subarray(end))
  const plain = decryption.update(sealed.subarray(0, end))
  try {
    decryption.final()
    return plain
  } catch {
    return undefined
  }
}
