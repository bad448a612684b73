import type { BareJid } from '../protocol/jid.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { LocalAccount } from './account.ts'
import type { BindInline, Feature, Sasl2Inline, StreamElement, Visitor } from './feature.ts'
import type { Link } from './link.ts'
import type { Session } from './session.ts'

/** What the features add to streams, put together from the list of features. */
export interface StreamExtensions {
  /** By `{namespace}name`. */
  readonly elements: ReadonlyMap<string, StreamElement>
  readonly offers: readonly Element[]
  offersOf(domain: string): readonly Element[]
  offersVisitors(domain: string): readonly Element[]
  readonly bind: readonly BindInline[]
  readonly tellsBinding: readonly NonNullable<Feature['tellsBinding']>[]
  readonly sasl2: readonly Sasl2Inline[]
}

export function extensionsOf(features: readonly Feature[]): StreamExtensions {
  const elements = features.flatMap(feature => feature.stream ?? [])
  return {
    elements: new Map(elements.map(one => [one.element, one])),
    offers: features.flatMap(feature => feature.offers ?? []),
    offersOf: domain => features.flatMap(feature => feature.offersOf?.(domain) ?? []),
    offersVisitors: domain => features.flatMap(feature => feature.offersVisitors?.(domain) ?? []),
    bind: features.flatMap(feature => feature.bind ?? []),
    tellsBinding: features.flatMap(feature => feature.tellsBinding ?? []),
    sasl2: features.flatMap(feature => feature.sasl2 ?? []),
  }
}

/** Routing as connections see it. `Router` is it. */
export interface Host {
  readonly extensions: StreamExtensions
  /** Is that one of the domains served here? */
  serves(domain: string): boolean
  /** The account, loaded; at once if it is in memory already. */
  account(jid: BareJid): LocalAccount | undefined | Promise<LocalAccount | undefined>
  /**
   * Binds a resource (RFC 6120 §7). A resource that is taken goes to the newcomer; the older stream ends with `conflict`.
   * @param wanted prepared resourcepart, or undefined for one of our making
   * @throws Problem `resource-constraint` when the account has too many sessions
   */
  bind(account: LocalAccount, wanted: string | undefined, link: Link): Session
  /**
   * A stanza from a bound session. Its `from` is set here. A promise means: deal with nothing else of this session until it settles
   * (it never rejects).
   * @throws StreamProblem when the stream must end
   */
  receive(session: Session, stanza: Element): void | Promise<void>
  /** An iq on a stream that has not signed in (XEP-0077). @returns the answer. */
  visit(iq: Element, visitor: Visitor): Promise<Element | undefined>
  /** The stream of a session broke: it may wait for resumption. Ignored when another link carries the session by now. */
  lost(session: Session, link: Link): void
  /** The client closed its stream, or we closed it for good: the session is over. */
  end(session: Session): void
}
