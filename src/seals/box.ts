/**
 * Sealing to somebody who is not there: whoever has the public key of a pair can seal, only the private key opens.
 * ECDH on P-256 (SEC 1 §3.3.1); a private key is 32 raw bytes, a public one a compressed point of 33 (§2.3.3). Pairs with a
 * public key of 32 bytes are older ones, on X25519: they are opened and sealed to as ever.
 */

import { createECDH } from 'node:crypto'
import { decryptFrom, deriveKey, encryptInto, freshKey, keyBytes, nonceBytes, tagBytes, wipe } from './envelope.ts'
import { x25519, x25519Bytes, x25519PublicOf } from './x25519.ts'

export interface KeyPair {
  readonly publicKey: Buffer
  /** In memory of its own, to be wiped by whoever holds it. */
  readonly privateKey: Buffer
}

/** How the keys of one curve are used, and the first byte of what is sealed with them. */
interface Curve {
  readonly sealed: number
  readonly publicBytes: number
  publicOf(privateKey: Uint8Array): Buffer
  /** The shared secret, in memory of its own. Throws for a public key that gives none. */
  agree(privateKey: Uint8Array, publicKey: Uint8Array): Buffer
}

/** It forgets a private key at once when it is given another. */
const exchange = createECDH('prime256v1')
/** Any number that is a private key and nobody's. */
const blank = Buffer.alloc(keyBytes)
blank[keyBytes - 1] = 1

/** Puts a private key into OpenSSL's hands for as long as `use` takes. */
function lending<T>(privateKey: Uint8Array, use: () => T): T {
  try {
    exchange.setPrivateKey(privateKey)
    return use()
  } finally {
    exchange.setPrivateKey(blank)
  }
}

const p256: Curve = {
  sealed: 4,
  publicBytes: 33,
  publicOf(privateKey) {
    return lending(privateKey, () => exchange.getPublicKey(null, 'compressed'))
  },
  agree(privateKey, publicKey) {
    return lending(privateKey, () => exchange.computeSecret(publicKey))
  },
}

const older: Curve = { sealed: 2, publicBytes: x25519Bytes, publicOf: x25519PublicOf, agree: x25519 }

/** Each box has a key of its own, so its nonce may always be the same. */
const nonce = Buffer.alloc(nonceBytes)

/** How many bytes `sealTo` adds for a pair that `keyPair` made. */
export const boxBytes = headBytes(p256) + tagBytes

/** A new key pair. */
export function keyPair(): KeyPair {
  return pairOn(p256)
}

/** The public key that belongs to a private one of `keyPair`. Throws where 32 bytes are not a private key. */
export function publicOf(privateKey: Uint8Array): Buffer {
  return p256.publicOf(privateKey)
}

/** Seals to a public key. The result has memory of its own. */
export function sealTo(publicKey: Uint8Array, plain: Uint8Array, aad: Uint8Array): Buffer {
  const curve = publicKey.length === older.publicBytes ? older : p256
  const ephemeral = pairOn(curve)
  const head = headBytes(curve)
  const out = Buffer.allocUnsafeSlow(head + plain.length + tagBytes)
  out[0] = curve.sealed
  out.set(ephemeral.publicKey, 1)
  const shared = curve.agree(ephemeral.privateKey, publicKey)
  const key = boxKey(shared, ephemeral.publicKey, publicKey)
  encryptInto(out, head, key, nonce, plain, aad)
  wipe(shared, key, ephemeral.privateKey)
  return out
}

/** Opens what was sealed to the public key of the pair with the same aad; undefined for everything else. */
export function openBox(pair: KeyPair, sealed: Uint8Array, aad: Uint8Array): Buffer | undefined {
  const curve = [p256, older].find(one => one.sealed === sealed[0] && one.publicBytes === pair.publicKey.length)
  if (curve === undefined || sealed.length < headBytes(curve) + tagBytes) return undefined
  const sender = sealed.subarray(1, headBytes(curve))
  let shared: Buffer
  try {
    shared = curve.agree(pair.privateKey, sender)
  } catch {
    // What is no point of the curve, or one of small order, gives no secret.
    return undefined
  }
  const key = boxKey(shared, sender, pair.publicKey)
  const plain = decryptFrom(sealed, headBytes(curve), key, nonce, aad)
  wipe(shared, key)
  return plain
}

function headBytes({ publicBytes }: Curve): number {
  return 1 + publicBytes
}

function pairOn(curve: Curve): KeyPair {
  // All but one of 2^32 lists of 32 bytes are a private key of P-256, and all of X25519 (RFC 7748 §5).
  for (;;) {
    const privateKey = freshKey()
    try {
      return { publicKey: curve.publicOf(privateKey), privateKey }
    } catch (error) {
      wipe(privateKey)
      if ((error as NodeJS.ErrnoException).code !== 'ERR_CRYPTO_INVALID_KEYTYPE') throw error
    }
  }
}

function boxKey(shared: Uint8Array, sender: Uint8Array, recipient: Uint8Array): Buffer {
  return deriveKey(shared, 'sotto sealed box', Buffer.concat([sender, recipient]))
}
