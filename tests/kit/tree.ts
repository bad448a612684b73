/**
 * XML as the tests see it. It is read by saxes and not by the server's own parser, so that a fault of the one is not
 * hidden by the same fault of the other.
 */

import { SaxesParser } from 'saxes'

/** One element. Attributes without a prefix are under their name, others under `xml:lang` or `{namespace}name`. */
export class Tree {
  readonly name: string
  readonly ns: string
  readonly attrs: Readonly<Record<string, string>>
  readonly children: (Tree | string)[] = []

  constructor(name: string, ns: string, attrs: Readonly<Record<string, string>>) {
    this.name = name
    this.ns = ns
    this.attrs = attrs
  }

  attr(name: string): string | undefined {
    return this.attrs[name]
  }

  is(name: string, ns = this.ns): boolean {
    return this.name === name && this.ns === ns
  }

  elements(): Tree[] {
    return this.children.filter(child => child instanceof Tree)
  }

  /** The first child of that name; without a namespace, of that name in any. */
  child(name: string, ns?: string): Tree | undefined {
    return this.elements().find(each => each.name === name && (ns === undefined || each.ns === ns))
  }

  /** Like `child`, but throws if there is none. */
  need(name: string, ns?: string): Tree {
    const found = this.child(name, ns)
    if (found === undefined) throw new Error(`There is no <${name}> in ${show(this)}`)
    return found
  }

  /** Follows a path of names: `message.at('received', 'forwarded', 'message')`. Throws if a step leads nowhere. */
  at(...names: readonly string[]): Tree {
    return names.reduce<Tree>((tree, name) => tree.need(name), this)
  }

  text(): string {
    return this.children.filter(child => typeof child === 'string').join('')
  }

  /** Whether this or anything inside it passes the test. */
  holds(test: (tree: Tree) => boolean): boolean {
    return test(this) || this.elements().some(child => child.holds(test))
  }

  toString(): string {
    return show(this)
  }
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)
}

/** An element as text, for people: namespaces are shown where they change. */
export function show(tree: Tree, inScope = 'jabber:client'): string {
  const attrs = Object.entries(tree.attrs).map(([name, value]) => ` ${name}="${readable(value)}"`)
  if (tree.ns !== inScope) attrs.unshift(` xmlns="${tree.ns}"`)
  const inside = tree.children.map(child => (typeof child === 'string' ? readable(child) : show(child, tree.ns)))
  const open = `<${tree.name}${attrs.join('')}`
  return inside.length === 0 ? `${open}/>` : `${open}>${inside.join('')}</${tree.name}>`
}

function readable(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

export interface TreeEvents {
  open(header: Tree): void
  element(tree: Tree): void
  close(): void
  broken(error: Error): void
}

/** Reads one stream: its header, each element directly below it, its end. */
export class TreeReader {
  readonly #parser = new SaxesParser({ xmlns: true, position: false })
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  readonly #open: Tree[] = []

  constructor(events: TreeEvents) {
    this.#parser.on('error', error => events.broken(error))
    this.#parser.on('doctype', () => events.broken(new Error('a DOCTYPE in the stream (RFC 6120 §11.1)')))
    this.#parser.on('comment', () => events.broken(new Error('a comment in the stream (RFC 6120 §11.1)')))
    this.#parser.on('opentag', tag => {
      const attrs: Record<string, string> = {}
      for (const { prefix, local, uri, value } of Object.values(tag.attributes)) {
        if (prefix === 'xmlns' || (prefix === '' && local === 'xmlns')) continue
        attrs[prefix === '' ? local : prefix === 'xml' ? `xml:${local}` : `{${uri}}${local}`] = value
      }
      const tree = new Tree(tag.local, tag.uri, attrs)
      if (this.#open.length === 0) events.open(tree)
      else if (this.#open.length > 1) this.#open.at(-1)!.children.push(tree)
      this.#open.push(tree)
    })
    this.#parser.on('closetag', () => {
      const tree = this.#open.pop()!
      if (this.#open.length === 1) events.element(tree)
      if (this.#open.length === 0) events.close()
    })
    const text = (text: string) => {
      if (this.#open.length > 1) this.#open.at(-1)!.children.push(text)
    }
    this.#parser.on('text', text)
    this.#parser.on('cdata', text)
  }

  push(bytes: Uint8Array | string): void {
    this.#parser.write(typeof bytes === 'string' ? bytes : this.#decoder.decode(bytes, { stream: true }))
  }
}

/** The elements written in a piece of text, as if they stood in a client's stream. Throws if the text is not XML. */
export function parseTrees(text: string): Tree[] {
  const found: Tree[] = []
  const reader = new TreeReader({
    open: () => {},
    element: tree => found.push(tree),
    close: () => {},
    broken: error => {
      throw new Error(`This is not XML: ${error.message}\n${text}`)
    },
  })
  reader.push(
    `<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams">${text}</stream:stream>`,
  )
  return found
}
