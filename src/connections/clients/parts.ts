import type { SignIn } from '../../accounts/sign-in/sign-in.ts'
import type { Limiter } from '../../operations/limits.ts'
import type { Log } from '../../operations/log.ts'
import type { Host } from '../../routing/host.ts'
import type { Settings } from '../../settings/schema.ts'
import type { Clock } from '../sweep.ts'
import type { FeatureTexts } from './features.ts'

/** What all client streams of a service have in common. */
export interface ClientParts {
  readonly host: Host
  readonly signIn: SignIn
  readonly settings: Settings
  readonly limiter: Limiter
  readonly log: Log
  readonly clock: Clock
  readonly features: FeatureTexts
  /** Makes the resources of one client alike while this process runs, and tells nobody which client it is. */
  readonly resourceSecret: Uint8Array
}

/** Characters that may wait for a client that reads too slowly, before it is taken for lost. */
export const maxWaiting = 2 * 1024 * 1024

/** Failed attempts to sign in on one stream (RFC 6120 §6.4.5 asks for two to five). */
export const maxAttempts = 5

/** Requests on one stream before signing in (XEP-0077). */
export const maxVisits = 20

/** Elements of one stream that wait for an earlier one, before reading pauses; what was read by then comes on top. */
export const maxQueued = 8

/** How long a client has to answer when it is asked for a sign of life, in seconds. */
export const answerSeconds = 60

/** How long a client has to close its side after ours, in seconds. */
export const farewellSeconds = 10
