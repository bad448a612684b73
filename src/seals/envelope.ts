/**
 * The one cipher of this server, and the formats of what it makes. Changing a format means a new first byte.
 *
 * | first byte | the rest | made by |
 * |---|---|---|
 * | 1 | nonce (12) ‖ ciphertext ‖ tag (16) | `seal`: AES-256-GCM, a random nonce |
 * | 2 | ephemeral public key (32) ‖ ciphertext ‖ tag (16) | `sealTo` in box.ts, for pairs on X25519: a key of its own, nonce zero |
 * | 3 | salt (4) ‖ ciphertext ‖ tag (16) | `MessageKey` in epoch.ts: the nonce is salt ‖ number |
 * | 4 | ephemeral public key (33) ‖ ciphertext ‖ tag (16) | `sealTo` in box.ts, for pairs on P-256: a key of its own, nonce zero |
 *
 * What a thing belongs to is authenticated with it (`bound`), so that nothing opens in the place of something else.
 */

import { createCipheriv, createDecipheriv, hkdfSync, randomFillSync } from 'node:crypto'

export const keyBytes = 32
export const nonceBytes = 12
export const tagBytes = 16

const cipher = 'aes-256-gcm'
const options = { authTagLength: tagBytes } as const

const sealedAtRandom = 1
const headBytes = 1 + nonceBytes

/** How many bytes `seal` adds. */
export const sealBytes = headBytes + tagBytes

/**
 * Encrypts into `out`, which already holds `head` bytes before the ciphertext; fills the rest of it.
 * A nonce must never be used twice with one key.
 */
export function encryptInto(
  out: Buffer,
  head: number,
  key: Uint8Array,
  nonce: Uint8Array,
  plain: Uint8Array,
  aad: Uint8Array,
): void {
  const encryption = createCipheriv(cipher, key, nonce, options)
  encryption.setAAD(aad)
  out.set(encryption.update(plain), head)
  encryption.final()
  out.set(encryption.getAuthTag(), head + plain.length)
}

/** The plain bytes behind `head`, or undefined where key, nonce, aad or any bit is not what it was. */
export function decryptFrom(
  sealed: Uint8Array,
  head: number,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
): Buffer | undefined {
  const end = sealed.length - tagBytes
  if (end < head) return undefined
  const decryption = createDecipheriv(cipher, key, nonce, options)
  decryption.setAAD(aad)
  decryption.setAuthTag(sealed.subarray(end))
  const plain = decryption.update(sealed.subarray(head, end))
  try {
    decryption.final()
    return plain
  } catch {
    // What does not belong here must not be left lying about, even as noise.
    plain.fill(0)
    return undefined
  }
}

/** Seals with a random nonce: for at most 2^32 things under one key. The result has memory of its own. */
export function seal(key: Uint8Array, plain: Uint8Array, aad: Uint8Array): Buffer {
  const out = Buffer.allocUnsafeSlow(sealBytes + plain.length)
  out[0] = sealedAtRandom
  const nonce = out.subarray(1, headBytes)
  randomFillSync(nonce)
  encryptInto(out, headBytes, key, nonce, plain, aad)
  return out
}

/** Opens what `seal` made with the same key and aad; undefined for everything else. */
export function open(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Buffer | undefined {
  if (sealed[0] !== sealedAtRandom) return undefined
  return decryptFrom(sealed, headBytes, key, sealed.subarray(1, headBytes), aad)
}

/** What something belongs to, as bytes that no other list of names and numbers (whole, from 0) has. */
export function bound(...parts: readonly (string | number | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.flatMap(encoded))
}

function encoded(part: string | number | Uint8Array): Uint8Array[] {
  const bytes = typeof part === 'string' ? Buffer.from(part) : part
  const head = Buffer.alloc(9)
  head[0] = typeof bytes === 'number' ? 0 : 1
  head.writeBigUInt64BE(BigInt(typeof bytes === 'number' ? bytes : bytes.length), 1)
  return typeof bytes === 'number' ? [head] : [head, bytes]
}

const nothing = new Uint8Array()

/** HKDF-SHA-256 (RFC 5869): a key of 32 bytes for one purpose. It has memory of its own, to be wiped by whoever holds it. */
export function deriveKey(secret: Uint8Array, purpose: string, salt: Uint8Array = nothing): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, purpose, keyBytes))
}

/** A new random key in memory of its own. */
export function freshKey(): Buffer {
  return randomFillSync(Buffer.allocUnsafeSlow(keyBytes))
}

/** Overwrites keys that are no longer wanted. */
export function wipe(...keys: readonly (Uint8Array | undefined)[]): void {
  for (const key of keys) key?.fill(0)
}
