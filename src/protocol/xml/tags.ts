/** Start tags, attributes and end tags. */
import { colon, isSpace, nameKindBeyondAscii, nameKinds, nameStart, noName } from './characters.ts'
import { beginName, beginReference, skipLineFeed } from './content.ts'
import { malformed, tooMuch } from './errors.ts'
import { hashStep, type Name, nameAt, nameOf, standsAt } from './names.ts'
import { Event, type Scan, State } from './scan.ts'

/** Reads a start tag or what there is of it; returns the index after that. */
export function scanTag(scan: Scan, from: number): number {
  let i = from
  // In the order in which they follow each other, so that most tests hit.
  while (i < scan.end) {
    if (scan.state === State.tagName) {
      i = scanTagName(scan, i)
      if (i === scan.end) return i
    }
    if (scan.state === State.inTag || scan.state === State.afterValue) {
      i = scanGap(scan, i)
      if (i === scan.end) return i
    }
    if (scan.state === State.attributeName) {
      i = scanAttributeName(scan, i)
      if (i === scan.end) return i
    }
    if (scan.state === State.value) {
      i = scanValue(scan, i)
    } else if (scan.state === State.equals || scan.state === State.quote) {
      i = scanEquals(scan, i)
    } else if (scan.state === State.emptyTag) {
      return scanEmptyTag(scan, i)
    }
    if (scan.state < State.tagName || scan.state > State.emptyTag) return i
  }
  return i
}

function scanEmptyTag(scan: Scan, at: number): number {
  if (scan.units[at] !== 0x3e) throw malformed('A / stands in a tag where it does not end it.')
  // A header that is empty: the stream opens and closes at once.
  if (scan.tree.depth === 1) tellHeader(scan)
  endElement(scan, at + 1)
  return at + 1
}

/** Reads on in a name; returns the index after it, `scan.end` if it may go on beyond what there is. */
function scanName(scan: Scan, from: number): number {
  const { text, units, end } = scan
  // Names are read one character further than the limit allows, so that it is passed at the same character always.
  const stop = Math.min(end, from + scan.limits.nameLength + 1 - scan.kept)
  let { hash, nameBegins } = scan
  let i = from
  for (; i < stop; i++) {
    const c = units[i] as number
    if (c >= 0x61 && c <= 0x7a) {
      nameBegins = false
      hash = hashStep(hash, c)
      continue
    }
    const kind = c < 0x80 ? nameKinds[c] : nameKindBeyondAscii(c)
    if (kind !== nameStart) {
      if (kind === noName) break
      if (nameBegins || (kind === colon && scan.nameHasColon)) throw malformed('A name is not one that XML allows.')
      if (kind === colon) {
        scan.nameHasColon = true
        nameBegins = true
        hash = hashStep(hash, c)
        continue
      }
    }
    nameBegins = false
    hash = hashStep(hash, c)
  }
  if (i - from + scan.kept > scan.limits.nameLength) throw tooMuch('A name is longer than this server takes.')
  if (i < end && nameBegins) throw malformed('A name is not one that XML allows.')
  scan.hash = hash
  scan.nameBegins = nameBegins
  if (i === end) scan.keep(text.substring(from, i))
  return i
}

function finishedName(scan: Scan, from: number, to: number): Name {
  if (scan.keepsNothing) return nameAt(scan.text, scan.units, from, to, scan.hash)
  return nameOf(scan.take(scan.text.substring(from, to)), scan.hash)
}

function scanTagName(scan: Scan, from: number): number {
  const i = scanName(scan, from)
  if (i === scan.end) return i
  const name = finishedName(scan, from, i)
  if (name.prefix === 'xmlns') throw malformed('The prefix xmlns is not for elements.')
  scan.tag = name
  return afterName(scan, i)
}

/** The character after the name of an element. */
function afterName(scan: Scan, at: number): number {
  const c = scan.units[at] as number
  if (isSpace(c)) scan.state = State.inTag
  else if (c === 0x3e || c === 0x2f) endOfAttributes(scan, c)
  else throw malformed('A character stands in a tag that does not belong there.')
  return at + 1
}

function endOfAttributes(scan: Scan, c: number): void {
  scan.tree.open(scan.tag as Name, scan.tagFrom, scan.tagChunk)
  if (c === 0x2f) {
    scan.state = State.emptyTag
  } else if (scan.tree.depth === 1) {
    tellHeader(scan)
    scan.state = State.between
    scan.countNoMore()
  } else if (scan.holds !== undefined && scan.tree.depth === scan.base + 1 && scan.holds(scan.tree.opened())) {
    scan.base++
    tellHeader(scan)
    scan.state = State.between
    scan.countNoMore()
  } else {
    scan.state = State.content
  }
}

function tellHeader(scan: Scan): void {
  scan.header = scan.tree.header()
  scan.due = Event.open
}

/** White space in a tag, or the character after it. */
function scanGap(scan: Scan, from: number): number {
  const { units, end } = scan
  let at = from
  let c = units[at] as number
  if (isSpace(c)) {
    scan.state = State.inTag
    at++
    if (at === end) return at
    c = units[at] as number
    if (isSpace(c)) return at
  }
  if (c === 0x3e || c === 0x2f) {
    endOfAttributes(scan, c)
    return at + 1
  }
  if (scan.state === State.afterValue) throw malformed('White space is missing after an attribute.')
  if ((c < 0x80 ? nameKinds[c] : nameKindBeyondAscii(c)) !== nameStart) {
    throw malformed('A character stands in a tag that does not belong there.')
  }
  if (scan.attributeCount >= scan.limits.attributes) {
    throw tooMuch('An element has more attributes than this server takes.')
  }
  beginName(scan)
  scan.state = State.attributeName
  return at
}

function scanAttributeName(scan: Scan, from: number): number {
  const i = scanName(scan, from)
  if (i === scan.end) return i
  const name = finishedName(scan, from, i)
  const { attributeNames, attributeCount } = scan
  for (let k = 0; k < attributeCount; k++) {
    const other = attributeNames[k] as Name
    if (other === name || other.qualified === name.qualified)
      throw malformed('An element has the same attribute twice.')
  }
  if (name.prefix === 'xmlns' && name.local === 'xmlns') throw malformed('The prefix xmlns cannot be bound.')
  attributeNames[attributeCount] = name
  scan.attributeCount++
  scan.attribute = name
  if (i + 1 < scan.end && scan.units[i] === 0x3d) {
    const quote = scan.units[i + 1] as number
    if (quote === 0x27 || quote === 0x22) {
      scan.quote = quote
      scan.state = State.value
      return i + 2
    }
  }
  scan.state = State.equals
  return i
}

function scanEquals(scan: Scan, at: number): number {
  const c = scan.units[at] as number
  if (scan.state === State.equals) {
    if (c === 0x3d) scan.state = State.quote
    else if (!isSpace(c)) throw malformed('An attribute has no value.')
  } else if (c === 0x27 || c === 0x22) {
    scan.quote = c
    scan.state = State.value
  } else if (!isSpace(c)) {
    throw malformed('The value of an attribute has no quotes.')
  }
  return at + 1
}

/** Reads on in the value of an attribute, and makes its white space plain (XML 1.0 §3.3.3). */
function scanValue(scan: Scan, from: number): number {
  const { text, units, end, quote } = scan
  let start = from
  for (let i = from; i < end; i++) {
    const c = units[i] as number
    if (c > 0x3c ? c < 0xfffe : c >= 0x20 && c !== 0x22 && c !== 0x26 && c !== 0x27 && c !== 0x3c) continue
    if (c === quote) {
      scan.tree.attribute(scan.attribute as Name, scan.take(text.substring(start, i)))
      scan.state = State.afterValue
      return i + 1
    }
    if (c === 0x27 || c === 0x22) continue
    if (c === 0x26) {
      scan.keep(text.substring(start, i))
      beginReference(scan, State.value)
      return i + 1
    }
    if (c === 0x3c) throw malformed('A < stands in the value of an attribute.')
    if (c !== 0x09 && c !== 0x0a && c !== 0x0d) throw malformed('A character stands here that XML does not allow.')
    scan.keep(`${text.substring(start, i)} `)
    if (c === 0x0d) i = skipLineFeed(scan, i)
    start = i + 1
  }
  scan.keep(text.substring(start, end))
  return end
}

/** Reads the name of an end tag: it must be that of the innermost open element. */
export function scanEndName(scan: Scan, from: number): number {
  const { units, end } = scan
  const { expected } = scan.tree
  const { length } = expected.codes
  if (scan.matched === 0 && from + length < end && standsAt(expected, units, from)) {
    scan.state = State.endSpace
    return scanEndSpace(scan, from + length)
  }
  let i = from
  for (; i < end && scan.matched < length; i++) {
    if (units[i] !== expected.codes[scan.matched]) throw malformed('An end tag has the wrong name.')
    scan.matched++
  }
  if (scan.matched === length) scan.state = State.endSpace
  return i
}

export function scanEndSpace(scan: Scan, at: number): number {
  const c = scan.units[at] as number
  if (c === 0x3e) endElement(scan, at + 1)
  else if (!isSpace(c)) throw malformed('An end tag has the wrong name.')
  return at + 1
}

function endElement(scan: Scan, to: number): void {
  const el = scan.tree.close(scan.text, to, scan.chunk, scan.base)
  if (scan.tree.depth > scan.base) {
    scan.state = State.content
    return
  }
  if (scan.tree.depth === scan.base) {
    scan.due |= Event.element
    scan.finished = el
    scan.state = State.between
  } else {
    scan.due |= Event.close
    scan.base--
    scan.state = scan.base === 0 ? State.dropped : State.between
  }
  scan.countNoMore()
}
