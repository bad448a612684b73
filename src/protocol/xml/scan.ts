/** What the parser knows between two characters. The rules are in tags.ts and content.ts, the road in parser.ts. */
import type { XmlDeclaration } from './declaration.ts'
import type { Element } from './element.ts'
import { tooMuch } from './errors.ts'
import { copied, type Name } from './names.ts'
import { type Header, Tree } from './tree.ts'

/** Limits that a stream must keep; passing one is a policy-violation at that byte. */
export interface XmlLimits {
  /** Bytes of a stanza, from its `<` to its `>`; likewise of everything up to the end of the stream header. */
  stanzaBytes: number
  /** Elements inside one another in a stanza, itself included. */
  depth: number
  /** Attributes of one element, namespace declarations included. */
  attributes: number
  /** Length of an element or attribute name with its prefix, in UTF-16 code units. */
  nameLength: number
}

/** Whether an element, which has just been opened, is read like a header: not whole, but child by child. */
export type Holds = (opened: Element) => boolean

/** Where in the grammar the next character stands. */
export const State = {
  prolog: 0,
  declaration: 1,
  between: 2,
  content: 3,
  markup: 4,
  bang: 5,
  cdata: 6,
  reference: 7,
  tagName: 8,
  inTag: 9,
  attributeName: 10,
  equals: 11,
  quote: 12,
  value: 13,
  afterValue: 14,
  emptyTag: 15,
  endName: 16,
  endSpace: 17,
  dropped: 18,
} as const

/** Something to tell the reader of the stream. */
export const Event = { open: 1, element: 2, close: 4 } as const

export class Scan {
  state: number = State.prolog
  readonly tree: Tree
  limits: XmlLimits

  /** The code units of `text`: reading them here is several times faster than in a string of either width. */
  units: Uint16Array
  /** The text being read, and up to where it may be read before the limit on bytes has to be looked at. */
  text = ''
  end = 0
  ascii = true
  /** Number of that text, so that an element knows whether it began in it. */
  chunk = 0
  /** Whether bytes are being counted, how many there are up to the index `counted` of the text. */
  counting = true
  bytes = 0
  counted = 0

  /** The first character of a stream: only here may a byte order mark or an XML declaration stand. */
  atStart = true
  afterMark = false
  declaration: XmlDeclaration | undefined
  /** A carriage return came last: a line feed right after it belongs to it (XML 1.0 §2.11). */
  afterReturn = false

  /** A name that is being read: its hash, whether the next character must be one that starts a name. */
  hash = 0
  nameBegins = true
  nameHasColon = false
  /** The tag that is being read. */
  tag: Name | undefined
  tagFrom = 0
  tagChunk = 0
  attribute: Name | undefined
  /** The first `attributeCount` of these are the names in this tag; emptying an array costs more than counting. */
  attributeNames: Name[] = []
  attributeCount = 0
  quote = 0

  /** How much of a fixed word has been matched: `[CDATA[` or the name of an end tag. */
  matched = 0
  /** Literal `]` at the end of what has been kept of a text, at most two. */
  brackets = 0
  /** The reference that is being read, and what comes after it. */
  reference = ''
  referenceCode = 0
  afterReference: number = State.content

  /** How many elements are open of which the children are told one by one: the header, and those that `holds` wants. */
  base = 1
  readonly holds: Holds | undefined

  /** Events that are due, and the element that goes with them. */
  due = 0
  finished: Element | undefined
  header: Header | undefined

  #kept = ''
  #small = ''

  constructor(limits: XmlLimits, units: Uint16Array, amongServers = false, holds?: Holds) {
    this.tree = new Tree(amongServers)
    this.limits = limits
    this.units = units
    this.holds = holds
  }

  /** Keeps a piece of a text, value or name that goes on. */
  keep(piece: string): void {
    if (piece.length >= 256 && this.#small === '') {
      this.#kept += piece
      return
    }
    this.#small += piece
    // A string put together from thousands of single characters is copied into one piece now and then: otherwise each
    // byte that somebody sends alone would take 32 bytes of memory.
    if (this.#small.length >= 256) {
      this.#kept += copied(this.#small)
      this.#small = ''
    }
  }

  /** How many code units are kept. */
  get kept(): number {
    return this.#small.length + this.#kept.length
  }

  get keepsNothing(): boolean {
    return this.#small === '' && this.#kept === ''
  }

  /** What has been kept, and then the piece; keeps nothing afterwards. */
  take(piece: string): string {
    if (this.#small === '' && this.#kept === '') return piece
    const whole = this.#kept + this.#small + piece
    this.#kept = ''
    this.#small = ''
    return whole
  }

  /** A stanza (or the header) begins at this index of the text. */
  count(from: number): void {
    this.counting = true
    this.bytes = 0
    this.counted = from
    this.#setEnd()
  }

  /** It has ended: nothing is counted between stanzas. */
  countNoMore(): void {
    this.counting = false
    this.end = this.text.length
  }

  /** Brings the count up to the index and finds out how far one may read. Throws an XmlError at the limit. */
  recount(at: number): void {
    this.bytes += this.ascii ? at - this.counted : Buffer.byteLength(this.text.substring(this.counted, at))
    this.counted = at
    if (at < this.text.length) this.#setEnd()
    else this.end = at
  }

  /** Throws an XmlError if that many more bytes pass the limit. */
  checkRoom(bytes: number): void {
    if (this.counting && this.bytes + bytes > this.limits.stanzaBytes) {
      throw tooMuch('A stanza is larger than this server takes.')
    }
  }

  #setEnd(): void {
    const { text, counted } = this
    const room = this.limits.stanzaBytes - this.bytes
    const left = text.length - counted
    if (room >= left * 3 || (this.ascii && room >= left)) {
      this.end = text.length
      return
    }
    if (this.ascii) {
      this.checkRoom(1)
      this.end = counted + room
      return
    }
    // No character takes more than three bytes for each code unit: that far the limit cannot be passed.
    const first = text.codePointAt(counted) as number
    this.checkRoom(first < 0x80 ? 1 : first < 0x800 ? 2 : first < 0x10000 ? 3 : 4)
    let end = counted + Math.max(first < 0x10000 ? 1 : 2, Math.floor(room / 3))
    const half = text.charCodeAt(end)
    if (half >= 0xdc00 && half <= 0xdfff) end = end - 1 > counted ? end - 1 : end + 1
    this.end = end
  }
}
