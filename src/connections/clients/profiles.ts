import type { Failure, FailureCondition } from '../../accounts/sign-in/types.ts'
import { NS } from '../../protocol/namespaces.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'

/** The two ways to carry SASL over XMPP differ in names and little else. */
export type Profile = typeof NS.sasl | typeof NS.sasl2

/**
 * The data in an element, by RFC 4648 §4 (RFC 6120 §6.4.2; XEP-0388#overview).
 * @returns undefined if it is not base64
 */
export function decodeData(text: string, profile: Profile): Buffer | undefined {
  // RFC 6120 §6.4.2: empty data where no data would be something else.
  if (profile === NS.sasl && text === '=') return Buffer.alloc(0)
  const data = Buffer.from(text, 'base64')
  return data.toString('base64') === text ? data : undefined
}

/** The initial response of a request; 'none' if there is none, undefined if it is not base64. */
export function initialData(request: Element): Buffer | 'none' | undefined {
  if (request.ns === NS.sasl2) {
    const response = request.child('initial-response')
    return response === undefined ? 'none' : decodeData(response.text().trim(), NS.sasl2)
  }
  const text = request.text().trim()
  return text === '' ? 'none' : decodeData(text, NS.sasl)
}

export function challenge(data: Uint8Array, profile: Profile): Element {
  return xml('challenge', { xmlns: profile }, base64(data))
}

/** RFC 6120 §6.4.5 and XEP-0388#failure: conditions are those of the older profile in both. */
export function failure({ condition, text }: Failure, profile: Profile): Element {
  return xml(
    'failure',
    { xmlns: profile },
    xml(condition, { xmlns: NS.sasl }),
    text === undefined ? undefined : xml('text', { 'xml:lang': 'en' }, text),
  )
}

export function refusal(condition: FailureCondition): Failure {
  return { condition }
}

export function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.length).toString('base64')
}
