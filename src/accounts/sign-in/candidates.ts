import { createHmac, hash as hashOf, randomBytes, timingSafeEqual } from 'node:crypto'
import { bareJid, prepareLocalpart } from '../../protocol/jid.ts'
import type { Account, Accounts } from '../accounts.ts'
import { type HashName, hashLength, saltBytes, type Verifier } from '../credentials.ts'
import { fail, notAuthorized, type SignInContext, type Step } from './types.ts'

/** Whom somebody claims to be: an account with its verifier, or nobody with one that no password fits. */
export interface Candidate {
  readonly account: Account | undefined
  readonly verifier: Verifier
  /** The state of all accounts when this was read. */
  readonly seen: number
}

/** How many accounts have verifiers of how many rounds. */
export type IterationCount = readonly [iterations: number, accounts: number]

export interface CandidatesParts {
  readonly accounts: Accounts
  /** A secret of this server that outlives restarts (at least 32 bytes). */
  readonly secret: Uint8Array
  /** Rounds of new verifiers. */
  readonly iterations: number
  /** What older accounts have, read at the start. */
  readonly iterationCounts?: readonly IterationCount[]
}

/**
 * Finds whom a sign-in is about, in such a way that unknown names look like accounts: they get a salt and a number of rounds
 * that stay the same from one start of the server to the next, and cost the same lookups and hashes.
 */
export class Candidates {
  readonly #accounts: Accounts
  readonly #secret: Uint8Array
  readonly #shares: readonly (readonly [iterations: number, upTo: number])[]
  readonly #nobody: Readonly<Record<HashName, Uint8Array>>

  constructor(parts: CandidatesParts) {
    this.#accounts = parts.accounts
    this.#secret = parts.secret
    this.#shares = shares(parts.iterationCounts ?? [], parts.iterations)
    this.#nobody = { 'SHA-1': randomBytes(hashLength('SHA-1')), 'SHA-256': randomBytes(hashLength('SHA-256')) }
  }

  /**
   * The prepared localpart that a client's names stand for, or the refusal.
   * COMPAT(clients that send the whole address as the user name): an `@` cannot be part of a localpart, so this is unambiguous.
   */
  name(authcid: string, authzid: string, context: SignInContext): string | Step {
    const at = authcid.indexOf('@')
    const jid = at < 0 ? bareJid(authcid, context.domain) : bareJid(authcid.slice(0, at), authcid.slice(at + 1))
    if (jid === undefined || !jid.endsWith(`@${context.domain}`)) return notAuthorized
    if (authzid !== '') {
      // RFC 6120 §6.3.8: nobody may act for somebody else here. XEP-0388#initiation: nor for another than the stream's.
      const wanted = authzid.indexOf('@')
      const other = wanted < 0 ? undefined : bareJid(authzid.slice(0, wanted), authzid.slice(wanted + 1))
      if (other !== jid || (context.claimed !== undefined && context.claimed !== jid))
        return fail('invalid-authzid', 'Signing in on behalf of another address is not possible.')
    }
    return prepareLocalpart(jid.slice(0, jid.length - context.domain.length - 1)) ?? notAuthorized
  }

  /** The account of that name with its verifier for the first of the hashes that it has, or nobody. */
  async find(localpart: string, domain: string, hashes: readonly HashName[]): Promise<Candidate> {
    const seen = this.#accounts.changes
    const invented = this.#invent(localpart, domain, hashes[0] ?? 'SHA-256')
    const found = await this.#accounts.credentials(localpart, domain)
    for (const hash of found === undefined ? [] : hashes) {
      const verifier = found?.verifiers.find(one => one.hash === hash)
      if (found !== undefined && verifier !== undefined) return { account: found.account, verifier, seen }
    }
    return { account: undefined, verifier: invented, seen }
  }

  /** After a right proof: the account, unless it is gone or has another password by now. */
  async confirm(candidate: Candidate): Promise<Account | undefined> {
    const { account, verifier, seen } = candidate
    if (account === undefined || seen === this.#accounts.changes) return account
    const now = await this.#accounts.credentials(account.localpart, account.domain)
    const same = now?.verifiers.find(one => one.hash === verifier.hash)
    if (now?.account.id !== account.id || same === undefined) return undefined
    return timingSafeEqual(same.storedKey, verifier.storedKey) ? account : undefined
  }

  #invent(localpart: string, domain: string, hash: HashName): Verifier {
    const secret = createHmac('sha256', this.#secret).update(`${localpart}@${domain}`).digest()
    const place = secret.readUIntBE(0, 6) / 2 ** 48
    const iterations = this.#shares.find(([, upTo]) => place < upTo)?.[0] ?? this.#shares.at(-1)![0]
    // The rounds are part of the salt's seed: a name that moves on to more rounds looks like a change of password.
    const seed = Buffer.concat([secret, Buffer.from(`${hash} ${iterations}`)])
    const salt = hashOf('sha256', seed, 'buffer').subarray(0, saltBytes)
    return { hash, salt, iterations, storedKey: this.#nobody[hash], serverKey: this.#nobody[hash] }
  }
}

/** Unknown names show old numbers of rounds as often as accounts do, and never fall back from a higher one. */
function shares(counts: readonly IterationCount[], current: number): readonly (readonly [number, number])[] {
  const sorted = counts.filter(([iterations]) => iterations !== current).sort(([a], [b]) => a - b)
  const total = counts.reduce((sum, [, accounts]) => sum + accounts, 0)
  let below = 0
  const older = sorted.map(([iterations, accounts]) => {
    below += accounts
    return [iterations, below / total] as const
  })
  return [...older, [current, 1] as const]
}
