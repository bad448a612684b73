/**
 * The agreement of key pairs that were made before 2026-12 (RFC 7748 §5): accounts keep theirs, since their history is
 * sealed to them. Node keeps OpenSSL's copy of such a private key in an object of its own, which the garbage collector may
 * leave lying (lingering.ts); that is why pairs are made on another curve now (docs/decisions/0061-key-pairs.md).
 */

import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { wipe } from './envelope.ts'
import { forgetSoon } from './lingering.ts'

export const x25519Bytes = 32

/** RFC 8410 §7: what stands before the 32 bytes of a key in DER. */
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex')
/** RFC 7748 §4.1 */
const basePoint = Buffer.alloc(x25519Bytes)
basePoint[0] = 9

/** The public key that belongs to a private one, each 32 raw bytes. */
export function x25519PublicOf(privateKey: Uint8Array): Buffer {
  return x25519(privateKey, basePoint)
}

/** The shared secret. Throws where the public key is a point of small order (RFC 7748 §6.1). */
export function x25519(privateKey: Uint8Array, publicKey: Uint8Array): Buffer {
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
