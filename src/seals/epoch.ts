/**
 * Messages are sealed with the key of an epoch: one account, one UTC day, one run of this process at most. The key itself
 * lies beside them, sealed to the account's public key, so that writing needs nobody to be signed in and reading does.
 */

import { createHmac, randomBytes } from 'node:crypto'
import { bound, decryptFrom, deriveKey, encryptInto, tagBytes, wipe } from './envelope.ts'

/** What seals and opens the messages of one epoch. Wiped by its owner: use it at once, and not after waiting. */
export interface EpochKey {
  /**
   * Seals one message. `seq` is its number in the account, below 2^53; sealing again under a number (a tombstone) is fine.
   * Throws if the key was wiped.
   */
  seal(seq: number, plain: Uint8Array): Buffer
  /** The message of that number; undefined if anything about it is not what it was, or the key was wiped. */
  open(seq: number, sealed: Uint8Array): Buffer | undefined
  /** Eight bytes that stand for a contact's bare address in this epoch, and say nothing in any other. */
  tag(peer: string): Buffer
}

/** An epoch's key as it is stored. */
export interface SealedEpoch {
  readonly account: number
  /** Random, 48 bits: says nothing about the order of epochs. */
  readonly epoch: number
  /** Which key pair of the account opens it; 0: the server itself (`archive.seal = "server"`). */
  readonly generation: number
  readonly sealed: Uint8Array
}

export const sealedByServer = 0
/** How many bytes sealing adds to a message. */
export const messageSealBytes = 1 + 4 + tagBytes
export const contactTagBytes = 8

const sealedMessage = 3
const headBytes = 5

/** A number for a new epoch. */
export function freshEpochId(): number {
  return randomBytes(6).readUIntBE(0, 6)
}

/** What an epoch's key is sealed with. */
export function epochBinding(account: number, epoch: number, generation: number): Buffer {
  return bound('sotto epoch', account, epoch, generation)
}

/**
 * How often the key of an epoch is exchanged at most (`advance`), and so how many keys a reader tries on a message.
 */
export const maxSteps = 64

/**
 * The key of an epoch, and the keys that follow from it step by step and do not lead back. Who writes knows one step, who
 * reads begins with the first. Which one a message is sealed with stands nowhere: it would tell when its owner went.
 */
export class MessageKey implements EpochKey {
  /** From step `#from` on. */
  readonly #keys: Buffer[]
  #from = 0
  /** The one that opened the last message: the next one is likely to need it, too. */
  #likely = 0
  /** account ‖ epoch ‖ number. */
  readonly #aad = Buffer.alloc(24)
  /** salt ‖ number: the number makes it unique, the salt keeps it so where a number is sealed twice. */
  readonly #nonce = Buffer.alloc(12)
  #salt = randomBytes(4).readUInt32BE()
  #contact: Buffer | undefined
  #wiped = false

  /** Takes over `key`. */
  constructor(account: number, epoch: number, key: Buffer) {
    this.#keys = [key]
    writeNumber(this.#aad, account, 0)
    writeNumber(this.#aad, epoch, 8)
  }

  seal(seq: number, plain: Uint8Array): Buffer {
    if (this.#wiped) throw new Error('The key of this epoch was wiped.')
    this.#salt = (this.#salt + 1) >>> 0
    const out = Buffer.allocUnsafeSlow(messageSealBytes + plain.length)
    out[0] = sealedMessage
    out.writeUInt32BE(this.#salt, 1)
    this.#about(seq, this.#salt)
    encryptInto(out, headBytes, this.#keys[0]!, this.#nonce, plain, this.#aad)
    return out
  }

  /**
   * From here on messages are sealed with another key, and nothing that was sealed before opens with what is in memory.
   * Returns false where there have been too many steps.
   */
  advance(): boolean {
    if (this.#wiped || this.#from + 1 >= maxSteps) return false
    this.#contact ??= this.#contactKey()
    const next = successor(this.#keys[0]!)
    wipe(...this.#keys.splice(0, this.#keys.length, next))
    this.#from++
    this.#likely = 0
    return true
  }

  /** Whether it opens every message of the epoch. */
  get isWhole(): boolean {
    return this.#from === 0 && !this.#wiped
  }

  open(seq: number, sealed: Uint8Array): Buffer | undefined {
    if (this.#wiped || sealed[0] !== sealedMessage || sealed.length < messageSealBytes) return undefined
    this.#about(seq, ((sealed[1]! << 24) | (sealed[2]! << 16) | (sealed[3]! << 8) | sealed[4]!) >>> 0)
    const likely = this.#try(this.#likely, sealed)
    if (likely !== undefined) return likely
    for (let step = 0; this.#from + step < maxSteps; step++) {
      if (step === this.#keys.length) this.#keys.push(successor(this.#keys[step - 1]!))
      const opened = step === this.#likely ? undefined : this.#try(step, sealed)
      if (opened === undefined) continue
      this.#likely = step
      return opened
    }
    return undefined
  }

  #try(step: number, sealed: Uint8Array): Buffer | undefined {
    return decryptFrom(sealed, headBytes, this.#keys[step]!, this.#nonce, this.#aad)
  }

  tag(peer: string): Buffer {
    if (this.#wiped) throw new Error('The key of this epoch was wiped.')
    this.#contact ??= this.#contactKey()
    const tag = Buffer.allocUnsafeSlow(contactTagBytes)
    createHmac('sha256', this.#contact).update(peer).digest().copy(tag)
    return tag
  }

  wipe(): void {
    this.#wiped = true
    wipe(...this.#keys, this.#contact)
  }

  /** The same at every step, so that it has to be made at the first. */
  #contactKey(): Buffer {
    return deriveKey(this.#keys[0]!, 'sotto contact tag')
  }

  #about(seq: number, salt: number): void {
    writeNumber(this.#aad, seq, 16)
    this.#nonce.writeUInt32BE(salt, 0)
    writeNumber(this.#nonce, seq, 4)
  }
}

function successor(key: Uint8Array): Buffer {
  return deriveKey(key, 'sotto epoch successor')
}

/** Eight bytes without the cost of a BigInt. */
function writeNumber(bytes: Buffer, number: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(number / 2 ** 32), at)
  bytes.writeUInt32BE(number % 2 ** 32, at + 4)
}
