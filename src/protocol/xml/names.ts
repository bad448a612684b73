/** Names: split, checked, and kept once each so that comparing them is cheap and they do not hold their source alive. */
import { colon, nameFollow, nameKindBeyondAscii, nameKinds, noName } from './characters.ts'

/** A qualified name as written, and its halves. */
export interface Name {
  readonly qualified: string
  readonly prefix: string
  readonly local: string
  /** The code units of `qualified`. */
  readonly codes: readonly number[]
}

/** Slots of the table of names; a new name takes the slot of an older one, so that strangers cannot make it grow. */
const slots = 1024
const longestKept = 64
const table: (Name | undefined)[] = new Array(slots).fill(undefined)

/**
 * The name that stands in `text` from `from` up to `to`, where its code units are also in `units`; the caller has
 * checked it. `hash` is {@link hashStep} over them.
 */
export function nameAt(text: string, units: Uint16Array, from: number, to: number, hash: number): Name {
  const slot = hash & (slots - 1)
  const known = table[slot]
  if (known !== undefined && known.codes.length === to - from && standsAt(known, units, from)) return known
  const name = split(copied(text.substring(from, to)))
  if (to - from <= longestKept) table[slot] = name
  return name
}

/** Whether the name stands in `units` at an index. */
export function standsAt({ codes }: Name, units: Uint16Array, from: number): boolean {
  for (let i = 0; i < codes.length; i++) if (units[from + i] !== codes[i]) return false
  return true
}

/** One step of the hash for {@link nameAt}, starting from 0. */
export function hashStep(hash: number, c: number): number {
  return (Math.imul(hash, 31) + c) | 0
}

/** The same for a name that arrived in pieces and has been put together. */
export function nameOf(text: string, hash: number): Name {
  const known = table[hash & (slots - 1)]
  return known !== undefined && known.qualified === text ? known : split(copied(text))
}

function split(qualified: string): Name {
  const codes = Array.from({ length: qualified.length }, (_, i) => qualified.charCodeAt(i))
  const at = qualified.indexOf(':')
  if (at < 0) return { qualified, prefix: '', local: qualified, codes }
  const prefix = copied(qualified.substring(0, at))
  return { qualified, prefix, local: copied(qualified.substring(at + 1)), codes }
}

const keptNamespaces = new Map<string, string>()
const mostNamespaces = 512
/** The latest namespace of each length, to save most look-ups. */
const latest: string[] = new Array(128).fill('')

/** One copy of each namespace URI in use, which does not hold its source alive. */
export function keptNamespace(uri: string): string {
  const place = uri.length & 127
  const last = latest[place] as string
  if (last === uri) return last
  const own = keptNamespaces.get(uri) ?? copied(uri)
  if (own.length <= 256) {
    if (keptNamespaces.size >= mostNamespaces) keptNamespaces.clear()
    keptNamespaces.set(own, own)
    latest[place] = own
  }
  return own
}

const wide = /[^\0-\xff]/

/** A copy that shares no memory with the string it was cut from. */
export function copied(text: string): string {
  // One byte per character where that is enough: wide names would make wide every string they are written into.
  const encoding = wide.test(text) ? 'utf16le' : 'latin1'
  return Buffer.from(text, encoding).toString(encoding)
}

const goodElementNames = new Set<string>()
const goodAttributeNames = new Set<string>()

/** Returns the name if it can be the local name of an element in XML; throws a TypeError otherwise. */
export function elementName(name: string): string {
  return goodElementNames.has(name) ? name : checked(name, name, goodElementNames)
}

/**
 * Returns the name if it can be that of an attribute, in the form `local`, `xml:local` or `{namespace}local`; throws a
 * TypeError otherwise.
 */
export function attributeName(name: string): string {
  if (goodAttributeNames.has(name)) return name
  const close = name.startsWith('{') ? name.lastIndexOf('}') : -1
  const local = close > 0 ? name.slice(close + 1) : name.startsWith('xml:') ? name.slice(4) : name
  return checked(name, local === 'xmlns' ? '' : local, goodAttributeNames)
}

function checked(name: string, local: string, good: Set<string>): string {
  if (!isLocalName(local)) {
    throw new TypeError('This name cannot be written in XML; use a name that starts with a letter and has no spaces.')
  }
  if (good.size < 2 * slots && name.length <= 2 * longestKept) good.add(name)
  return name
}

/** Whether the text is an NCName (Namespaces in XML 1.0 §3). */
function isLocalName(text: string): boolean {
  if (!text.isWellFormed()) return false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    const kind = c < 0x80 ? nameKinds[c] : nameKindBeyondAscii(c)
    if (kind === noName || kind === colon || (kind === nameFollow && i === 0)) return false
  }
  return text.length > 0
}
