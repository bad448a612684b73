import type { Keyring } from '../../seals/keyring.ts'
import type { Account, Accounts } from '../accounts.ts'
import type { HashName, PasswordWork } from '../credentials.ts'
import type { Attempts } from './attempts.ts'
import { Candidates, type IterationCount } from './candidates.ts'
import { HashedTokenExchange } from './hashed-token.ts'
import { PlainExchange } from './plain.ts'
import { ScramExchange } from './scram.ts'
import type { FastTokens } from './tokens.ts'
import {
  type Admit,
  busy,
  type ChannelBindings,
  type ChannelBindingType,
  type Exchange,
  type Failure,
  type FastMechanism,
  fail,
  type Offer,
  type SignedIn,
  type SignInContext,
  type Step,
  tooOften,
} from './types.ts'

/** The most preferred first. */
const passwordMechanisms = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'] as const

const scramHashes: Readonly<Record<string, HashName>> = {
  'SCRAM-SHA-256-PLUS': 'SHA-256',
  'SCRAM-SHA-1-PLUS': 'SHA-1',
  'SCRAM-SHA-256': 'SHA-256',
  'SCRAM-SHA-1': 'SHA-1',
}

/** RFC 9266 before RFC 5929: the exporter also notices a stolen certificate. */
const bindingTypes = ['tls-exporter', 'tls-server-end-point'] as const satisfies readonly ChannelBindingType[]

/** XEP-0484: a token is bound to the same channel as its mechanism says; the strongest first. */
const tokenBindings = {
  'HT-SHA-256-EXPR': 'tls-exporter',
  'HT-SHA-256-ENDP': 'tls-server-end-point',
  'HT-SHA-256-NONE': undefined,
} as const satisfies Record<FastMechanism, ChannelBindingType | undefined>

export interface SignInParts {
  readonly accounts: Accounts
  readonly work: PasswordWork
  /** A secret of this server that outlives restarts, at least 32 bytes: makes unknown names look like accounts. */
  readonly secret: Uint8Array
  /** How many accounts have verifiers of how many rounds, read at the start. */
  readonly iterationCounts?: readonly IterationCount[]
  /** Absent: attempts are not limited. */
  readonly attempts?: Attempts
  /** Says why an account may not sign in, to whoever has proved to be its owner; undefined lets them in. */
  readonly refused?: (account: Account) => string | undefined
  /** Absent: FAST is not offered. */
  readonly tokens?: FastTokens
  /** Opens what only a sign-in opens. */
  readonly keyring?: Pick<Keyring, 'unlock' | 'pending'>
  /** Told of what should not happen, such as a store that cannot be read; the person is asked to try later. */
  readonly onFault?: (fault: unknown) => void
}

/** The door: which ways to sign in there are, and one exchange for each attempt. Knows neither XML nor sockets. */
export class SignIn {
  readonly #parts: SignInParts
  readonly #candidates: Candidates

  constructor(parts: SignInParts) {
    const { accounts, tokens } = parts
    this.#parts = parts
    this.#candidates = new Candidates({ ...parts, iterations: parts.work.iterations })
    accounts.on('leaving', account => tokens?.forget(account.id))
    accounts.on('suspended', account => tokens?.forget(account.id))
    accounts.on('passwordChanged', account => tokens?.forget(account.id))
  }

  /** What to advertise on a connection. The same for everybody, whatever address the stream claims to come from. */
  offer(connection: { readonly secure: boolean; readonly channelBindings?: ChannelBindings }): Offer {
    const channelBindingTypes = bindingTypes.filter(type => connection.channelBindings?.[type] !== undefined)
    const mechanisms = passwordMechanisms.filter(
      name => connection.secure && (channelBindingTypes.length > 0 || !name.endsWith('-PLUS')),
    )
    const fastMechanisms = (Object.keys(tokenBindings) as FastMechanism[]).filter(name => {
      const needed = tokenBindings[name]
      const bound = needed === undefined || channelBindingTypes.includes(needed)
      return this.#parts.tokens !== undefined && connection.secure && bound
    })
    return { mechanisms, fastMechanisms, channelBindingTypes }
  }

  /**
   * Begins an attempt. `mechanism` is as the client wrote it; only what `context.offer` names is accepted. Every mechanism
   * begins with a message of the client: where it came without one, an empty challenge asks for it (RFC 6120 §6.4.2).
   * The exchange never throws.
   */
  start(mechanism: string, context: SignInContext): Exchange | Failure {
    if (!context.secure)
      return { condition: 'encryption-required', text: 'Signing in needs an encrypted connection (TLS).' }
    const { attempts, onFault } = this.#parts
    const { network, domain } = context
    let giveBack: (() => void) | undefined
    const admit = (localpart: string): Step | undefined => {
      if (attempts === undefined || network === undefined) return undefined
      giveBack = attempts.take(network, `${localpart}@${domain}`)
      return giveBack === undefined ? tooOften : undefined
    }
    const exchange = this.#exchange(mechanism, context, admit)
    if (exchange === undefined) return { condition: 'invalid-mechanism', text: 'This way to sign in is not offered.' }
    const step = async (data: Uint8Array): Promise<Step> => {
      try {
        const step = await exchange.step(data)
        if (step.kind === 'success' || step === busy) giveBack?.()
        if (step.kind !== 'success') return step
        const refusal = this.#parts.refused?.(step.signedIn.account)
        if (refusal !== undefined) return fail('account-disabled', refusal)
        return { kind: 'success', signedIn: this.#withToken(context, await this.#unlock(step.signedIn)) }
      } catch (fault) {
        onFault?.(fault)
        return fail('temporary-auth-failure', 'Signing in does not work at the moment. Please try again later.')
      }
    }
    return { mechanism, step }
  }

  #exchange(mechanism: string, context: SignInContext, admit: Admit): Exchange | undefined {
    const { work, tokens, keyring } = this.#parts
    const candidates = this.#candidates
    const fast = context.offer.fastMechanisms.find(name => name === mechanism)
    if (fast !== undefined && tokens !== undefined && context.fast !== undefined) {
      const type = tokenBindings[fast]
      const binding = type === undefined ? undefined : context.channelBindings?.[type]
      if (type !== undefined && binding === undefined) return undefined
      const pending = keyring && ((account: number) => keyring.pending(account))
      return new HashedTokenExchange(fast, binding, context, { candidates, tokens, ...(pending && { pending }) })
    }
    if (!context.offer.mechanisms.includes(mechanism)) return undefined
    if (mechanism === 'PLAIN') return new PlainExchange(context, { candidates, work, admit })
    const hash = scramHashes[mechanism]
    return hash && new ScramExchange(mechanism, hash, context, { candidates, admit })
  }

  /** The ClientKey has done its work here: nobody else gets to see it. */
  async #unlock(signedIn: SignedIn): Promise<SignedIn> {
    const { keyring } = this.#parts
    const { clientKey, ...others } = signedIn
    if (keyring === undefined || clientKey === undefined) return signedIn
    await keyring.unlock(signedIn.account.id, clientKey)
    clientKey.key.fill(0)
    return others
  }

  /** XEP-0484#token-response: a token comes with the success for those who asked. */
  #withToken(context: SignInContext, signedIn: SignedIn): SignedIn {
    const wanted = context.offer.fastMechanisms.find(name => name === context.requestToken)
    if (wanted === undefined) return signedIn
    const freshToken = this.#parts.tokens?.issue(signedIn.account.id, context.clientId, wanted)
    return freshToken === undefined ? signedIn : { ...signedIn, freshToken }
  }
}
