import { bareJid, domainOf, localpartOf, parseBareJid } from '../../protocol/jid.ts'
import type { Account } from '../accounts.ts'
import type { SignIn } from './sign-in.ts'
import type { ClientKey } from './types.ts'

/** Somebody has typed the password of an account. */
export interface Opened {
  readonly account: Account
  /** What opens what only a sign-in opens: to be wiped as soon as it has done so, or is not needed. */
  readonly clientKey: ClientKey
}

/** `later`: too many attempts, or too much to do. */
export type Closed = { readonly because: 'wrong' | 'later' } | { readonly because: 'disabled'; readonly tell: string }

/**
 * The door for people who type their password into a page: the same verifiers, the same limits and the same answers as for
 * apps, since it is PLAIN (RFC 4616). Nothing is opened by it: `clientKey` does that, where a page needs it.
 */
export class WebDoor {
  readonly #signIn: SignIn

  /** @param signIn without a keyring and without tokens */
  constructor(signIn: SignIn) {
    this.#signIn = signIn
  }

  /**
   * @param name a user name, or a whole address
   * @param domain the one that is meant where only a name is typed
   * @param network an opaque key, for limits
   */
  async open(name: string, domain: string, password: string, network: string): Promise<Opened | Closed> {
    const typed = name.trim()
    const jid = typed.includes('@') ? parseBareJid(typed) : bareJid(typed, domain)
    // What no account can be called is looked for all the same: it costs the same as a name that nobody has.
    const where = jid === undefined ? domain : domainOf(jid)
    const exchange = this.#signIn.start('PLAIN', {
      domain: where,
      secure: true,
      offer: { mechanisms: ['PLAIN'], fastMechanisms: [], channelBindingTypes: [] },
      network,
    })
    if (!('step' in exchange)) throw new Error('PLAIN is not offered.')
    const localpart = jid === undefined ? 'nobody' : localpartOf(jid)
    const step = await exchange.step(Buffer.from(`\0${localpart}\0${password.replaceAll('\0', '\u{fffd}') || ' '}`))
    if (step.kind === 'success') {
      const { account, clientKey } = step.signedIn
      if (clientKey === undefined) throw new Error('The web door needs a sign-in that opens nothing by itself.')
      return { account, clientKey }
    }
    if (step.kind === 'challenge') return { because: 'wrong' }
    const { condition, text = '' } = step.failure
    if (condition === 'account-disabled') return { because: 'disabled', tell: text }
    return { because: condition === 'temporary-auth-failure' ? 'later' : 'wrong' }
  }
}
