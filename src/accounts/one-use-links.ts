import { hash, randomBytes } from 'node:crypto'
import type { Account } from './accounts.ts'

export interface OneUseLinksOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  /** How long a link is good. */
  readonly livesMs: number
  /** Of one account; one more ends the oldest. */
  readonly perAccount?: number
  readonly inAll?: number
}

interface Kept<T> {
  readonly about: T
  readonly since: number
}

/**
 * Links that are good once and for a while: to confirm an address, to choose a new password. Only in memory and only as hashes,
 * so a restart ends them, and nothing tells when somebody asked for one.
 */
export class OneUseLinks<T extends { readonly account: Account }> {
  readonly #options: Required<OneUseLinksOptions>
  /** The oldest first. */
  readonly #kept = new Map<string, Kept<T>>()

  constructor(options: OneUseLinksOptions) {
    this.#options = { perAccount: 3, inAll: 10_000, ...options }
  }

  /** The secret part of a new link. */
  issue(about: T): string {
    const { now, perAccount, inAll } = this.#options
    const own = [...this.#kept].filter(([, kept]) => kept.about.account.id === about.account.id)
    for (const [key] of own.slice(0, Math.max(0, own.length + 1 - perAccount))) this.#kept.delete(key)
    const token = randomBytes(32).toString('base64url')
    this.#kept.set(keyOf(token), { about, since: now() })
    if (this.#kept.size > inAll) this.#kept.delete(this.#kept.keys().next().value!)
    return token
  }

  /** What a link is about, while it is good. */
  find(token: string): T | undefined {
    const kept = this.#kept.get(keyOf(token))
    if (kept === undefined) return undefined
    if (this.#options.now() - kept.since < this.#options.livesMs) return kept.about
    this.#kept.delete(keyOf(token))
    return undefined
  }

  /** The same, and the link is used up. */
  take(token: string): T | undefined {
    const about = this.find(token)
    this.#kept.delete(keyOf(token))
    return about
  }

  /** Ends all links of an account. */
  forget(account: number): void {
    for (const [key, { about }] of this.#kept) if (about.account.id === account) this.#kept.delete(key)
  }
}

function keyOf(token: string): string {
  return hash('sha256', token, 'base64url')
}
