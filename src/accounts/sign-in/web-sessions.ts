import { hash, randomBytes } from 'node:crypto'
import type { Account } from '../accounts.ts'

/** Somebody who is signed in to the pages. Only in memory: a restart signs everybody out, and nothing tells when they were here. */
export interface WebSession {
  /** Names the session for forms and limits; not what the browser holds. */
  readonly id: string
  readonly account: Account
  /** The password was right, and the second factor is still to come. */
  readonly halfway: boolean
  /** A secret that was shown for setting up a second factor, until it is proved. */
  offered?: string
}

export interface WebSessionsOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  /** Without a request for this long it ends; default 30 minutes. */
  readonly idleMs?: number
  /** It ends after this long at the latest; default 12 hours. */
  readonly longestMs?: number
  /** How long the second factor is waited for; default 5 minutes. */
  readonly halfwayMs?: number
  /** Of one account; one more ends the one that was idle for the longest. */
  readonly perAccount?: number
  readonly inAll?: number
}

interface Kept {
  readonly session: WebSession
  readonly since: number
  used: number
}

/** What a browser holds: 256 random bits. */
const tokenBytes = 32

/** Who is signed in to the pages. Of what browsers hold only a hash is kept. */
export class WebSessions {
  readonly #options: Required<WebSessionsOptions>
  /** In the order of use. */
  readonly #kept = new Map<string, Kept>()

  constructor(options: WebSessionsOptions) {
    this.#options = {
      idleMs: 30 * 60_000,
      longestMs: 12 * 3_600_000,
      halfwayMs: 5 * 60_000,
      perAccount: 10,
      inAll: 20_000,
      ...options,
    }
  }

  get size(): number {
    return this.#kept.size
  }

  /** A new session, with what its browser is to hold: always a fresh one, so that nobody can have laid it there before. */
  open(
    account: Account,
    { halfway = false }: { readonly halfway?: boolean } = {},
  ): { token: string; session: WebSession } {
    const { perAccount, inAll } = this.#options
    this.#sweep()
    const own = [...this.#kept].filter(([, { session }]) => session.account.id === account.id)
    for (const [key] of own.slice(0, Math.max(0, own.length + 1 - perAccount))) this.#kept.delete(key)
    const token = randomBytes(tokenBytes).toString('base64url')
    const session: WebSession = { id: randomBytes(16).toString('base64url'), account, halfway }
    const now = this.#options.now()
    this.#kept.set(keyOf(token), { session, since: now, used: now })
    if (this.#kept.size > inAll) this.#kept.delete(this.#kept.keys().next().value!)
    return { token, session }
  }

  /** The session of a browser, which counts as used now; undefined if there is none, or none any more. */
  find(token: string | undefined): WebSession | undefined {
    if (token === undefined) return undefined
    const key = keyOf(token)
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    this.#kept.delete(key)
    if (this.#isOver(kept)) return undefined
    kept.used = this.#options.now()
    this.#kept.set(key, kept)
    return kept.session
  }

  end(token: string | undefined): void {
    if (token !== undefined) this.#kept.delete(keyOf(token))
  }

  /** Ends all of an account, apart from one. Returns how many. */
  endAll(account: number, but?: WebSession): number {
    let ended = 0
    for (const [key, { session }] of this.#kept) {
      if (session.account.id === account && session !== but && this.#kept.delete(key)) ended++
    }
    return ended
  }

  /** How many browsers are signed in to an account. */
  count(account: number): number {
    this.#sweep()
    return [...this.#kept.values()].filter(({ session }) => session.account.id === account && !session.halfway).length
  }

  #sweep(): void {
    for (const [key, kept] of this.#kept) if (this.#isOver(kept)) this.#kept.delete(key)
  }

  #isOver({ session, since, used }: Kept): boolean {
    const { now, idleMs, longestMs, halfwayMs } = this.#options
    return now() - used >= idleMs || now() - since >= (session.halfway ? halfwayMs : longestMs)
  }
}

function keyOf(token: string): string {
  return hash('sha256', token, 'base64url')
}
