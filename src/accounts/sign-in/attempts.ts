import { Allowance, type Limit, limits } from '../../operations/limits.ts'

export interface AttemptsOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  /** By account and network together: a stranger elsewhere can lock nobody out. */
  readonly account?: Limit
  /** By network, whatever the account. */
  readonly network?: Limit
  /** Most keys remembered; beyond, the longest untouched are forgotten. */
  readonly remembered?: number
}

/**
 * Counts failed sign-ins, in memory only. An attempt is taken from the allowance when it begins and given back when it
 * succeeds, so that many attempts at once cannot pass together, and people who know their password are never slowed down.
 */
export class Attempts {
  readonly #now: () => number
  readonly #account: Limit
  readonly #network: Limit
  readonly #remembered: number
  readonly #allowances = new Map<string, Allowance>()

  constructor(options: AttemptsOptions) {
    this.#now = options.now
    this.#account = options.account ?? limits.signIn
    this.#network = options.network ?? limits.signInNetwork
    this.#remembered = options.remembered ?? 50_000
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#allowances.size
  }

  /**
   * Takes one attempt from `network` (an opaque key) at `jid`. Returns how to give it back, or undefined if it is refused:
   * a refused attempt costs nothing more.
   */
  take(network: string, jid: string): (() => void) | undefined {
    const now = this.#now()
    const byNetwork = this.#allowance(network, this.#network)
    const byAccount = this.#allowance(`${network} ${jid}`, this.#account)
    if (!byNetwork.take(now)) return undefined
    if (!byAccount.take(now)) {
      byNetwork.giveBack()
      return undefined
    }
    return () => {
      byNetwork.giveBack()
      byAccount.giveBack()
    }
  }

  #allowance(key: string, limit: Limit): Allowance {
    const allowance = this.#allowances.get(key) ?? new Allowance(limit, this.#now())
    this.#allowances.delete(key)
    this.#allowances.set(key, allowance)
    if (this.#allowances.size > this.#remembered)
      for (const oldest of this.#allowances.keys()) {
        this.#allowances.delete(oldest)
        break
      }
    return allowance
  }
}
