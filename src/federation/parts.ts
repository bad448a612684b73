import type { X509Certificate } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import type { TlsDoor } from '../connections/tls.ts'
import type { Log } from '../operations/log.ts'
import type { Jid } from '../protocol/jid.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { XmlLimits } from '../protocol/xml/parser.ts'
import type { Settings } from '../settings/schema.ts'
import type { DialbackKeys } from './dialback.ts'
import type { Verdict, Verifier } from './identity/verifier.ts'
import type { DomainPace } from './pace.ts'

/** What streams between servers need from routing. */
export interface PeerHost {
  /** Is that a domain of ours: one with accounts, of a service, or of a component? */
  hosts(domain: string): boolean
  /** A stanza from elsewhere. @returns when it is dealt with; never rejects */
  admit(stanza: Element, from: Jid, to: Jid): void | Promise<void>
  /** What became of another server, as seen from a domain of ours (`PeerWatcher`). */
  peer(became: 'doubtful' | 'lost' | 'back', our: string, their: string): void
  /** Runs `then` when all that was recorded so far is on disk. */
  afterCommit(then: () => void): void
}

/** What all streams between servers have in common. */
export interface StreamParts {
  readonly host: PeerHost
  readonly log: Log
  readonly settings: Settings
  readonly verifier: Verifier
  readonly keys: DialbackKeys
  readonly door: TlsDoor
  /** Before anybody has proved anything, and after. */
  readonly strangers: XmlLimits
  readonly peers: XmlLimits
  /** May a domain of ours talk to one elsewhere? */
  lets(our: string, their: string): boolean
  /** How fast a domain may send, over all its streams. */
  paceOf(domain: string): DomainPace
  /** What a domain of ours shows when it connects to others. */
  shownBy(domain: string): SecureContext
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

/** What was found out about the other side's certificate, for one domain after the other. */
export interface Shown {
  readonly chain: readonly X509Certificate[]
  verdict(domain: string): Promise<Verdict>
}

/** All that a stranger may send before a domain has proved itself, in stanzas of the largest size for strangers. */
export const strangersStanzas = 8
/** Elements of a negotiation. */
export const mostNegotiating = 64
/** Domains that may prove themselves on one stream, and those that may be at it at one time. */
export const mostProved = 100
export const mostProving = 4
/** Characters that may wait for a peer that reads slowly, before its stanzas wait in the queue. */
export const crowdedBytes = 1024 * 1024
/** Stanzas that a peer may leave unacknowledged, before more wait in the queue. */
export const crowdedStanzas = 1_000
/** Stanzas of a peer that are not dealt with yet, before it is read no further. */
export const mostUnsettled = 500
/** After so many seconds without a word the other side is asked for one, and after so many more taken for lost. */
export const silenceSeconds = 120
export const answerSeconds = 60
