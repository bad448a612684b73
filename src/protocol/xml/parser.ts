/**
 * An incremental parser for XMPP streams over bytes (RFC 6120 §11): what it accepts is namespace-well-formed XML 1.0
 * without what XMPP leaves out, and what it refuses it refuses at the first character that makes it wrong.
 */
import { isSpace } from './characters.ts'
import { beginMarkup, scanBang, scanCdata, scanMarkup, scanReference, scanText } from './content.ts'
import type { XmlDeclaration } from './declaration.ts'
import { Decoder } from './decoder.ts'
import { type Element, streamsNamespace } from './element.ts'
import { malformed, tooMuch, XmlError } from './errors.ts'
import { Event, type Holds, Scan, State, type XmlLimits } from './scan.ts'
import { scanEndName, scanEndSpace, scanTag } from './tags.ts'
import type { Declared } from './tree.ts'
import { write } from './write.ts'

export { XmlError } from './errors.ts'
export type { XmlLimits } from './scan.ts'
export type { Declared } from './tree.ts'

/** Who reads the stream. Every method may call `reset` or `stop` on the parser; none may call `push`. */
export interface StreamEvents {
  /** The header has been read; its element has no children. */
  open(header: Element, declared: Declared): void
  /** A first-level element is complete: a stanza, or part of a negotiation. */
  element(el: Element): void
  /** The closing tag of the stream has been read; whatever follows it is dropped. */
  close(): void
}

/** Bytes that are decoded at once. */
const mostAtOnce = 65_536
/** The code units of the chunk being read, for all parsers together: only one of them reads at a time. */
const sharedUnits = new Uint16Array(mostAtOnce + 3)
const sharedBytes = Buffer.from(sharedUnits.buffer)
let reader: StreamParser | undefined

/** Reads one stream after the other from the bytes of one connection. */
export class StreamParser {
  readonly #events: StreamEvents
  readonly #decoder = new Decoder()
  readonly #amongServers: boolean
  readonly #holds: Holds | undefined
  #limits: XmlLimits
  #scan: Scan

  /**
   * @param amongServers reads what is in `jabber:server` as if it were in `jabber:client`; only the header tells
   * @param holds elements for which it says yes are told by `open` and `close`, as the header is, and their children one by
   *   one; asked about the children of such elements only
   */
  constructor(events: StreamEvents, limits: XmlLimits, amongServers = false, holds?: Holds) {
    this.#events = events
    this.#amongServers = amongServers
    this.#holds = holds
    this.#limits = limits
    this.#scan = new Scan(limits, sharedUnits, amongServers, holds)
  }

  /** May be replaced at any time; holds from the next stanza on, or from the next character for depth and names. */
  get limits(): XmlLimits {
    return this.#limits
  }

  set limits(limits: XmlLimits) {
    this.#limits = limits
    this.#scan.limits = limits
  }

  /** Whether the next byte begins a stanza or a stream, or is to be dropped. */
  get idle(): boolean {
    const { state, atStart } = this.#scan
    return state === State.between || state === State.dropped || (state === State.prolog && atStart)
  }

  /** From here on comes a new stream (RFC 6120 §6.4.6), also with the rest of the chunk if called by an event. */
  reset(): void {
    const { text, ascii, chunk } = this.#scan
    this.#scan = new Scan(this.#limits, sharedUnits, this.#amongServers, this.#holds)
    this.#scan.text = text
    this.#scan.ascii = ascii
    this.#scan.chunk = chunk
  }

  /** Drops everything from here on, until `reset` (RFC 6120 §5.4.3.3: nothing sent before TLS counts after it). */
  stop(): void {
    this.reset()
    this.#scan.state = State.dropped
    this.#decoder.clear()
  }

  /**
   * Reads the next bytes. Throws an XmlError at the first character with which the stream is wrong, or the first byte
   * that passes a limit or is not UTF-8; the events for everything before it have happened. Afterwards, or if an event
   * throws, whatever follows is dropped.
   */
  push(chunk: Uint8Array): void {
    if (this.#scan.state === State.dropped) return
    try {
      if (chunk.length <= mostAtOnce) this.#take(chunk)
      else for (let at = 0; at < chunk.length; at += mostAtOnce) this.#take(chunk.subarray(at, at + mostAtOnce))
    } catch (error) {
      this.stop()
      this.#scan.text = ''
      throw error
    }
  }

  #take(chunk: Uint8Array): void {
    if (this.#scan.state === State.dropped) return
    const { text, ascii, unfinished, faulty } = this.#decoder.decode(chunk)
    reader = this
    if (ascii) sharedUnits.set(chunk)
    else sharedBytes.write(text, 0, 'utf16le')
    this.#read(text, ascii)
    reader = undefined
    const scan = this.#scan
    scan.text = ''
    if (scan.state === State.dropped) {
      this.#decoder.clear()
      return
    }
    scan.checkRoom(unfinished)
    if (faulty) throw new XmlError('unsupported-encoding', 'The stream is not in UTF-8.')
  }

  #read(text: string, ascii: boolean): void {
    let scan = this.#scan
    scan.text = text
    scan.ascii = ascii
    scan.chunk++
    scan.counted = 0
    scan.end = scan.counting ? 0 : text.length
    let i = 0
    while (i < text.length) {
      i = read(scan, i)
      if (scan.due !== 0) {
        this.#tell(scan)
        if (reader !== this) {
          // An event made another parser read.
          reader = this
          sharedBytes.write(text, 0, 'utf16le')
        }
        if (this.#scan !== scan) {
          scan = this.#scan
          if (scan.state === State.dropped) return
          scan.count(i)
        }
      }
      if (scan.state === State.dropped) return
    }
    if (scan.counting) scan.recount(text.length)
  }

  #tell(scan: Scan): void {
    const { due, finished, header } = scan
    scan.due = 0
    scan.finished = undefined
    scan.header = undefined
    if (header !== undefined) this.#events.open(header.element, header.declared)
    if (this.#scan === scan && (due & Event.element) !== 0) this.#events.element(finished as Element)
    if (this.#scan === scan && (due & Event.close) !== 0) this.#events.close()
  }
}

/** Reads until an event is due or the text ends; returns the index reached. */
function read(scan: Scan, from: number): number {
  const { length } = scan.text
  let i = from
  while (i < length && scan.due === 0) {
    if (i >= scan.end) scan.recount(i)
    if (scan.afterReturn) {
      scan.afterReturn = false
      if ((scan.units[i] as number) === 0x0a) {
        i++
        continue
      }
    }
    i = step(scan, i)
  }
  return i
}

function step(scan: Scan, i: number): number {
  switch (scan.state) {
    case State.content:
      return scanText(scan, i)
    case State.markup:
      return scanMarkup(scan, i)
    case State.endName:
      return scanEndName(scan, i)
    case State.endSpace:
      return scanEndSpace(scan, i)
    case State.between:
      return scanBetween(scan, i)
    case State.reference:
      return scanReference(scan, i)
    case State.bang:
      return scanBang(scan, i)
    case State.cdata:
      return scanCdata(scan, i)
    case State.prolog:
      return scanProlog(scan, i)
    case State.declaration:
      if ((scan.declaration as XmlDeclaration).take(scan.units[i] as number)) {
        scan.declaration = undefined
        scan.state = State.prolog
      }
      return i + 1
    default:
      return scanTag(scan, i)
  }
}

/** Before the header: white space, at the very start also a byte order mark or an XML declaration. */
function scanProlog(scan: Scan, at: number): number {
  const c = scan.units[at] as number
  if (c === 0x3c) return beginMarkup(scan, at)
  if (c === 0xfeff && scan.atStart && !scan.afterMark) {
    // RFC 6120 §11.6 forbids to send it; those who do mean no harm.
    scan.afterMark = true
  } else if (isSpace(c)) {
    scan.atStart = false
  } else {
    throw malformed('Something stands before the header of the stream.')
  }
  return at + 1
}

/** RFC 6120 §11.7: between stanzas there may be white space and nothing else. */
function scanBetween(scan: Scan, from: number): number {
  const { units } = scan
  const { length } = scan.text
  for (let i = from; i < length; i++) {
    const c = units[i] as number
    if (c === 0x3c) {
      scan.count(i)
      return beginMarkup(scan, i)
    }
    if (!isSpace(c)) throw new XmlError('bad-format', 'Text stands between stanzas.')
  }
  return length
}

const storedUnits = new Uint16Array(mostAtOnce)
const fromTheStore: XmlLimits = {
  stanzaBytes: Number.POSITIVE_INFINITY,
  depth: 1000,
  attributes: Number.POSITIVE_INFINITY,
  nameLength: Number.POSITIVE_INFINITY,
}

/**
 * One whole element, as {@link write} makes it, with nothing around it but white space. It is read as inside a stream
 * with the default namespace `inScope` and the prefix `stream`. Throws an XmlError as a stream would, and a
 * not-well-formed one if there is less or more than one element.
 */
export function parseElement(
  text: string | Uint8Array,
  limits: Partial<XmlLimits> = {},
  inScope = 'jabber:client',
): Element {
  const source = typeof text === 'string' ? text : decodeWhole(text)
  const all = { ...fromTheStore, ...limits }
  if (source.length * 3 > all.stanzaBytes && Buffer.byteLength(source) > all.stanzaBytes) {
    throw tooMuch('An element is larger than allowed here.')
  }
  if (!source.isWellFormed()) throw new XmlError('unsupported-encoding', 'The text is not Unicode.')
  const units = source.length <= mostAtOnce ? storedUnits : new Uint16Array(source.length)
  Buffer.from(units.buffer).write(source, 0, 'utf16le')
  const scan = new Scan({ ...all, stanzaBytes: Number.POSITIVE_INFINITY }, units)
  scan.text = source
  scan.tree.enter(inScope, { stream: streamsNamespace })
  scan.state = State.between
  scan.countNoMore()
  const after = read(scan, 0)
  const element = scan.finished
  if (element === undefined) throw malformed('The element is not complete.')
  for (let i = after; i < source.length; i++) {
    if (!isSpace(source.charCodeAt(i))) throw malformed('Something follows the element.')
  }
  return element
}

function decodeWhole(bytes: Uint8Array): string {
  const { text, unfinished, faulty } = new Decoder().decode(bytes)
  if (faulty || unfinished > 0) throw new XmlError('unsupported-encoding', 'The text is not in UTF-8.')
  return text
}

/**
 * The same element with memory of its own. What the parser yields shares memory with the chunk it came in (up to
 * 64 KiB), which is right for the life of a stanza; what stays longer should be kept as text or detached.
 */
export function detach(el: Element, inScope = 'jabber:client'): Element {
  return parseElement(Buffer.from(write(el, inScope)), {}, inScope)
}
