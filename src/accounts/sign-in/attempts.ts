/** How many attempts are allowed at once, and how fast the allowance grows back. */
export interface Allowance {
  readonly burst: number
  readonly perMinute: number
}

export interface AttemptsOptions {
  readonly now: () => number
  /** By account and network together: a stranger elsewhere can lock nobody out. */
  readonly account?: Allowance
  /** By network, whatever the account. */
  readonly network?: Allowance
  /** Most keys remembered; beyond, the longest untouched are forgotten. */
  readonly remembered?: number
}

interface Bucket {
  left: number
  atMs: number
}

/**
 * Counts failed sign-ins, in memory only. An attempt is taken from the allowance when it begins and given back when it
 * succeeds, so that many attempts at once cannot pass together, and people who know their password are never slowed down.
 */
export class Attempts {
  readonly #now: () => number
  readonly #account: Allowance
  readonly #network: Allowance
  readonly #remembered: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(options: AttemptsOptions) {
    this.#now = options.now
    this.#account = options.account ?? { burst: 10, perMinute: 10 }
    this.#network = options.network ?? { burst: 100, perMinute: 60 }
    this.#remembered = options.remembered ?? 50_000
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#buckets.size
  }

  /**
   * Takes one attempt from `network` (an opaque key) at `jid`. Returns how to give it back, or undefined if it is refused:
   * a refused attempt costs nothing more.
   */
  take(network: string, jid: string): (() => void) | undefined {
    const byNetwork = this.#bucket(network, this.#network)
    const byAccount = this.#bucket(`${network} ${jid}`, this.#account)
    if (byNetwork.left < 1 || byAccount.left < 1) return undefined
    byNetwork.left--
    byAccount.left--
    return () => {
      byNetwork.left = Math.min(this.#network.burst, byNetwork.left + 1)
      byAccount.left = Math.min(this.#account.burst, byAccount.left + 1)
    }
  }

  #bucket(key: string, { burst, perMinute }: Allowance): Bucket {
    const now = this.#now()
    const bucket = this.#buckets.get(key) ?? { left: burst, atMs: now }
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    bucket.left = Math.min(burst, bucket.left + (Math.max(0, now - bucket.atMs) / 60_000) * perMinute)
    bucket.atMs = now
    if (this.#buckets.size > this.#remembered)
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest)
        break
      }
    return bucket
  }
}
