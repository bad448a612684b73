import type { PasswordWork } from '../credentials.ts'
import type { Attempts } from './attempts.ts'
import type { Candidates } from './candidates.ts'
import { PlainExchange } from './plain.ts'
import { ScramExchange } from './scram.ts'
import {
  type ChannelBindings,
  type ChannelBindingType,
  type Exchange,
  type Failure,
  type Offer,
  type SignInContext,
  type Step,
  tooOften,
} from './types.ts'

/** The most preferred first. */
const passwordMechanisms = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'] as const

/** RFC 9266 before RFC 5929: the exporter also notices a stolen certificate. */
const bindingTypes = ['tls-exporter', 'tls-server-end-point'] as const satisfies readonly ChannelBindingType[]

export interface SignInParts {
  readonly candidates: Candidates
  readonly work: PasswordWork
  /** Absent: attempts are not limited. */
  readonly attempts?: Attempts
}

/** The door: which ways to sign in there are, and one exchange for each attempt. Knows neither XML nor sockets. */
export class SignIn {
  readonly #parts: SignInParts

  constructor(parts: SignInParts) {
    this.#parts = parts
  }

  /** What to advertise on a connection. The same for everybody, whatever address the stream claims to come from. */
  offer(connection: { readonly secure: boolean; readonly channelBindings?: ChannelBindings }): Offer {
    const channelBindingTypes = bindingTypes.filter(type => connection.channelBindings?.[type] !== undefined)
    const mechanisms = passwordMechanisms.filter(
      name => connection.secure && (channelBindingTypes.length > 0 || !name.endsWith('-PLUS')),
    )
    return { mechanisms, channelBindingTypes }
  }

  /** Begins an attempt. `mechanism` is as the client wrote it; only what `context.offer` names is accepted. */
  start(mechanism: string, context: SignInContext): Exchange | Failure {
    if (!context.secure)
      return { condition: 'encryption-required', text: 'Signing in needs an encrypted connection (TLS).' }
    if (!context.offer.mechanisms.includes(mechanism))
      return { condition: 'invalid-mechanism', text: 'This way to sign in is not offered.' }
    return this.#counted(context, admit => {
      const { candidates, work } = this.#parts
      return mechanism === 'PLAIN'
        ? new PlainExchange(context, { candidates, work, admit })
        : new ScramExchange(mechanism, mechanism.startsWith('SCRAM-SHA-256') ? 'SHA-256' : 'SHA-1', context, {
            candidates,
            admit,
          })
    })
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
        if (step.kind === 'success') giveBack?.()
        return step
      },
    }
  }
}
