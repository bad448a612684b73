/** Permissions to upload one file, in memory only: after a restart apps ask again. */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { BlobName } from '../../blobs/blob-store.ts'
import type { FileFacts } from './sealed-file.ts'
import { inKib } from './stored-files.ts'

export interface Slot {
  readonly account: number
  readonly blob: BlobName
  readonly facts: FileFacts
  /** Whether the app has said which type the file has: then the upload must have it, too (XEP-0363#upload). */
  readonly typed: boolean
  /** Hash of the token that comes with the upload. */
  readonly token: Buffer
  /** Milliseconds since 1970. */
  readonly expires: number
}

export interface SlotsOptions {
  /** How long a slot waits for its upload to begin. */
  readonly seconds: number
  readonly perAccount: number
  readonly inAll: number
  /** Uploads of one account at one time. */
  readonly underwayPerAccount: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

interface Claim {
  slots: number
  kib: number
  underway: number
}

export class Slots {
  readonly #options: SlotsOptions
  /** Waiting ones, in the order in which they expire, apart from those that were given back. */
  readonly #waiting = new Map<BlobName, Slot>()
  readonly #underway = new Map<BlobName, Slot>()
  readonly #claims = new Map<number, Claim>()

  constructor(options: SlotsOptions) {
    this.#options = options
  }

  /** All that are open, those with an upload underway included. */
  get count(): number {
    this.#expire()
    return this.#waiting.size + this.#underway.size
  }

  /** What the open slots of an account may still bring. */
  claimed(account: number): { readonly slots: number; readonly kib: number } {
    this.#expire()
    return this.#claims.get(account) ?? { slots: 0, kib: 0 }
  }

  /**
   * Opens a slot.
   * @returns the token for its upload; or when the account, or the service, has room for another one, in milliseconds
   */
  open(account: number, blob: BlobName, facts: FileFacts, typed: boolean): { token: string } | { fullUntil: number } {
    this.#expire()
    const { seconds, perAccount, inAll, now } = this.#options
    const claim = this.#claims.get(account) ?? { slots: 0, kib: 0, underway: 0 }
    const full = claim.slots >= perAccount
    if (full || this.#waiting.size + this.#underway.size >= inAll) {
      for (const slot of this.#waiting.values())
        if (!full || slot.account === account) return { fullUntil: slot.expires }
      return { fullUntil: now() + seconds * 1000 }
    }
    const token = randomBytes(32).toString('base64url')
    this.#waiting.set(blob, { account, blob, facts, typed, token: hashed(token), expires: now() + seconds * 1000 })
    claim.slots++
    claim.kib += inKib(facts.size)
    this.#claims.set(account, claim)
    return { token }
  }

  /** Takes the slot of a blob for an upload, which has to end with `giveBack` or `spend`. */
  take(blob: BlobName, token: string): Slot | 'unknown' | 'forbidden' | 'busy' | 'too many' {
    this.#expire()
    const slot = this.#waiting.get(blob)
    if (slot === undefined) return this.#underway.has(blob) ? 'busy' : 'unknown'
    if (slot.expires <= this.#options.now()) return 'unknown'
    if (!timingSafeEqual(slot.token, hashed(token))) return 'forbidden'
    const claim = this.#claims.get(slot.account)!
    if (claim.underway >= this.#options.underwayPerAccount) return 'too many'
    claim.underway++
    this.#waiting.delete(blob)
    this.#underway.set(blob, slot)
    return slot
  }

  /** The upload failed, and may be tried again as long as the slot lasts. */
  giveBack(slot: Slot): void {
    if (!this.#underway.delete(slot.blob)) return
    this.#claims.get(slot.account)!.underway--
    // Behind others that last longer: it is forgotten with them, which does no harm.
    if (slot.expires > this.#options.now()) this.#waiting.set(slot.blob, slot)
    else this.#release(slot)
  }

  /** The upload is done. */
  spend(slot: Slot): void {
    if (!this.#underway.delete(slot.blob)) return
    this.#claims.get(slot.account)!.underway--
    this.#release(slot)
  }

  #expire(): void {
    const now = this.#options.now()
    for (const slot of this.#waiting.values()) {
      if (slot.expires > now) return
      this.#waiting.delete(slot.blob)
      this.#release(slot)
    }
  }

  #release({ account, facts }: Slot): void {
    const claim = this.#claims.get(account)!
    claim.slots--
    claim.kib -= inKib(facts.size)
    if (claim.slots === 0) this.#claims.delete(account)
  }
}

function hashed(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
