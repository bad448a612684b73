import { NS } from './namespaces.ts'
import { type Element, xml } from './xml/element.ts'

/** What may be done about a stanza error (RFC 6120 §8.3.2). */
export type ErrorType = 'auth' | 'cancel' | 'continue' | 'modify' | 'wait'

/** RFC 6120 §8.3.3: each defined condition with the type that section recommends. */
const usualType = {
  'bad-request': 'modify',
  conflict: 'cancel',
  'feature-not-implemented': 'cancel',
  forbidden: 'auth',
  gone: 'cancel',
  'internal-server-error': 'cancel',
  'item-not-found': 'cancel',
  'jid-malformed': 'modify',
  'not-acceptable': 'modify',
  'not-allowed': 'cancel',
  'not-authorized': 'auth',
  'policy-violation': 'modify',
  'recipient-unavailable': 'wait',
  redirect: 'modify',
  'registration-required': 'auth',
  'remote-server-not-found': 'cancel',
  'remote-server-timeout': 'wait',
  'resource-constraint': 'wait',
  'service-unavailable': 'cancel',
  'subscription-required': 'auth',
  'undefined-condition': 'cancel',
  'unexpected-request': 'wait',
} as const satisfies Record<string, ErrorType>

export type StanzaCondition = keyof typeof usualType

export interface ProblemShape {
  readonly condition: StanzaCondition
  /** Where the recommended type does not fit. */
  readonly type?: ErrorType
  /** A sentence for the person at the other end. Says nothing about anybody else. */
  readonly tell?: string
  /** An application-specific condition (RFC 6120 §8.3.4). */
  readonly extra?: Element
  /** What goes along with the error: a part of what was asked for, as it now is. */
  readonly shown?: Element
}

/** A declared refusal: becomes a stanza error. Anything else that is thrown is a bug of ours. */
export class Problem extends Error {
  readonly condition: StanzaCondition
  readonly type: ErrorType
  readonly tell: string | undefined
  readonly extra: Element | undefined
  readonly shown: Element | undefined

  constructor(shape: ProblemShape) {
    super(shape.condition)
    this.name = 'Problem'
    this.condition = shape.condition
    this.type = shape.type ?? usualType[shape.condition]
    this.tell = shape.tell
    this.extra = shape.extra
    this.shown = shape.shown
  }

  /** The same refusal, with something that goes along. */
  showing(shown: Element): Problem {
    const { condition, type, tell, extra } = this
    return new Problem({ condition, type, shown, ...(tell && { tell }), ...(extra && { extra }) })
  }
}

/** Shorthand: `throw problem('item-not-found', 'There is no such node.')`. */
export function problem(condition: StanzaCondition, tell?: string, more: Partial<ProblemShape> = {}): Problem {
  return new Problem({ condition, ...(tell === undefined ? {} : { tell }), ...more })
}

/** What was thrown, as something that can be sent: bugs tell nothing about themselves. */
export function asProblem(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : problem('internal-server-error')
}

/**
 * XEP-0086 is obsolete, but profanity goes by its number to learn that it is the first to publish keys; it would never
 * publish any without.
 */
const formerCode = (p: Problem): number | undefined => (p.condition === 'item-not-found' ? 404 : undefined)

/** The `<error/>` child (RFC 6120 §8.3). `by` names the entity that refuses. */
export function errorElement(p: Problem, by?: string): Element {
  return xml(
    'error',
    { type: p.type, by, code: formerCode(p) },
    xml(p.condition, { xmlns: NS.stanzaErrors }),
    p.tell === undefined ? undefined : xml('text', { xmlns: NS.stanzaErrors, 'xml:lang': 'en' }, p.tell),
    p.extra,
  )
}

/**
 * The error that answers a stanza (RFC 6120 §8.3.1): addresses swapped, the id kept.
 * @returns undefined where answering is forbidden: to an error or to an iq result.
 */
export function errorReply(stanza: Element, p: Problem): Element | undefined {
  const type = stanza.attr('type')
  if (type === 'error' || (stanza.name === 'iq' && type === 'result')) return undefined
  return xml(
    stanza.name,
    {
      xmlns: NS.client,
      type: 'error',
      id: stanza.attr('id'),
      from: stanza.attr('to'),
      to: stanza.attr('from'),
    },
    p.shown,
    errorElement(p),
  )
}

/** RFC 6120 §4.9.3: the conditions that end a stream. */
export type StreamCondition =
  | 'bad-format'
  | 'bad-namespace-prefix'
  | 'conflict'
  | 'connection-timeout'
  | 'host-gone'
  | 'host-unknown'
  | 'improper-addressing'
  | 'internal-server-error'
  | 'invalid-from'
  | 'invalid-namespace'
  | 'invalid-xml'
  | 'not-authorized'
  | 'not-well-formed'
  | 'policy-violation'
  | 'remote-connection-failed'
  | 'reset'
  | 'resource-constraint'
  | 'restricted-xml'
  | 'see-other-host'
  | 'system-shutdown'
  | 'undefined-condition'
  | 'unsupported-encoding'
  | 'unsupported-feature'
  | 'unsupported-stanza-type'
  | 'unsupported-version'

/** Ends the stream it is thrown on, and nothing else. */
export class StreamProblem extends Error {
  readonly condition: StreamCondition
  readonly tell: string | undefined
  readonly extra: Element | undefined

  constructor(condition: StreamCondition, tell?: string, extra?: Element) {
    super(condition)
    this.name = 'StreamProblem'
    this.condition = condition
    this.tell = tell
    this.extra = extra
  }

  /** `<stream:error/>` (RFC 6120 §4.9.2). */
  element(): Element {
    return xml(
      'error',
      { xmlns: NS.streams },
      xml(this.condition, { xmlns: NS.streamErrors }),
      this.tell === undefined ? undefined : xml('text', { xmlns: NS.streamErrors, 'xml:lang': 'en' }, this.tell),
      this.extra,
    )
  }
}
