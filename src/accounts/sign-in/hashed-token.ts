import { isUtf8 } from 'node:buffer'
import type { Candidates } from './candidates.ts'
import type { FastTokens } from './tokens.ts'
import { type Exchange, type FastMechanism, fail, longestMessageBytes, type SignInContext, type Step } from './types.ts'

export interface HashedTokenParts {
  readonly candidates: Candidates
  readonly tokens: FastTokens
  /** What a token keeps open has to stay so when the token ends with this sign-in. Returns how to say that nothing came of it. */
  readonly pending?: (account: number) => () => void
}

/**
 * XEP-0484#rules-servers: the client discards its token and asks for the password. The same for a wrong token, an expired
 * one, one from before a restart and an account that does not exist.
 */
const noLongerGood = fail('credentials-expired', 'Please sign in with the password again.')

/**
 * HT-SHA-256-* with a FAST token (XEP-0484; draft-schmaus-kitten-sasl-ht-09 §3).
 * Attempts are not counted: a token of 256 bits cannot be guessed, and after a restart every client fails once here.
 */
export class HashedTokenExchange implements Exchange {
  readonly mechanism: FastMechanism
  readonly #binding: (() => Uint8Array) | undefined
  readonly #context: SignInContext
  readonly #parts: HashedTokenParts
  #over = false

  constructor(
    mechanism: FastMechanism,
    binding: (() => Uint8Array) | undefined,
    context: SignInContext,
    parts: HashedTokenParts,
  ) {
    this.mechanism = mechanism
    this.#binding = binding
    this.#context = context
    this.#parts = parts
  }

  async step(data: Uint8Array): Promise<Step> {
    const { clientId, domain, fast = {} } = this.#context
    if (this.#over) return fail('malformed-request', 'This sign-in is over.')
    this.#over = true
    const end = data.indexOf(0)
    if (data.length > longestMessageBytes || end < 1 || end === data.length - 1) return fail('malformed-request')
    if (clientId === undefined)
      return fail('malformed-request', 'Signing in with a token needs the id of the user agent.')
    if (fast.count !== undefined && !(Number.isSafeInteger(fast.count) && fast.count >= 0))
      return fail('malformed-request', 'The count has to be a whole number.')
    const authcid = data.subarray(0, end)
    if (!isUtf8(authcid)) return fail('malformed-request')
    const { candidates, tokens } = this.#parts
    const name = candidates.name(Buffer.from(authcid).toString('utf8'), '', this.#context)
    if (typeof name !== 'string') return noLongerGood
    const { account } = await candidates.find(name, domain, ['SHA-256', 'SHA-1'])
    const cancel = account && this.#parts.pending?.(account.id)
    const use = tokens.use(account?.id, clientId, this.mechanism, this.#binding?.(), data.subarray(end + 1), fast)
    if (!use.right || account === undefined) {
      cancel?.()
      return noLongerGood
    }
    const fresh = use.due ? tokens.issue(account.id, clientId, this.mechanism) : undefined
    return {
      kind: 'success',
      signedIn: {
        account,
        mechanism: this.mechanism,
        additionalData: use.answer,
        ...(fresh === undefined ? {} : { freshToken: fresh }),
      },
    }
  }
}
