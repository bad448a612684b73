/** The epochs that messages are sealed in now. */

import { type KeyPair, openBox, sealTo } from './box.ts'
import { freshKey, open, seal, wipe } from './envelope.ts'
import { type EpochKey, epochBinding, freshEpochId, MessageKey, type SealedEpoch, sealedByServer } from './epoch.ts'

/** A UTC date, 'YYYY-MM-DD'. */
export type Day = string

/** What messages of an account are sealed to. */
export interface PublicSeal {
  readonly generation: number
  readonly publicKey: Buffer
}

/** An epoch that messages of an account are sealed in. Use it at once, and ask anew for the next message. */
export interface CurrentEpoch {
  readonly id: number
  readonly key: EpochKey
  /** Its row, until `stored` was called: without the row nothing of the epoch can ever be opened. */
  readonly fresh: SealedEpoch | undefined
  /** The row was handed to the database, in the same group as this message or in an earlier one. */
  stored(): void
}

class Epoch implements CurrentEpoch {
  readonly id = freshEpochId()
  readonly key: MessageKey
  readonly day: Day
  readonly generation: number
  fresh: SealedEpoch | undefined
  usedMs = 0

  constructor(account: number, day: Day, generation: number, sealKey: (key: Buffer, epoch: number) => Buffer) {
    const key = freshKey()
    this.key = new MessageKey(account, this.id, key)
    this.day = day
    this.generation = generation
    this.fresh = { account, epoch: this.id, generation, sealed: sealKey(key, this.id) }
  }

  stored(): void {
    this.fresh = undefined
  }
}

export interface CurrentEpochsParts {
  /** Where epochs are to be sealed for the server: the account's key for that; undefined if the account has none (any more). */
  readonly serverKey: ((account: number) => Uint8Array | undefined) | undefined
  /** Milliseconds of a clock that never goes back. */
  now(): number
}

/**
 * An epoch ends within `idleMs + sweepMs` without a message, whether somebody is signed in or not, and does not end when
 * somebody leaves: otherwise the epochs of a day would tell when its owner came and went.
 */
const idleMs = 35_000
const sweepMs = 20_000
/** Accounts that can have an epoch at the same time; beyond it the longest unused end. */
const maxEpochs = 20_000

/** At most one epoch for each account. */
export class CurrentEpochs {
  readonly #parts: CurrentEpochsParts
  /** In the order of use. */
  readonly #epochs = new Map<number, Epoch>()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: CurrentEpochsParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#epochs.size
  }

  /** The key of that epoch, if it is in use and opens everything in it. */
  key(account: number, epoch: number): EpochKey | undefined {
    const current = this.#epochs.get(account)
    return current?.id === epoch && current.key.isWhole ? current.key : undefined
  }

  /** The epoch of today; a new one where the day or the key pair is not that of the last call. */
  of(account: number, to: PublicSeal, day: Day): CurrentEpoch {
    const { serverKey, now } = this.#parts
    const generation = serverKey === undefined ? to.generation : sealedByServer
    let epoch = this.#epochs.get(account)
    if (epoch === undefined || epoch.day !== day || epoch.generation !== generation) {
      this.end(account)
      epoch = new Epoch(account, day, generation, (key, id) => {
        const binding = epochBinding(account, id, generation)
        if (serverKey === undefined) return sealTo(to.publicKey, key, binding)
        const own = serverKey(account)
        if (own === undefined) throw new Error('There is no key for this account: it is being erased.')
        return seal(own, key, binding)
      })
    }
    epoch.usedMs = now()
    this.#epochs.delete(account)
    this.#epochs.set(account, epoch)
    const [longestUnused] = this.#epochs.size > maxEpochs ? this.#epochs.keys() : []
    if (longestUnused !== undefined) this.end(longestUnused)
    this.#timer ??= setTimeout(() => this.#sweep(), sweepMs).unref()
    return epoch
  }

  /** What is in memory of an account's epoch opens nothing that was sealed so far; the epoch goes on. */
  advance(account: number): void {
    if (this.#epochs.get(account)?.key.advance() === false) this.end(account)
  }

  /** Ends an account's epoch: its key is wiped, and the next message begins another. */
  end(account: number): void {
    const epoch = this.#epochs.get(account)
    if (epoch === undefined) return
    epoch.key.wipe()
    this.#epochs.delete(account)
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const account of [...this.#epochs.keys()]) this.end(account)
  }

  #sweep(): void {
    this.#timer = undefined
    const before = this.#parts.now() - idleMs
    for (const [account, { usedMs }] of this.#epochs) {
      if (usedMs > before) break
      this.end(account)
    }
    if (this.#epochs.size > 0) this.#timer = setTimeout(() => this.#sweep(), sweepMs).unref()
  }
}

/** The key of a stored epoch; undefined if it is not what was sealed. */
export function openEpochKey(sealed: SealedEpoch, by: KeyPair | Uint8Array): MessageKey | undefined {
  const { account, epoch, generation } = sealed
  const binding = epochBinding(account, epoch, generation)
  const key = by instanceof Uint8Array ? open(by, sealed.sealed, binding) : openBox(by, sealed.sealed, binding)
  if (key === undefined) return undefined
  if (key.length === 32) return new MessageKey(account, epoch, key)
  wipe(key)
  return undefined
}
