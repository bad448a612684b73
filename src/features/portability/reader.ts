/**
 * Reads XEP-0227 files as they come, in pieces: no more of one is in memory than its largest element. Takes what Prosody,
 * ejabberd, Tigase and Sotto itself write, and the outdated namespace that old servers used.
 */

import type { Unreadable } from '../../accounts/import-report.ts'
import { NS } from '../../protocol/namespaces.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { StreamParser, XmlError, type XmlLimits } from '../../protocol/xml/parser.ts'

/** Something that stands in a file. */
export type Part =
  /** An account begins; what follows is of it. */
  | { readonly kind: 'user'; readonly host: string; readonly name: string }
  | { readonly kind: 'user ends' }
  /** `within`: the name of what it stands in: `query`, `archive` …; '' for a child of `<user/>` itself. */
  | { readonly kind: 'element'; readonly within: Element | undefined; readonly element: Element }
  /** XEP-0227#xinclude: another file belongs here. */
  | { readonly kind: 'include'; readonly href: string; readonly host: string; readonly inUser: boolean }

export class NotReadable extends Error {
  override readonly name = 'NotReadable'
  readonly because: Unreadable

  constructor(because: Unreadable) {
    super(`The file cannot be read: ${because}.`)
    this.because = because
  }
}

export const pie = 'urn:xmpp:pie:0'
/** Of drafts of XEP-0227 before 1.0, written by ejabberd for many years. */
const oldPie = 'http://www.xmpp.org/extensions/xep-0227.html#ns'
export const pieArchive = `${pie}#mam`
const xinclude = 'http://www.w3.org/2001/XInclude'
const pubsub = 'http://jabber.org/protocol/pubsub'

/** Children of `<user/>` that may be long: their children are read one by one. */
const long: ReadonlySet<string> = new Set([
  `{${pie}}offline-messages`,
  `{${oldPie}}offline-messages`,
  `{${pieArchive}}archive`,
  `{${NS.roster}}query`,
  '{jabber:iq:private}query',
  `{${pubsub}}pubsub`,
  `{${pubsub}#owner}pubsub`,
  '{urn:sotto:kept:0}kept',
  '{urn:sotto:rooms}rooms',
])

/** For a picture, or a message that carries one. */
const limits: XmlLimits = { stanzaBytes: 2 * 1024 * 1024, depth: 64, attributes: 200, nameLength: 1024 }

const levels = ['server-data', 'host', 'user'] as const

export class PortableReader {
  readonly #parser: StreamParser
  /** What is open. */
  #open: Element[] = []
  #found: Part[] = []
  #host = ''
  #ended = false
  #begun = false

  /** @param host of a file that begins with `<user/>` and so does not say it */
  constructor(host = '') {
    this.#host = host
    this.#parser = new StreamParser(
      { open: el => this.#opened(el), element: el => this.#element(el), close: () => this.#closed() },
      limits,
      false,
      el => this.#holds(el),
    )
  }

  /** What these bytes bring. @throws NotReadable */
  push(bytes: Uint8Array): readonly Part[] {
    if (!this.#begun && bytes.length > 0) {
      this.#begun = true
      // A ZIP archive, or a compressed file.
      if (bytes[0] === 0x50 || bytes[0] === 0x1f) throw new NotReadable('not this format')
    }
    try {
      this.#parser.push(bytes)
    } catch (thrown) {
      if (!(thrown instanceof XmlError)) throw thrown
      throw new NotReadable(thrown.condition === 'policy-violation' ? 'too large' : 'not xml')
    }
    const found = this.#found
    this.#found = []
    return found
  }

  /** There is no more. @throws NotReadable where there should be */
  end(): void {
    if (!this.#ended) throw new NotReadable(this.#begun ? 'cut off' : 'not xml')
  }

  #opened(el: Element): void {
    const level = levels.indexOf(el.name as 'user')
    if (this.#open.length === 0 && (level < 0 || !isPie(el))) throw new NotReadable('not this format')
    this.#open.push(el)
    if (!isPie(el)) return
    if (el.name === 'host') this.#host = el.attr('jid') ?? ''
    if (el.name === 'user') this.#found.push({ kind: 'user', host: this.#host, name: el.attr('name') ?? '' })
  }

  /** Asked about children of what is held itself. */
  #holds(el: Element): boolean {
    const around = this.#open.at(-1)
    if (around === undefined) return false
    if (isPie(around) && around.name === 'server-data') return isPie(el) && el.name === 'host'
    if (isPie(around) && around.name === 'host') return isPie(el) && el.name === 'user'
    if (isPie(around) && around.name === 'user') return long.has(`{${el.ns}}${el.name}`)
    return el.ns === pubsub && el.name === 'items' && around.ns === pubsub && around.name === 'pubsub'
  }

  #element(element: Element): void {
    const around = this.#open.at(-1)
    if (around === undefined) return
    const inUser = isPie(around) && around.name === 'user'
    if (element.is('include', xinclude) && (inUser || isPie(around))) {
      const href = element.attr('href')
      if (href !== undefined && element.attr('parse') === undefined && element.attr('xpointer') === undefined)
        this.#found.push({ kind: 'include', href, host: this.#host, inUser })
      return
    }
    if (isPie(around) && !inUser && around.name !== 'offline-messages') {
      // An account of which there is nothing: `<user name='…'/>`.
      if (around.name === 'host' && isPie(element) && element.name === 'user') {
        this.#found.push({ kind: 'user', host: this.#host, name: element.attr('name') ?? '' }, { kind: 'user ends' })
      }
      return
    }
    this.#found.push({ kind: 'element', within: inUser ? undefined : around, element })
  }

  #closed(): void {
    const closed = this.#open.pop()
    if (closed !== undefined && isPie(closed) && closed.name === 'user') this.#found.push({ kind: 'user ends' })
    if (this.#open.length === 0) this.#ended = true
  }
}

function isPie({ ns }: Element): boolean {
  return ns === pie || ns === oldPie
}
