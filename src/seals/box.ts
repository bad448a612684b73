/**
 * Sealing to somebody who is not there: whoever has the public key of a pair can seal, only the private key opens.
 * X25519 (RFC 7748); public and private keys are 32 raw bytes.
 */

import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { decryptFrom, deriveKey, encryptInto, keyBytes, nonceBytes, tagBytes, wipe } from './envelope.ts'

export interface KeyPair {
  readonly publicKey: Buffer
  /** In memory of its own, to be wiped by whoever holds it. */
  readonly privateKey: Buffer
}

/** RFC 8410 §7: what stands before the 32 bytes of a key in DER. */
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex')

const sealedToKey = 2
const headBytes = 1 + keyBytes
/** Each box has a key of its own, so its nonce may always be the same. */
const nonce = Buffer.alloc(nonceBytes)

/** How many bytes `sealTo` adds. */
export const boxBytes = headBytes + tagBytes

/** A new key pair. */
export function keyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  const der = privateKey.export({ format: 'der', type: 'pkcs8' })
  const raw = Buffer.allocUnsafeSlow(keyBytes)
  der.copy(raw, 0, privatePrefix.length)
  wipe(der)
  return { publicKey: rawPublic(publicKey), privateKey: raw }
}

/** The public key that belongs to a private one. */
export function publicOf(privateKey: Uint8Array): Buffer {
  return rawPublic(createPublicKey(importPrivate(privateKey)))
}

/** Seals to a public key. The result has memory of its own. */
export function sealTo(publicKey: Uint8Array, plain: Uint8Array, aad: Uint8Array): Buffer {
  const ephemeral = generateKeyPairSync('x25519')
  const out = Buffer.allocUnsafeSlow(boxBytes + plain.length)
  out[0] = sealedToKey
  const sender = rawPublic(ephemeral.publicKey)
  out.set(sender, 1)
  const shared = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: importPublic(publicKey) })
  const key = boxKey(shared, sender, publicKey)
  encryptInto(out, headBytes, key, nonce, plain, aad)
  wipe(shared, key)
  return out
}

/** Opens what was sealed to the public key of the pair with the same aad; undefined for everything else. */
export function openBox(pair: KeyPair, sealed: Uint8Array, aad: Uint8Array): Buffer | undefined {
  if (sealed[0] !== sealedToKey || sealed.length < boxBytes) return undefined
  const sender = sealed.subarray(1, headBytes)
  let shared: Buffer
  try {
    shared = diffieHellman({ privateKey: importPrivate(pair.privateKey), publicKey: importPublic(sender) })
  } catch {
    // RFC 7748 §6.1: a point of small order gives no secret.
    return undefined
  }
  const key = boxKey(shared, sender, pair.publicKey)
  const plain = decryptFrom(sealed, headBytes, key, nonce, aad)
  wipe(shared, key)
  return plain
}

function boxKey(shared: Uint8Array, sender: Uint8Array, recipient: Uint8Array): Buffer {
  return deriveKey(shared, 'sotto sealed box', Buffer.concat([sender, recipient]))
}

function importPrivate(raw: Uint8Array): KeyObject {
  const der = Buffer.concat([privatePrefix, raw])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  wipe(der)
  return key
}

function importPublic(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([publicPrefix, raw]), format: 'der', type: 'spki' })
}

function rawPublic(key: KeyObject): Buffer {
  const der = key.export({ format: 'der', type: 'spki' })
  const raw = Buffer.allocUnsafeSlow(keyBytes)
  der.copy(raw, 0, publicPrefix.length)
  return raw
}
