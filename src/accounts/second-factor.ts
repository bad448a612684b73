import { collection } from '../privacy/catalogue.ts'
import type { Documents } from './documents.ts'
import { matchingStep } from './totp.ts'

export const secondFactorCollection = collection('second-factor', {
  why: 'checks the codes that the owner’s app shows, where they want to be asked for one on the account pages',
  keep: 'until the owner switches it off',
  reader: 'server',
  exported: () => [],
})

/** The only document of the collection. */
const key = ''

/** Accounts whose last code is remembered. */
const mostRemembered = 20_000

export interface SecondFactorsParts {
  readonly documents: Documents
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** RFC 6238 for those who want it, on the account pages only: apps sign in with the password alone. */
export class SecondFactors {
  readonly #parts: SecondFactorsParts
  /** The step of the last code of an account: RFC 6238 §5.2 lets each pass once. In memory, since it is a time. */
  readonly #last = new Map<number, number>()

  constructor(parts: SecondFactorsParts) {
    this.#parts = parts
  }

  async has(account: number): Promise<boolean> {
    return (await this.#secret(account)) !== undefined
  }

  /** Switches it on, if the code shows that an app has the secret. */
  async add(account: number, secret: string, typed: string): Promise<boolean> {
    if (!this.#passes(account, secret, typed)) return false
    await this.#parts.documents.put(account, secondFactorCollection, key, secret)
    return true
  }

  /** Whether a code is the right one, and was not used before. */
  async check(account: number, typed: string): Promise<boolean> {
    const secret = await this.#secret(account)
    return secret !== undefined && this.#passes(account, secret, typed)
  }

  async remove(account: number): Promise<boolean> {
    this.#last.delete(account)
    return this.#parts.documents.remove(account, secondFactorCollection, key)
  }

  #secret(account: number): Promise<string | undefined> {
    return this.#parts.documents.get(account, secondFactorCollection, key)
  }

  #passes(account: number, secret: string, typed: string): boolean {
    const step = matchingStep(secret, typed, this.#parts.now(), this.#last.get(account) ?? -1)
    if (step === undefined) return false
    this.#last.delete(account)
    this.#last.set(account, step)
    if (this.#last.size > mostRemembered) this.#last.delete(this.#last.keys().next().value!)
    return true
  }
}
