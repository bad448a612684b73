import { NS } from './namespaces.ts'
import { type Child, type Element, xml } from './xml/element.ts'

export type MessageType = 'normal' | 'chat' | 'groupchat' | 'headline' | 'error'

/** RFC 6121 §5.2.2: an absent or unknown type means `normal`. */
export function messageType(message: Element): MessageType {
  const type = message.attr('type')
  return type === 'chat' || type === 'groupchat' || type === 'headline' || type === 'error' ? type : 'normal'
}

export type PresenceType =
  | 'available'
  | 'unavailable'
  | 'subscribe'
  | 'subscribed'
  | 'unsubscribe'
  | 'unsubscribed'
  | 'probe'
  | 'error'

const presenceTypes = new Set<string>([
  'unavailable',
  'subscribe',
  'subscribed',
  'unsubscribe',
  'unsubscribed',
  'probe',
  'error',
])

/** RFC 6121 §4.7.1. @returns undefined for a type that does not exist. */
export function presenceType(presence: Element): PresenceType | undefined {
  const type = presence.attr('type')
  if (type === undefined) return 'available'
  return presenceTypes.has(type) ? (type as PresenceType) : undefined
}

/** RFC 6121 §4.7.2.3: −128 … 127; anything else counts as 0. */
export function presencePriority(presence: Element): number {
  const text = presence.childText('priority')
  if (text === undefined || !/^[+-]?\d{1,3}$/.test(text.trim())) return 0
  const value = Number(text)
  return value >= -128 && value <= 127 ? value : 0
}

/** The result that answers an iq (RFC 6120 §8.2.3). */
export function iqResult(iq: Element, ...payload: Child[]): Element {
  return xml(
    'iq',
    { xmlns: NS.client, type: 'result', id: iq.attr('id'), from: iq.attr('to'), to: iq.attr('from') },
    ...payload,
  )
}

/** XEP-0334: does the message carry this hint? */
export function hasHint(message: Element, hint: 'no-store' | 'no-permanent-store' | 'no-copy' | 'store'): boolean {
  return message.child(hint, NS.hints) !== undefined
}

/** XEP-0359: under which id an archive has a message. */
export function stanzaId(by: string, id: string): Element {
  return xml('stanza-id', { xmlns: NS.stanzaIds, by, id })
}

/** XEP-0082#prof: a moment, in UTC, to the second or to the millisecond. @param ms milliseconds since 1970 */
export function dateTime(ms: number, exact = false): string {
  const text = new Date(ms).toISOString()
  return exact ? text : `${text.slice(0, 19)}Z`
}

/** XEP-0082#prof. @returns milliseconds since 1970, undefined for what is no moment */
export function parseDateTime(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,20})?(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined
  const ms = Date.parse(text.replace(/(\.\d{3})\d+/, '$1'))
  return Number.isNaN(ms) ? undefined : ms
}
