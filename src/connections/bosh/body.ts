import { NS } from '../../protocol/namespaces.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { parseElement, type XmlLimits } from '../../protocol/xml/parser.ts'
import { escapeAttr } from '../../protocol/xml/write.ts'

export const boshNs = 'http://jabber.org/protocol/httpbind'
const xboshNs = 'urn:xmpp:xbosh'

/** Terminal conditions that we tell (XEP-0124#errorstatus-terminal). */
export type TerminalCondition =
  | 'bad-request'
  | 'host-unknown'
  | 'item-not-found'
  | 'policy-violation'
  | 'remote-stream-error'
  | 'undefined-condition'

/** What a client sends: a `<body/>` and what is in it. */
export interface Body {
  readonly element: Element
  readonly rid: number
  readonly sid: string | undefined
  readonly payload: readonly Element[]
}

/** @returns undefined for what is no body of a client (XEP-0124#wrapper). Throws an XmlError for what is no XML. */
export function readBody(bytes: Uint8Array, limits: XmlLimits): Body | undefined {
  const element = parseElement(bytes, { ...limits, depth: limits.depth + 1 }, boshNs)
  if (!element.is('body', boshNs)) return undefined
  const rid = whole(element, 'rid', Number.MAX_SAFE_INTEGER)
  if (rid === undefined || rid === 0) return undefined
  const payload = element.elements()
  // XEP-0124#wrapper: nothing in it is of its own namespace, and stanzas name theirs.
  if (payload.some(({ ns }) => ns === boshNs)) return undefined
  return { element, rid, sid: element.attr('sid'), payload }
}

/** An attribute that is a whole number, if it is there and no larger than that. */
export function whole(element: Element, name: string, most: number): number | undefined {
  const text = element.attr(name)
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined
  const value = Number(text)
  return value <= most ? value : undefined
}

/** An attribute of XEP-0206. */
export function ofXmpp(element: Element, name: string): string | undefined {
  return element.attr(`{${xboshNs}}${name}`)
}

/** What we send. Attributes of XEP-0206 are written with the prefix `xmpp`. */
export function writeBody(attributes: Readonly<Record<string, string | number | undefined>>, inside = ''): string {
  let out = `<body xmlns='${boshNs}'`
  if (inside.includes('<stream:')) out += ` xmlns:stream='${NS.streams}'`
  if ('xmpp:version' in attributes) out += ` xmlns:xmpp='${xboshNs}'`
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) out += ` ${name}='${escapeAttr(String(value))}'`
  }
  return inside === '' ? `${out}/>` : `${out}>${inside}</body>`
}

export function terminal(condition: TerminalCondition | undefined, inside = ''): string {
  return writeBody({ type: 'terminate', condition }, inside)
}
