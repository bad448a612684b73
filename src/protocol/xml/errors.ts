/** What is wrong with the XML of a stream, in the terms of RFC 6120. */

/** The stream errors that the XML alone can cause (RFC 6120 §4.9.3). */
export type XmlCondition =
  | 'bad-format'
  | 'bad-namespace-prefix'
  | 'invalid-xml'
  | 'not-well-formed'
  | 'policy-violation'
  | 'restricted-xml'
  | 'unsupported-encoding'

/** Thrown by the parser; the message says what is wrong in general and never repeats what was sent. */
export class XmlError extends Error {
  /** The stream error to send. */
  readonly condition: XmlCondition

  constructor(condition: XmlCondition, message: string) {
    super(message)
    this.name = 'XmlError'
    this.condition = condition
  }
}

/** RFC 6120 §11.3: data that is not well-formed, or not namespace-well-formed, ends the stream. */
export function malformed(message: string): XmlError {
  return new XmlError('not-well-formed', message)
}

/** RFC 6120 §11.1: comments, processing instructions, DTDs and entities of one's own. */
export function restricted(what: string): XmlError {
  return new XmlError('restricted-xml', `XMPP does not allow ${what}.`)
}

/** RFC 6120 §4.9.3.14: a limit of this server has been passed. */
export function tooMuch(message: string): XmlError {
  return new XmlError('policy-violation', message)
}
