import { isUtf8 } from 'node:buffer'
import { timingSafeEqual } from 'node:crypto'
import { hashNames, type PasswordWork, passwordBytes } from '../credentials.ts'
import type { Candidates } from './candidates.ts'
import {
  type Admit,
  busy,
  type Exchange,
  fail,
  longestMessageBytes,
  notAuthorized,
  type SignInContext,
  type Step,
} from './types.ts'

export interface PlainParts {
  readonly candidates: Candidates
  readonly work: PasswordWork
  readonly admit: Admit
}

/** Stands in for a password that cannot be one, so that it costs the same time as any wrong one. */
const impossible = Buffer.from('\0')

/** PLAIN (RFC 4616): the password itself, inside TLS only. */
export class PlainExchange implements Exchange {
  readonly mechanism = 'PLAIN'
  readonly #context: SignInContext
  readonly #parts: PlainParts
  #over = false

  constructor(context: SignInContext, parts: PlainParts) {
    this.#context = context
    this.#parts = parts
  }

  async step(data: Uint8Array): Promise<Step> {
    if (this.#over) return fail('malformed-request', 'This sign-in is over.')
    this.#over = true
    if (data.length > longestMessageBytes || !isUtf8(data)) return fail('malformed-request')
    const [authzid, authcid, password, surplus] = Buffer.from(data).toString('utf8').split('\0')
    if (authzid === undefined || !authcid || !password || surplus !== undefined) return fail('malformed-request')
    const { candidates, work } = this.#parts
    const name = candidates.name(authcid, authzid, this.#context)
    if (typeof name !== 'string') return name
    const refused = this.#parts.admit(name)
    if (refused !== undefined) return refused
    const candidate = await candidates.find(name, this.#context.domain, hashNames)
    const { hash, salt, iterations, storedKey } = candidate.verifier
    const derived = await work.derive(hash, passwordBytes(password) ?? impossible, salt, iterations)
    if (derived === 'busy') return busy
    const right = timingSafeEqual(derived.storedKey, storedKey)
    const account = right ? await candidates.confirm(candidate) : undefined
    if (account === undefined) return notAuthorized
    return {
      kind: 'success',
      signedIn: { account, mechanism: this.mechanism, clientKey: { hash, key: derived.clientKey } },
    }
  }
}
