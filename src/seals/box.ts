/**
 * Sealing to somebody who is not there: whoever has the public key of a pair can seal, only the private key opens.
 * X25519 (RFC 7748); public and private keys are 32 raw bytes.
 */

import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { decryptFrom, deriveKey, encryptInto, freshKey, keyBytes, nonceBytes, tagBytes, wipe } from './envelope.ts'
import { forgetSoon } from './lingering.ts'

export interface KeyPair {
  readonly publicKey: Buffer
  /** In memory of its own, to be wiped by whoever holds it. */
  readonly privateKey: Buffer
}

/** RFC 8410 §7: what stands before the 32 bytes of a key in DER. */
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex')
/** RFC 7748 §4.1 */
const basePoint = Buffer.alloc(keyBytes)
basePoint[0] = 9

const sealedToKey = 2
const headBytes = 1 + keyBytes
/** Each box has a key of its own, so its nonce may always be the same. */
const nonce = Buffer.alloc(nonceBytes)

/** How many bytes `sealTo` adds. */
export const boxBytes = headBytes + tagBytes

/** A new key pair. */
export function keyPair(): KeyPair {
  // RFC 7748 §5: any 32 bytes are a private key.
  const privateKey = freshKey()
  return { publicKey: publicOf(privateKey), privateKey }
}

/** The public key that belongs to a private one. */
export function publicOf(privateKey: Uint8Array): Buffer {
  return x25519(privateKey, basePoint)
}

/** Seals to a public key. The result has memory of its own. */
export function sealTo(publicKey: Uint8Array, plain: Uint8Array, aad: Uint8Array): Buffer {
  const ephemeral = keyPair()
  const out = Buffer.allocUnsafeSlow(boxBytes + plain.length)
  out[0] = sealedToKey
  out.set(ephemeral.publicKey, 1)
  const shared = x25519(ephemeral.privateKey, publicKey)
  const key = boxKey(shared, ephemeral.publicKey, publicKey)
  encryptInto(out, headBytes, key, nonce, plain, aad)
  wipe(shared, key, ephemeral.privateKey)
  return out
}

/** Opens what was sealed to the public key of the pair with the same aad; undefined for everything else. */
export function openBox(pair: KeyPair, sealed: Uint8Array, aad: Uint8Array): Buffer | undefined {
  if (sealed[0] !== sealedToKey || sealed.length < boxBytes) return undefined
  const sender = sealed.subarray(1, headBytes)
  let shared: Buffer
  try {
    shared = x25519(pair.privateKey, sender)
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

/** X25519 (RFC 7748 §5). The keys are handed over as bytes: nobody here holds on to an object with a private key in it. */
function x25519(privateKey: Uint8Array, publicKey: Uint8Array): Buffer {
  const der = Buffer.concat([privatePrefix, privateKey])
  try {
    return compute(der, Buffer.concat([publicPrefix, publicKey]))
  } finally {
    wipe(der)
    forgetSoon()
  }
}

type Computation = (privateDer: Buffer, publicDer: Buffer) => Buffer

const withBytes: Computation = (privateDer, publicDer) =>
  diffieHellman({
    privateKey: { key: privateDer, format: 'der', type: 'pkcs8' },
    publicKey: { key: publicDer, format: 'der', type: 'spki' },
  })

/** COMPAT(Node 24): takes key objects only. */
const withObjects: Computation = (privateDer, publicDer) =>
  diffieHellman({
    privateKey: createPrivateKey({ key: privateDer, format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey({ key: publicDer, format: 'der', type: 'spki' }),
  })

const compute = fitting()

function fitting(): Computation {
  const [secret, point] = [Buffer.concat([privatePrefix, basePoint]), Buffer.concat([publicPrefix, basePoint])]
  try {
    withBytes(secret, point)
    return withBytes
  } catch {
    return withObjects
  }
}
