/** The open elements of a stream: namespaces in scope, children gathered so far, source text that may be forwarded. */
import { type Child, Element, rememberSource, xmlNamespace } from './element.ts'
import { malformed } from './errors.ts'
import { keptNamespace, type Name } from './names.ts'

const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/'
/** The content namespaces of RFC 6120 §4.8.2. */
const client = 'jabber:client'
const server = 'jabber:server'
const none: readonly never[] = Object.freeze([])

/** A prefix bound to a namespace by the open element at `depth`, and the binding that it hides. */
interface Binding {
  readonly prefix: string
  readonly uri: string
  readonly depth: number
  readonly hidden: Binding | undefined
}

/** What the header of a stream declares besides its attributes. */
export interface Declared {
  /** The prefix of the header's own name, '' if it has none (RFC 6120 §4.8.5). */
  readonly prefix: string
  /** Its default namespace: the content namespace of the stream (RFC 6120 §4.8.2), '' if there is none. */
  readonly defaultNamespace: string
  readonly prefixes: ReadonlyMap<string, string>
}

/** The header of a stream: an element without children, and its declarations. */
export interface Header {
  readonly element: Element
  readonly declared: Declared
}

interface Frame {
  name: Name
  ns: string
  /** The default namespace inside. */
  inner: string
  attrs: readonly string[]
  children: Child[] | undefined
  declared: Binding[] | undefined
  /** Where its `<` was, and in which chunk. */
  from: number
  chunk: number
  /** The least depth of an element whose prefix declaration was used inside. */
  outermost: number
  declaresDefault: boolean
}

const noElement: Name = { qualified: '\0', prefix: '', local: '', codes: [0] }

/** A stack of open elements; the header of the stream is at depth 0, a stanza at depth 1. */
export class Tree {
  /** Number of open elements. */
  depth = 0
  #frames: Frame[] = []
  readonly #prefixes = new Map<string, Binding>()
  /** The first `#count` of these are the attributes of the tag being read, as in an Element. */
  #attrs: string[] = []
  #count = 0
  #prefixed: Name[] | undefined
  #declared: Binding[] | undefined
  #default: string | undefined
  /** What servers say to each other is read as if clients had said it: the stanzas are the same (RFC 6120 §4.8.3). */
  readonly #amongServers: boolean
  #translatedHeader = false

  constructor(amongServers = false) {
    this.#amongServers = amongServers
  }

  /** As if inside a stream with this default namespace, and with these prefixes. */
  enter(inScope: string, prefixes: Readonly<Record<string, string>>): void {
    const declared: Binding[] = []
    for (const [prefix, uri] of Object.entries(prefixes)) declared.push({ prefix, uri, depth: 0, hidden: undefined })
    for (const binding of declared) this.#prefixes.set(binding.prefix, binding)
    this.#push(noElement, '', inScope, none, declared, -1, -1)
  }

  /** The name that the next end tag must have. */
  get expected(): Name {
    return (this.#frames[this.depth - 1] as Frame).name
  }

  /** Adds an attribute of the tag being read; its name is known to be new there. */
  attribute(name: Name, value: string): void {
    if (name.prefix === '' && name.local !== 'xmlns') {
      this.#add(name.local, value)
    } else if (name.prefix === 'xml') {
      this.#add(name.qualified, value)
    } else if (name.prefix === '') {
      checkDeclaration('', value)
      this.#default = keptNamespace(value)
    } else if (name.prefix === 'xmlns') {
      checkDeclaration(name.local, value)
      if (name.local === 'xml') return
      this.#declared ??= []
      const uri = keptNamespace(value)
      this.#declared.push({ prefix: name.local, uri, depth: this.depth, hidden: this.#prefixes.get(name.local) })
    } else {
      this.#prefixed ??= []
      this.#prefixed.push(name)
      this.#add(name.qualified, value)
    }
  }

  #add(name: string, value: string): void {
    this.#attrs[this.#count++] = name
    this.#attrs[this.#count++] = value
  }

  #takeAttributes(): string[] {
    const attrs = this.#attrs.slice(0, this.#count)
    // A quiet connection must not keep its last values in memory.
    for (let i = 1; i < this.#count; i += 2) this.#attrs[i] = ''
    this.#count = 0
    return attrs
  }

  /** The attributes are complete: resolves the prefixes and opens the element. Throws an XmlError for unbound ones. */
  open(name: Name, from: number, chunk: number): void {
    const outside = this.depth === 0 ? '' : (this.#frames[this.depth - 1] as Frame).inner
    const translated = this.#amongServers && this.#default === server
    if (translated) {
      this.#default = client
      if (this.depth === 0) this.#translatedHeader = true
    }
    const inner = this.#default ?? outside
    const declared = this.#declared
    if (declared !== undefined) for (const binding of declared) this.#prefixes.set(binding.prefix, binding)
    const attrs = this.#count === 0 ? none : this.#takeAttributes()
    const prefixed = this.#prefixed
    const declaresDefault = this.#default !== undefined
    this.#prefixed = undefined
    this.#declared = undefined
    this.#default = undefined
    const frame = this.#push(name, '', inner, attrs, declared, from, chunk)
    frame.declaresDefault = declaresDefault
    // Its source says something else.
    if (translated && this.depth > 1) frame.outermost = -1
    frame.ns = name.prefix === '' ? inner : this.#resolve(name.prefix, frame)
    if (prefixed !== undefined) this.#resolveAttributes(attrs as string[], prefixed, frame)
  }

  /** Adds text to the innermost open element. */
  text(text: string): void {
    const frame = this.#frames[this.depth - 1] as Frame
    if (frame.children === undefined) frame.children = [text]
    else frame.children.push(text)
  }

  /**
   * Closes the innermost element, whose source ends before index `to` of `source`, chunk number `chunk`.
   * @param base as many elements are open that do not gather their children
   */
  close(source: string, to: number, chunk: number, base: number): Element {
    const depth = --this.depth
    const frame = this.#frames[depth] as Frame
    const el = new Element(frame.name.local, frame.ns, frame.attrs, frame.children ?? none)
    if (frame.declared !== undefined) this.#undeclare(frame.declared)
    if (depth > 0) {
      const parent = this.#frames[depth - 1] as Frame
      if (frame.chunk === chunk && frame.outermost >= depth) {
        rememberSource(el, source, frame.from, to, frame.declaresDefault ? undefined : parent.inner)
      }
      if (frame.outermost < parent.outermost) parent.outermost = frame.outermost
      if (depth > base) {
        if (parent.children === undefined) parent.children = [el]
        else parent.children.push(el)
      }
    }
    // A quiet connection must not keep its last stanza in memory.
    frame.attrs = none
    frame.children = undefined
    frame.declared = undefined
    return el
  }

  /** The innermost element, of which nothing but the tag is known yet. */
  opened(): Element {
    const { name, ns, attrs } = this.#frames[this.depth - 1] as Frame
    return new Element(name.local, ns, attrs)
  }

  /** The innermost element as a header: what is inside is told apart from it. */
  header(): Header {
    const frame = this.#frames[this.depth - 1] as Frame
    const prefixes = new Map<string, string>()
    for (const { prefix, uri } of frame.declared ?? []) prefixes.set(prefix, uri)
    const defaultNamespace = this.#translatedHeader ? server : frame.inner
    const declared = { prefix: frame.name.prefix, defaultNamespace, prefixes }
    const element = new Element(frame.name.local, frame.ns, frame.attrs)
    // The stream may last for days; its first chunk need not.
    frame.attrs = none
    return { element, declared }
  }

  #push(
    name: Name,
    ns: string,
    inner: string,
    attrs: readonly string[],
    declared: Binding[] | undefined,
    from: number,
    chunk: number,
  ): Frame {
    const outermost = this.depth
    let frame = this.#frames[this.depth]
    if (frame === undefined) {
      frame = { name, ns, inner, attrs, children: undefined, declared, from, chunk, outermost, declaresDefault: false }
      this.#frames.push(frame)
    } else {
      frame.name = name
      frame.inner = inner
      frame.attrs = attrs
      frame.declared = declared
      frame.from = from
      frame.chunk = chunk
      frame.outermost = outermost
    }
    this.depth++
    return frame
  }

  #undeclare(declared: readonly Binding[]): void {
    for (const { prefix, hidden } of declared) {
      if (hidden === undefined) this.#prefixes.delete(prefix)
      else this.#prefixes.set(prefix, hidden)
    }
  }

  #resolve(prefix: string, frame: Frame): string {
    if (prefix === 'xml') return xmlNamespace
    const binding = this.#prefixes.get(prefix)
    // RFC 6120 §11.3: what is not namespace-well-formed is not-well-formed; bad-namespace-prefix is for prefixes that
    // are declared and not supported (RFC 6120 §4.9.3.2).
    if (binding === undefined) throw malformed('A namespace prefix is used that has not been declared.')
    if (binding.depth < frame.outermost) frame.outermost = binding.depth
    if (!this.#amongServers || binding.uri !== server) return binding.uri
    frame.outermost = -1
    return client
  }

  /** Namespaces in XML 1.0 §6.3: no two attributes with the same local name and namespace. */
  #resolveAttributes(attrs: string[], prefixed: readonly Name[], frame: Frame): void {
    const seen = new Set<string>()
    let next = 0
    for (let i = 0; i < attrs.length; i += 2) {
      const name = prefixed[next]
      if (name === undefined) return
      if (attrs[i] !== name.qualified) continue
      next++
      const resolved = `{${this.#resolve(name.prefix, frame)}}${name.local}`
      if (seen.has(resolved)) throw malformed('An element has the same attribute twice.')
      seen.add(resolved)
      attrs[i] = resolved
    }
  }
}

/** Namespaces in XML 1.0 §3 and §5: what may be bound to what. */
function checkDeclaration(prefix: string, uri: string): void {
  // Namespaces in XML 1.0 §2: a namespace is a URI, and those have no white space around them. Some parsers cut it off
  // and then see an undeclared prefix or an attribute twice; what we forward must not end the stream of a recipient.
  if (uri !== uri.trim()) throw malformed('A namespace has white space around it.')
  if (prefix === 'xml' ? uri !== xmlNamespace : uri === xmlNamespace) {
    throw malformed('The prefix xml and its namespace belong together and cannot be bound otherwise.')
  }
  if (uri === xmlnsNamespace) throw malformed('The namespace of namespace declarations cannot be bound.')
  if (uri === '' && prefix !== '') throw malformed('A namespace prefix cannot be undeclared.')
}
