/** What stands between tags: text, CDATA sections, references; and what follows a `<`. */
import { isXmlChar, nameKindBeyondAscii, nameKinds, nameStart, noName } from './characters.ts'
import { XmlDeclaration } from './declaration.ts'
import { malformed, restricted, tooMuch } from './errors.ts'
import { type Scan, State } from './scan.ts'

const noControls = 'A character stands here that XML does not allow.'

/** Of the characters up to `>`: what is text in every place. Comparing is faster here than a table. */
function isPlain(c: number): boolean {
  return (c >= 0x20 && c !== 0x26 && c !== 0x3c && c !== 0x3e) || c === 0x0a || c === 0x09
}

/** Reads text up to the next tag, reference or end of what there is; returns the index after it. */
export function scanText(scan: Scan, from: number): number {
  const { text, units, end } = scan
  let start = from
  for (let i = from; i < end; i++) {
    const c = units[i] as number
    if (c > 0x3e ? c < 0xfffe : isPlain(c)) continue
    if (c === 0x3e) {
      if (bracketsBefore(scan, start, i) === 2) throw malformed('The characters ]]> stand in text.')
      continue
    }
    if (c === 0x3c) {
      if (i > start) scan.keep(text.substring(start, i))
      scan.brackets = 0
      return beginMarkup(scan, i)
    }
    if (c === 0x26) {
      if (i > start) scan.keep(text.substring(start, i))
      scan.brackets = 0
      beginReference(scan, State.content)
      return i + 1
    }
    if (c !== 0x0d) throw malformed(noControls)
    i = lineEnd(scan, start, i)
    start = i + 1
  }
  scan.brackets = bracketsBefore(scan, start, end)
  scan.keep(text.substring(start, end))
  return end
}

/** Reads a CDATA section up to its end (XML 1.0 §2.7); it becomes text like any other. */
export function scanCdata(scan: Scan, from: number): number {
  const { text, units, end } = scan
  let start = from
  for (let i = from; i < end; i++) {
    const c = units[i] as number
    if (c > 0x3e ? c < 0xfffe : isPlain(c)) continue
    if (c === 0x26 || c === 0x3c) continue
    if (c === 0x3e) {
      if (bracketsBefore(scan, start, i) < 2) continue
      if (i - 2 >= start) scan.keep(text.substring(start, i - 2))
      else scan.keep(scan.take('').slice(0, i - 2 - start))
      scan.brackets = 0
      scan.state = State.content
      return i + 1
    }
    if (c !== 0x0d) throw malformed(noControls)
    i = lineEnd(scan, start, i)
    start = i + 1
  }
  scan.brackets = bracketsBefore(scan, start, end)
  scan.keep(text.substring(start, end))
  return end
}

/** XML 1.0 §2.11: every line end becomes one line feed. Returns the index of its last character. */
function lineEnd(scan: Scan, start: number, at: number): number {
  scan.keep(`${scan.text.substring(start, at)}\n`)
  scan.brackets = 0
  return skipLineFeed(scan, at)
}

/** A carriage return stands at the index: takes the line feed after it with it, now or when it comes. */
export function skipLineFeed(scan: Scan, at: number): number {
  if (at + 1 === scan.end) scan.afterReturn = true
  else if (scan.units[at + 1] === 0x0a) return at + 1
  return at
}

/** How many `]` stand right before the index, in this run or at the end of what was kept; two is enough. */
function bracketsBefore(scan: Scan, start: number, at: number): number {
  let count = 0
  while (count < 2 && at - count > start && scan.units[at - count - 1] === 0x5d) count++
  return at - count === start ? Math.min(2, count + scan.brackets) : count
}

/** A `<` stands at the index: reads it, and what follows at once if it is there. */
export function beginMarkup(scan: Scan, at: number): number {
  scan.tagFrom = at
  scan.tagChunk = scan.chunk
  scan.state = State.markup
  return at + 1 < scan.end ? scanMarkup(scan, at + 1) : at + 1
}

/** The character after `<`. */
export function scanMarkup(scan: Scan, at: number): number {
  const { units, tree } = scan
  const c = units[at] as number
  if (c === 0x2f) {
    if (tree.depth === 0) throw malformed('An end tag stands before the stream has begun.')
    endText(scan)
    scan.matched = 0
    scan.state = State.endName
    return at + 1
  }
  if ((c < 0x80 ? nameKinds[c] : nameKindBeyondAscii(c)) === nameStart) {
    if (tree.depth > scan.limits.depth) throw tooMuch('Elements are nested more deeply than this server takes.')
    endText(scan)
    beginName(scan)
    scan.attributeCount = 0
    scan.state = State.tagName
    return at
  }
  if (c === 0x3f) {
    if (tree.depth > 0 || !scan.atStart) throw restricted('processing instructions')
    scan.atStart = false
    scan.declaration = new XmlDeclaration()
    scan.state = State.declaration
    return at + 1
  }
  if (c !== 0x21) throw malformed('A < does not begin a tag.')
  if (tree.depth <= scan.base) throw restricted('comments, document type declarations or CDATA sections here')
  scan.matched = 0
  scan.state = State.bang
  return at + 1
}

/** A name is about to be read. */
export function beginName(scan: Scan): void {
  scan.hash = 0
  scan.nameBegins = true
  scan.nameHasColon = false
}

function endText(scan: Scan): void {
  if (!scan.keepsNothing) scan.tree.text(scan.take(''))
}

const cdataStart = '[CDATA['

/** After `<!` inside a stanza: only a CDATA section is allowed. */
export function scanBang(scan: Scan, at: number): number {
  const c = scan.units[at] as number
  if (c !== cdataStart.charCodeAt(scan.matched)) {
    if (scan.matched === 0 && c === 0x2d) throw restricted('comments')
    if (scan.matched === 0 && nameKinds[c] === nameStart) throw restricted('document type declarations')
    throw malformed('This is not the beginning of a CDATA section.')
  }
  scan.matched++
  if (scan.matched === cdataStart.length) scan.state = State.cdata
  return at + 1
}

/** A `&` has been read. */
export function beginReference(scan: Scan, after: number): void {
  scan.reference = ''
  scan.referenceCode = 0
  scan.afterReference = after
  scan.state = State.reference
}

const entities: readonly (readonly [name: string, text: string])[] = [
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]

/** One character of a reference. */
export function scanReference(scan: Scan, at: number): number {
  const c = scan.units[at] as number
  const so = scan.reference
  const text = so.startsWith('#') ? characterReference(scan, so, c) : entityReference(scan, so, c)
  if (text !== undefined) {
    scan.keep(text)
    scan.state = scan.afterReference
  }
  return at + 1
}

/** RFC 6120 §11.1: only the five entities that XML itself defines. */
function entityReference(scan: Scan, so: string, c: number): string | undefined {
  if (c === 0x3b && so !== '') {
    for (const [name, text] of entities) if (name === so) return text
    throw restricted('entities other than lt, gt, amp, quot and apos')
  }
  if (c === 0x23 && so === '') {
    scan.reference = '#'
    return undefined
  }
  const longer = so + String.fromCharCode(c)
  for (const [name] of entities) {
    if (name.startsWith(longer)) {
      scan.reference = longer
      return undefined
    }
  }
  const kind = c < 0x80 ? nameKinds[c] : nameKindBeyondAscii(c)
  if (kind === noName || (so === '' && kind !== nameStart)) throw malformed('A & does not begin a reference.')
  throw restricted('entities other than lt, gt, amp, quot and apos')
}

/** XML 1.0 §4.1. Remembers `#`, `#x`, or one of these with a 0 once there are digits. */
function characterReference(scan: Scan, so: string, c: number): string | undefined {
  const hex = so.startsWith('#x')
  if (c === 0x3b && so.endsWith('0')) {
    if (!isXmlChar(scan.referenceCode)) throw malformed('A reference names a character that XML does not allow.')
    return String.fromCodePoint(scan.referenceCode)
  }
  if (c === 0x78 && so === '#') {
    scan.reference = '#x'
    return undefined
  }
  const low = c | 0x20
  const digit = c >= 0x30 && c <= 0x39 ? c - 0x30 : hex && low >= 0x61 && low <= 0x66 ? low - 0x57 : -1
  if (digit < 0) throw malformed('A character reference is not a number.')
  scan.referenceCode = scan.referenceCode * (hex ? 16 : 10) + digit
  if (scan.referenceCode > 0x10ffff) throw malformed('A reference names a character that does not exist.')
  scan.reference = hex ? '#x0' : '#0'
  return undefined
}
