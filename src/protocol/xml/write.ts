/** The canonical serialiser: minimal namespace declarations, attributes in order, apostrophes as quotes. */
import { type Child, type Element, streamsNamespace, xmlNamespace } from './element.ts'

/**
 * The text of an element. `inScope` is the default namespace at the place of writing. Elements of the streams
 * namespace get the prefix `stream`, which our stream headers declare (RFC 6120 §4.8.5); pass `streamPrefix` false
 * where no header does (RFC 7395 §3.3.2). Parsed elements that have not been changed are copied from their source if
 * that means the same here. Characters that XML cannot carry become U+FFFD.
 */
export function write(el: Element, inScope = 'jabber:client', streamPrefix = true): string {
  if (isForwardable(el, inScope)) return el.sourceText.substring(el.sourceFrom, el.sourceTo)
  return rewritten(el, inScope, streamPrefix)
}

/** The opening tag alone, `<message from='…'>`, under the same rules as {@link write}. */
export function openTag(el: Element, inScope = 'jabber:client', streamPrefix = true): string {
  return `${tagStart(el, inScope, streamPrefix)}>`
}

function isForwardable(el: Element, scope: string): boolean {
  return el.sourceText !== '' && (el.sourceScope === undefined || el.sourceScope === scope)
}

function rewritten(el: Element, scope: string, streamPrefix: boolean): string {
  const start = tagStart(el, scope, streamPrefix)
  const { children } = el
  if (children.length === 0) return `${start}/>`
  const prefix = prefixOf(el, streamPrefix)
  const inner = prefix !== '' || el.adopts ? scope : el.ns
  return `${start}>${inside(children, inner, streamPrefix)}</${prefix}${el.name}>`
}

/** Neighbours that were neighbours in the source are copied in one piece. */
function inside(children: readonly Child[], scope: string, streamPrefix: boolean): string {
  let out = ''
  for (let i = 0; i < children.length; i++) {
    const child = children[i] as Child
    if (typeof child === 'string') {
      out += escapeText(child)
    } else if (isForwardable(child, scope)) {
      let to = child.sourceTo
      for (; i + 1 < children.length; i++) {
        const next = children[i + 1] as Child
        if (typeof next === 'string' || next.sourceText !== child.sourceText || next.sourceFrom !== to) break
        if (!isForwardable(next, scope)) break
        to = next.sourceTo
      }
      out += child.sourceText.substring(child.sourceFrom, to)
    } else {
      out += rewritten(child, scope, streamPrefix)
    }
  }
  return out
}

function prefixOf(el: Element, streamPrefix: boolean): string {
  if (el.ns === streamsNamespace && streamPrefix) return 'stream:'
  // Namespaces in XML 1.0 §3: this namespace cannot be the default one.
  return el.ns === xmlNamespace ? 'xml:' : ''
}

function tagStart(el: Element, scope: string, streamPrefix: boolean): string {
  const prefix = prefixOf(el, streamPrefix)
  let out = `<${prefix}${el.name}`
  if (prefix === '' && !el.adopts && el.ns !== scope) out += ` xmlns='${escapeAttr(el.ns)}'`
  const { attrs } = el
  let declared: string[] | undefined
  for (let i = 0; i < attrs.length; i += 2) {
    let name = attrs[i] as string
    if (name.charCodeAt(0) === 0x7b) {
      // The last brace: a namespace may contain any character, a local name cannot contain this one.
      const close = name.lastIndexOf('}')
      const ns = name.slice(1, close)
      if (ns === xmlNamespace) {
        name = `xml:${name.slice(close + 1)}`
      } else if (ns === '') {
        name = name.slice(close + 1)
      } else {
        declared ??= []
        let at = declared.indexOf(ns)
        if (at < 0) {
          at = declared.push(ns) - 1
          out += ` xmlns:a${at}='${escapeAttr(ns)}'`
        }
        name = `a${at}:${name.slice(close + 1)}`
      }
    }
    out += ` ${name}='${escapeAttr(attrs[i + 1] as string)}'`
  }
  return out
}

const inText = new Uint8Array(128)
const inAttribute = new Uint8Array(128)
for (let c = 0; c < 0x20; c++) inText[c] = inAttribute[c] = 1
inText[0x09] = inText[0x0a] = 0
for (const c of '&<>') inText[c.charCodeAt(0)] = inAttribute[c.charCodeAt(0)] = 1
for (const c of '\'"') inAttribute[c.charCodeAt(0)] = 1

/** Text for element content: `&`, `<`, `>` and carriage returns as references. */
export function escapeText(text: string): string {
  return needsEscape(text, inText) ? text.toWellFormed().replace(/[^\t\n -%'-;=?-\ufffd]/g, reference) : text
}

/** Text for an attribute value in either kind of quotes; white space other than the space survives as references. */
export function escapeAttr(text: string): string {
  return needsEscape(text, inAttribute) ? text.toWellFormed().replace(/[^ !#-%(-;=?-\ufffd]/g, reference) : text
}

function needsEscape(text: string, table: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 0x80) {
      if (table[c] === 1) return true
    } else if (c >= 0xd800 && (c <= 0xdfff || c >= 0xfffe)) {
      return true
    }
  }
  return false
}

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&apos;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

function reference(c: string): string {
  return references[c] ?? '\ufffd'
}
