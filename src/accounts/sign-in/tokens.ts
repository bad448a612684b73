import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastMechanism, FastRequest, FastToken } from './types.ts'

export interface FastTokensOptions {
  readonly now: () => number
  /** How long a token is good for; default 14 days. */
  readonly lifetimeMs?: number
  /** The age from which a token is replaced when it is used; default one day. */
  readonly replaceAfterMs?: number
  /** Clients of one account that can hold tokens at the same time; default 20. The longest unused gives way. */
  readonly clientsPerAccount?: number
  /** Clients of all accounts together; default 200,000. The longest unused gives way. */
  readonly clients?: number
  /** Called when an account has a token again; what it returns, when it has none any more. */
  readonly hold?: (account: number) => () => void
}

interface Token {
  readonly secret: string
  readonly mechanism: FastMechanism
  readonly issuedMs: number
  /** The highest `count` seen. */
  count: number
}

/** XEP-0484#impl-tokens: a token handed out and not used yet does not end the one before it. */
interface Slots {
  current: Token | undefined
  next: Token | undefined
}

export type TokenUse =
  | { readonly right: true; readonly answer: Buffer; readonly due: boolean }
  | { readonly right: false }

/** The longest client ids that are kept; a UUID has 36 characters (XEP-0388#initiation). */
const longestClientId = 128
const nothing = Buffer.alloc(0)

/**
 * XEP-0484: tokens for signing in again without the password. They live in this process's memory only: after a restart
 * clients fall back to the password, and nothing about when somebody signs in is on disk.
 */
export class FastTokens {
  readonly #now: () => number
  readonly #lifetimeMs: number
  readonly #replaceAfterMs: number
  readonly #clientsPerAccount: number
  readonly #clients: number
  /** Both maps are in the order of use. */
  readonly #accounts = new Map<number, Map<string, Slots>>()
  readonly #decoy: Token = { secret: freshSecret(), mechanism: 'HT-SHA-256-NONE', issuedMs: 0, count: 0 }
  readonly #hold: ((account: number) => () => void) | undefined
  /** How to let go of the accounts that have tokens. */
  readonly #releases = new Map<number, () => void>()
  #held = 0
  #sweptMs: number

  constructor(options: FastTokensOptions) {
    this.#now = options.now
    this.#sweptMs = options.now()
    this.#lifetimeMs = options.lifetimeMs ?? 14 * 24 * 3_600_000
    this.#replaceAfterMs = options.replaceAfterMs ?? 24 * 3_600_000
    this.#clientsPerAccount = options.clientsPerAccount ?? 20
    this.#clients = options.clients ?? 200_000
    this.#hold = options.hold
  }

  /** How many clients hold tokens. */
  get held(): number {
    return this.#held
  }

  /** Whether a client of the account could still sign in by token. */
  holds(account: number): boolean {
    for (const slots of this.#accounts.get(account)?.values() ?? []) if (this.#alive(slots)) return true
    return false
  }

  /**
   * A new token for a client that has just signed in. Tokens handed out before and never used end; the one in use stays
   * until the new one is used. Undefined if the client did not say who it is.
   */
  issue(account: number, client: string | undefined, mechanism: FastMechanism): FastToken | undefined {
    if (client === undefined || client === '' || client.length > longestClientId) return undefined
    if (this.#now() - this.#sweptMs > 3_600_000) this.sweep()
    const slots = this.#touch(account, client) ?? { current: undefined, next: undefined }
    const token = { secret: freshSecret(), mechanism, issuedMs: this.#now(), count: -1 }
    slots.current = this.#live(slots.current)
    slots.next = token
    this.#put(account, client, slots)
    this.#settle(account)
    return { token: token.secret, expires: new Date(token.issuedMs + this.#lifetimeMs) }
  }

  /**
   * Checks `proof`, the initiator's hash, against the tokens of a client. `account` is undefined for unknown names: the work
   * is the same. On success the token is the current one and every earlier token of the client has ended.
   */
  use(
    account: number | undefined,
    client: string,
    mechanism: FastMechanism,
    binding: Uint8Array | undefined,
    proof: Uint8Array,
    request: FastRequest,
  ): TokenUse {
    const slots = account === undefined ? undefined : this.#accounts.get(account)?.get(client)
    const next = this.#fits(slots?.next, mechanism, binding, proof, request)
    const current = this.#fits(slots?.current, mechanism, binding, proof, request)
    const token = next ? slots?.next : current ? slots?.current : undefined
    if (account === undefined || slots === undefined || token === undefined) return { right: false }
    if (request.count !== undefined) token.count = request.count
    if (token === slots.next) slots.next = undefined
    slots.current = request.invalidate ? undefined : token
    if (request.invalidate) this.#drop(account, client)
    else this.#put(account, client, this.#touch(account, client) ?? slots)
    this.#settle(account)
    const due = !request.invalidate && this.#now() - token.issuedMs >= this.#replaceAfterMs
    return { right: true, answer: hashed(token.secret, 'Responder', binding), due }
  }

  /** Ends every token of an account: its password has changed, or it is being erased. */
  forget(account: number): void {
    this.#held -= this.#accounts.get(account)?.size ?? 0
    this.#accounts.delete(account)
    this.#settle(account)
  }

  /** Forgets what has expired. To be called now and then, since an account is held until its tokens are forgotten. */
  sweep(): void {
    this.#sweptMs = this.#now()
    for (const [account, clients] of this.#accounts) {
      for (const [client, slots] of clients) if (!this.#alive(slots)) this.#drop(account, client)
      this.#settle(account)
    }
  }

  /** Holds the accounts that have tokens, and no others. */
  #settle(account: number): void {
    const release = this.#releases.get(account)
    if (this.#accounts.has(account)) {
      if (release === undefined && this.#hold !== undefined) this.#releases.set(account, this.#hold(account))
    } else {
      this.#releases.delete(account)
      release?.()
    }
  }

  #fits(
    token: Token | undefined,
    mechanism: FastMechanism,
    binding: Uint8Array | undefined,
    proof: Uint8Array,
    request: FastRequest,
  ): boolean {
    const tried = token ?? this.#decoy
    const expected = hashed(tried.secret, 'Initiator', binding)
    const equal = proof.length === expected.length && timingSafeEqual(expected, proof)
    const replayed = request.count !== undefined && request.count <= tried.count
    return equal && token !== undefined && !replayed && tried.mechanism === mechanism && this.#live(tried) !== undefined
  }

  #live(token: Token | undefined): Token | undefined {
    return token !== undefined && this.#now() < token.issuedMs + this.#lifetimeMs ? token : undefined
  }

  #alive(slots: Slots): boolean {
    return this.#live(slots.current) !== undefined || this.#live(slots.next) !== undefined
  }

  /** Takes the client out of its place in the order of use. */
  #touch(account: number, client: string): Slots | undefined {
    const slots = this.#accounts.get(account)?.get(client)
    if (slots !== undefined) this.#drop(account, client)
    return slots
  }

  #put(account: number, client: string, slots: Slots): void {
    const clients = this.#accounts.get(account) ?? new Map<string, Slots>()
    clients.set(client, slots)
    this.#accounts.delete(account)
    this.#accounts.set(account, clients)
    this.#held++
    if (clients.size > this.#clientsPerAccount) this.#drop(account, clients.keys().next().value ?? client)
    while (this.#held > this.#clients) {
      const [idle, theirs] = this.#accounts.entries().next().value ?? [account, clients]
      this.#drop(idle, theirs.keys().next().value ?? client)
      if (idle !== account) this.#settle(idle)
    }
  }

  #drop(account: number, client: string): void {
    const clients = this.#accounts.get(account)
    if (!clients?.delete(client)) return
    this.#held--
    if (clients.size === 0) this.#accounts.delete(account)
  }
}

/** draft-schmaus-kitten-sasl-ht-09 §3.1: the token's text is the key. */
function hashed(secret: string, side: 'Initiator' | 'Responder', binding: Uint8Array | undefined): Buffer {
  return createHmac('sha256', secret)
    .update(side)
    .update(binding ?? nothing)
    .digest()
}

function freshSecret(): string {
  return randomBytes(32).toString('base64url')
}
