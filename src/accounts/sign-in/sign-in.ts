import type { Accounts } from '../accounts.ts'
import type { PasswordWork } from '../credentials.ts'
import type { Attempts } from './attempts.ts'
import { Candidates, type IterationCount } from './candidates.ts'
import { HashedTokenExchange } from './hashed-token.ts'
import { PlainExchange } from './plain.ts'
import { ScramExchange } from './scram.ts'
import type { FastTokens } from './tokens.ts'
import {
  busy,
  type ChannelBindings,
  type ChannelBindingType,
  type Exchange,
  type Failure,
  type FastMechanism,
  type Offer,
  type SignInContext,
  type Step,
  tooOften,
} from './types.ts'

/** The most preferred first. */
const passwordMechanisms = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'] as const

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
  /** Absent: FAST is not offered. */
  readonly tokens?: FastTokens
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

  /** Begins an attempt. `mechanism` is as the client wrote it; only what `context.offer` names is accepted. */
  start(mechanism: string, context: SignInContext): Exchange | Failure {
    if (!context.secure)
      return { condition: 'encryption-required', text: 'Signing in needs an encrypted connection (TLS).' }
    const { work, tokens } = this.#parts
    const candidates = this.#candidates
    const fast = context.offer.fastMechanisms.find(name => name === mechanism)
    if (fast !== undefined && tokens !== undefined && context.fast !== undefined) {
      const type = tokenBindings[fast]
      const binding = type === undefined ? undefined : context.channelBindings?.[type]?.()
      return this.#handingOut(context, new HashedTokenExchange(fast, binding, context, { candidates, tokens }))
    }
    if (!context.offer.mechanisms.includes(mechanism))
      return { condition: 'invalid-mechanism', text: 'This way to sign in is not offered.' }
    const exchange = this.#counted(context, admit =>
      mechanism === 'PLAIN'
        ? new PlainExchange(context, { candidates, work, admit })
        : new ScramExchange(mechanism, mechanism.startsWith('SCRAM-SHA-256') ? 'SHA-256' : 'SHA-1', context, {
            candidates,
            admit,
          }),
    )
    return this.#handingOut(context, exchange)
  }

  /** XEP-0484#token-response: a token comes with the success for those who asked. */
  #handingOut(context: SignInContext, exchange: Exchange): Exchange {
    const { tokens } = this.#parts
    const wanted = context.offer.fastMechanisms.find(name => name === context.requestToken)
    if (tokens === undefined || wanted === undefined) return exchange
    return {
      mechanism: exchange.mechanism,
      step: async data => {
        const step = await exchange.step(data)
        if (step.kind !== 'success') return step
        const freshToken = tokens.issue(step.signedIn.account.id, context.clientId, wanted)
        return freshToken === undefined ? step : { kind: 'success', signedIn: { ...step.signedIn, freshToken } }
      },
    }
  }

  #counted(context: SignInContext, make: (admit: (localpart: string) => Step | undefined) => Exchange): Exchange {
    const { attempts } = this.#parts
    const { network, domain } = context
    if (attempts === undefined || network === undefined) return make(() => undefined)
    let giveBack: (() => void) | undefined
    const exchange = make(localpart => {
      giveBack = attempts.take(network, `${localpart}@${domain}`)
      return giveBack === undefined ? tooOften : undefined
    })
    return {
      mechanism: exchange.mechanism,
      step: async data => {
        const step = await exchange.step(data)
        if (step.kind === 'success' || step === busy) giveBack?.()
        return step
      },
    }
  }
}
