import { NS } from '../protocol/namespaces.ts'

/**
 * An element as it has to be written where no stream header stands around it (RFC 7395 §3.3.3, XEP-0206): with its own
 * namespace, and with the prefix `stream` declared if something in it may use that.
 * @param text one element, serialised for a stream of `jabber:client`
 */
export function standingAlone(text: string): string {
  const own = namespacesOf(text)
  let declared = ''
  if ((own & hasDefault) === 0) declared = ` xmlns='${NS.client}'`
  if ((own & hasStream) === 0 && text.includes('<stream:')) declared += ` xmlns:stream='${NS.streams}'`
  if (declared === '') return text
  const at = nameEnd(text, 1)
  return text.slice(0, at) + declared + text.slice(at)
}

const hasDefault = 1
const hasStream = 2

/** Which of the two the first tag declares. Values may hold anything but their quotes. */
function namespacesOf(text: string): number {
  let found = 0
  let at = nameEnd(text, 1)
  for (;;) {
    while (isSpace(text.charCodeAt(at))) at++
    const equals = text.indexOf('=', at)
    const c = text.charCodeAt(at)
    if (c === 0x3e || c === 0x2f || equals < 0) return found
    let quote = equals + 1
    while (isSpace(text.charCodeAt(quote))) quote++
    if (c === 0x78) {
      const name = text.slice(at, equals).trimEnd()
      if (name === 'xmlns') found |= hasDefault
      else if (name === 'xmlns:stream') found |= hasStream
    }
    at = text.indexOf(text[quote] as string, quote + 1) + 1
    if (at === 0) return found
  }
}

function nameEnd(text: string, from: number): number {
  let at = from
  for (; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === 0x3e || c === 0x2f || isSpace(c)) break
  }
  return at
}

function isSpace(c: number): boolean {
  return c === 0x20 || c === 0x09 || c === 0x0a || c === 0x0d
}
