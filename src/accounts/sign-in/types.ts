import type { BareJid } from '../../protocol/jid.ts'
import type { Account } from '../accounts.ts'
import type { HashName } from '../credentials.ts'

/** XEP-0440: ways to tie a sign-in to the TLS channel it runs in (RFC 9266 and RFC 5929). */
export type ChannelBindingType = 'tls-exporter' | 'tls-server-end-point'

/** The channel's binding data by type, computed only if a client asks for it. A type that is absent cannot be had. */
export type ChannelBindings = Readonly<Partial<Record<ChannelBindingType, () => Uint8Array>>>

/** Mechanisms that sign in with a token, by what they bind to: the exporter, the certificate, nothing. */
export type FastMechanism = 'HT-SHA-256-EXPR' | 'HT-SHA-256-ENDP' | 'HT-SHA-256-NONE'

/** What the server advertised in the SASL profile that the client uses: XEP-0474#hash covers exactly this. */
export interface Offer {
  /** In the order of preference. */
  readonly mechanisms: readonly string[]
  /** For SASL2's `<fast/>` only (XEP-0484#support), in the order of preference. */
  readonly fastMechanisms: readonly FastMechanism[]
  /** Empty where XEP-0440 was not used to advertise channel bindings. */
  readonly channelBindingTypes: readonly ChannelBindingType[]
}

/** What the `<fast/>` element of a sign-in said (XEP-0484#fast-auth). */
export interface FastRequest {
  readonly count?: number
  readonly invalidate?: boolean
}

/** All that a mechanism may know about the connection. */
export interface SignInContext {
  /** The served domain that the stream is addressed to, prepared. */
  readonly domain: string
  /** True inside TLS (or where the operator allows sign-in without it, for testing on loopback). */
  readonly secure: boolean
  readonly channelBindings?: ChannelBindings
  readonly offer: Offer
  /** Where the attempt comes from: an opaque salted hash. Undefined: attempts are not counted. */
  readonly network?: string
  /** The stream's `from`, if there was one: an authorization identity has to agree with it (XEP-0388#initiation). */
  readonly claimed?: BareJid
  /** The `id` of SASL2's `<user-agent/>`: FAST tokens belong to one client of one account. */
  readonly clientId?: string
  /** Present if the request carried `<fast/>`; FAST mechanisms are refused without it. */
  readonly fast?: FastRequest
  /** The `mechanism` of `<request-token/>`: a token for it comes with the success. What is not offered is ignored. */
  readonly requestToken?: string
}

/** The conditions of RFC 6120 §6.5 that a sign-in can end with. */
export type FailureCondition =
  | 'aborted'
  | 'account-disabled'
  | 'credentials-expired'
  | 'encryption-required'
  | 'incorrect-encoding'
  | 'invalid-authzid'
  | 'invalid-mechanism'
  | 'malformed-request'
  | 'mechanism-too-weak'
  | 'not-authorized'
  | 'temporary-auth-failure'

/** The secret a password sign-in reveals for a moment: never to be stored or logged. */
export interface ClientKey {
  readonly hash: HashName
  readonly key: Uint8Array
}

/** A token to hand to the client (XEP-0484#token-response). */
export interface FastToken {
  readonly token: string
  readonly expires: Date
}

export interface SignedIn {
  readonly account: Account
  readonly mechanism: string
  /** Absent after a sign-in by token. */
  readonly clientKey?: ClientKey
  /** Goes with the success: SCRAM's server signature, the responder's hash of FAST. */
  readonly additionalData?: Uint8Array
  /** One was asked for, or the one used is due for replacement (XEP-0484#token-rotation). */
  readonly freshToken?: FastToken
}

export interface Failure {
  readonly condition: FailureCondition
  /** A sentence for the person signing in; the same for everybody. */
  readonly text?: string
}

export type Step =
  | { readonly kind: 'challenge'; readonly data: Uint8Array }
  | { readonly kind: 'success'; readonly signedIn: SignedIn }
  | { readonly kind: 'failure'; readonly failure: Failure }

/** One run of one mechanism. `step` takes each message of the client in turn; after success or failure it is over. */
export interface Exchange {
  readonly mechanism: string
  step(data: Uint8Array): Promise<Step> | Step
}

/** A chance to refuse before anything costly is done; called once the name is known, whether or not it exists. */
export type Admit = (localpart: string) => Step | undefined

/** Longer messages of a client are refused unread. */
export const longestMessageBytes = 8192

/** Shorthand for a failing step. */
export function fail(condition: FailureCondition, text?: string): Step {
  return { kind: 'failure', failure: text === undefined ? { condition } : { condition, text } }
}

/** The answer to a wrong name, a wrong password and anything else that must look the same. */
export const notAuthorized: Step = fail('not-authorized', 'The user name or the password is wrong.')

/** The server is too busy to check a password now. */
export const busy: Step = fail(
  'temporary-auth-failure',
  'Too many people are signing in. Please try again in a moment.',
)

/** Too many attempts lately. */
export const tooOften: Step = fail('temporary-auth-failure', 'Too many attempts. Please wait a minute and try again.')
