/** XML elements as values: what the parser yields, what features build, what the serialiser writes. */
import { attributeName, elementName } from './names.ts'

/** What an element can contain: elements and text, in document order. */
export type Child = Element | string

/** Values that the builder takes for attributes; `undefined` leaves the attribute out. */
export type AttributeValues = Readonly<Record<string, string | number | boolean | undefined>>

/** The namespace of the reserved prefix `xml` (Namespaces in XML 1.0 §3). */
export const xmlNamespace = 'http://www.w3.org/XML/1998/namespace'

/** The namespace of `<stream:stream/>`, `<stream:features/>` and `<stream:error/>` (RFC 6120 §4.8.1). */
export const streamsNamespace = 'http://etherx.jabber.org/streams'

const none: readonly never[] = Object.freeze([])

/** An element, never changed after it has been made. Strings may share memory with the input: see {@link detach}. */
export class Element {
  /** Local name, without prefix. */
  readonly name: string
  /** Namespace URI; '' for an element in no namespace, and as long as `adopts` holds. */
  readonly ns: string
  /** Flat: name, value, name, value … in document order, without namespace declarations. A prefixed attribute is
   * named `{namespace}local`; those of the prefix `xml` keep it (`xml:lang`). */
  readonly attrs: readonly string[]
  readonly children: readonly Child[]
  /** Built without a namespace: it takes that of the element it is put into, or of the place where it is written. */
  readonly adopts: boolean
  /** For the serialiser only: `sourceText.slice(sourceFrom, sourceTo)` has been checked and may be written instead of
   * the element wherever the default namespace is `sourceScope` (anywhere if that is undefined). '' = there is none. */
  readonly sourceText: string = ''
  readonly sourceFrom: number = 0
  readonly sourceTo: number = 0
  readonly sourceScope: string | undefined = undefined

  constructor(
    name: string,
    ns: string,
    attrs: readonly string[] = none,
    children: readonly Child[] = none,
    adopts = false,
  ) {
    this.name = name
    this.ns = ns
    this.attrs = attrs
    this.children = children
    this.adopts = adopts
  }

  /** The value of an attribute, named as in {@link attrs}. */
  attr(name: string): string | undefined {
    const { attrs } = this
    for (let i = 0; i < attrs.length; i += 2) if (attrs[i] === name) return attrs[i + 1]
    return undefined
  }

  /** Whether it has that name and, if given, that namespace. */
  is(name: string, ns?: string): boolean {
    return this.name === name && (ns === undefined || this.ns === ns)
  }

  /** The first child element of that name, in the same namespace unless another is given. */
  child(name: string, ns: string = this.ns): Element | undefined {
    for (const child of this.children) {
      if (typeof child !== 'string' && child.name === name && child.ns === ns) return child
    }
    return undefined
  }

  /** The child elements, without text. */
  elements(): Element[] {
    const found: Element[] = []
    for (const child of this.children) if (typeof child !== 'string') found.push(child)
    return found
  }

  /** The first child element, whatever it is: the payload of an IQ, the condition of an error. */
  firstElement(): Element | undefined {
    for (const child of this.children) if (typeof child !== 'string') return child
    return undefined
  }

  /** The text directly inside, concatenated; '' if there is none. */
  text(): string {
    const { children } = this
    const only = children[0]
    if (children.length === 1 && typeof only === 'string') return only
    let text = ''
    for (const child of children) if (typeof child === 'string') text += child
    return text
  }

  /** The text of {@link child}, undefined if there is no such child. */
  childText(name: string, ns: string = this.ns): string | undefined {
    return this.child(name, ns)?.text()
  }

  /**
   * A copy with other attributes and, if given, other children. `undefined` removes an attribute; a changed one keeps
   * its place, a new one goes last; `xmlns` moves the element itself, not its children. Children that are kept are
   * still forwarded verbatim. Throws a TypeError for an attribute name that XML does not allow.
   */
  with(attrs: Readonly<Record<string, string | undefined>>, children?: readonly Child[]): Element {
    const copy = this.attrs.slice()
    let { ns, adopts } = this
    for (const name of Object.keys(attrs)) {
      const value = attrs[name]
      if (name === 'xmlns') {
        ns = value ?? ''
        adopts = value === undefined
        continue
      }
      let at = 0
      while (at < copy.length && copy[at] !== name) at += 2
      if (value === undefined) {
        if (at < copy.length) copy.splice(at, 2)
      } else if (at < copy.length) {
        copy[at + 1] = value
      } else {
        copy.push(attributeName(name), value)
      }
    }
    const inside = children === undefined ? this.children : gather(children, ns, adopts)
    return new Element(this.name, ns, copy, inside, adopts)
  }
}

/**
 * Builds an element: `xml('iq', { xmlns: 'jabber:client', type: 'result' }, child, 'text', undefined)`.
 * Undefined attributes and children are skipped. Without `xmlns` it adopts the namespace of the element it is put into.
 * Throws a TypeError for a name that XML does not allow.
 */
export function xml(
  name: string,
  attrs?: AttributeValues | null,
  ...children: (Child | undefined | null | readonly (Child | undefined)[])[]
): Element {
  let ns = ''
  let adopts = true
  const flat: string[] = []
  if (attrs !== null && attrs !== undefined) {
    for (const key of Object.keys(attrs)) {
      const value = attrs[key]
      if (value === undefined) continue
      if (key === 'xmlns') {
        ns = String(value)
        adopts = false
      } else {
        flat.push(attributeName(key), String(value))
      }
    }
  }
  return new Element(elementName(name), ns, flat, gather(children, ns, adopts), adopts)
}

/** Flattens lists, joins neighbouring text and hands the namespace down to children that have none of their own. */
function gather(
  given: readonly (Child | undefined | null | readonly (Child | undefined)[])[],
  ns: string,
  adopts: boolean,
): readonly Child[] {
  if (given.length === 0) return none
  const children: Child[] = []
  const add = (child: Child | undefined | null) => {
    if (child === undefined || child === null || child === '') return
    const last = children.length - 1
    const before = children[last]
    if (typeof child !== 'string') children.push(adopts ? child : adopted(child, ns))
    else if (typeof before === 'string') children[last] = before + child
    else children.push(child)
  }
  for (const child of given) {
    if (Array.isArray(child)) for (const inner of child) add(inner)
    else add(child as Child | undefined | null)
  }
  return children
}

function adopted(el: Element, ns: string): Element {
  if (!el.adopts) return el
  const children = el.children.map(child => (typeof child === 'string' ? child : adopted(child, ns)))
  return new Element(el.name, ns, el.attrs, children)
}

/** For the parser, as it closes an element: the source text may stand for it. */
export function rememberSource(el: Element, text: string, from: number, to: number, scope: string | undefined): void {
  const own = el as { -readonly [K in 'sourceText' | 'sourceFrom' | 'sourceTo' | 'sourceScope']: Element[K] }
  own.sourceText = text
  own.sourceFrom = from
  own.sourceTo = to
  own.sourceScope = scope
}
