import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Log } from '../../operations/log.ts'
import { domainOf, parseJid, prepareDomain } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { StreamProblem } from '../../protocol/problems.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { type Declared, type StreamEvents, StreamParser, XmlError, type XmlLimits } from '../../protocol/xml/parser.ts'
import { escapeAttr, write } from '../../protocol/xml/write.ts'
import type { Post } from '../../routing/post.ts'
import { PacedWriter } from '../writer.ts'
import { accept, asOurs } from './namespace.ts'

export interface ComponentStreamParts {
  readonly log: Log
  readonly post: Pick<Post, 'route'>
  /** Before the handshake, and after. */
  readonly strangers: XmlLimits
  readonly known: XmlLimits
  readonly loginSeconds: number
  /** The secret of a domain; undefined if it is not one of a component. */
  secretOf(domain: string): string | undefined
  /** It has proved to be the component of that domain. */
  accepted(domain: string, stream: ComponentStream): void
  /** Nothing can be sent to it any longer; called once. */
  left(stream: ComponentStream): void
  /** The connection is gone; called once. */
  closed(stream: ComponentStream): void
}

/** What may wait for a component that does not read; with more it is taken for lost. */
const maxWaiting = 16 * 1024 * 1024
const farewellMs = 5_000

/** One connection of a component (XEP-0114#proto). */
export class ComponentStream implements StreamEvents {
  readonly #parts: ComponentStreamParts
  readonly #socket: Socket
  readonly #parser: StreamParser
  readonly #writer: PacedWriter
  readonly #id = randomBytes(12).toString('hex')
  readonly #late: NodeJS.Timeout
  #domain: string | undefined
  #accepted = false
  #opened = false
  #over = false

  constructor(parts: ComponentStreamParts, socket: Socket) {
    this.#parts = parts
    this.#socket = socket
    this.#parser = new StreamParser(this, parts.strangers)
    this.#writer = new PacedWriter(socket)
    this.#late = setTimeout(
      () => this.end(new StreamProblem('connection-timeout', 'There was no handshake.')),
      parts.loginSeconds * 1000,
    )
    this.#late.unref()
    socket.setKeepAlive(true, 60_000)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearTimeout(this.#late)
      this.#leave()
      parts.closed(this)
    })
  }

  /** Has it proved to be a component? */
  get accepted(): boolean {
    return this.#accepted
  }

  /** Cuts the connection without a word. */
  drop(): void {
    this.#leave()
    this.#writer.drop()
    this.#socket.destroy()
  }

  send(stanza: Element): void {
    if (this.#over) return
    // The text of a stanza is the same in every content namespace.
    this.#writer.send(write(stanza))
    if (this.#writer.waitingBytes <= maxWaiting) return
    this.#parts.log.warning('a component did not read what it was sent; its connection is closed')
    this.drop()
  }

  end(problem?: StreamProblem): void {
    if (this.#over) return
    if (!this.#opened) this.#begin()
    this.#leave()
    const children = problem?.element().children.map(child => (typeof child === 'string' ? child : write(child))) ?? []
    const error = problem === undefined ? '' : `<stream:error>${children.join('')}</stream:error>`
    this.#writer.end(`${error}</stream:stream>`)
    setTimeout(() => this.#socket.destroy(), farewellMs).unref()
  }

  #leave(): void {
    if (this.#over) return
    this.#over = true
    this.#parts.left(this)
  }

  // StreamEvents

  open(header: Element, { defaultNamespace }: Declared): void {
    const domain = prepareDomain(header.attr('to') ?? '')
    if (domain !== undefined && this.#parts.secretOf(domain) !== undefined) this.#domain = domain
    this.#begin()
    if (!header.is('stream', NS.streams) || defaultNamespace !== accept) {
      throw new StreamProblem('invalid-namespace', `Components speak ${accept} here.`)
    }
    if (this.#domain === undefined) throw new StreamProblem('host-unknown', 'There is no component of that name.')
  }

  element(element: Element): void {
    if (this.#over) return
    if (!this.#accepted) this.#handshake(element)
    else this.#stanza(element)
  }

  close(): void {
    this.end()
  }

  #read(chunk: Buffer): void {
    if (this.#over) return
    try {
      this.#parser.push(chunk)
    } catch (thrown) {
      if (thrown instanceof StreamProblem) this.end(thrown)
      else if (thrown instanceof XmlError) this.end(new StreamProblem(thrown.condition, thrown.message))
      else {
        this.#parts.log.bug('a component’s stream failed', thrown)
        this.end(new StreamProblem('internal-server-error'))
      }
    }
  }

  #begin(): void {
    this.#opened = true
    const from = this.#domain === undefined ? '' : ` from='${escapeAttr(this.#domain)}'`
    this.#writer.send(
      `<?xml version='1.0'?><stream:stream xmlns='${accept}' xmlns:stream='${NS.streams}' id='${this.#id}'${from}>`,
    )
  }

  #handshake(element: Element): void {
    const secret = this.#parts.secretOf(this.#domain ?? '')
    const right = Buffer.from(hash('sha1', this.#id + (secret ?? '')))
    const said = Buffer.from(element.text().trim())
    const proved = element.is('handshake', accept) && said.length === right.length && timingSafeEqual(said, right)
    if (secret === undefined || !proved) throw new StreamProblem('not-authorized', 'The secret is wrong.')
    clearTimeout(this.#late)
    this.#accepted = true
    this.#parser.limits = this.#parts.known
    this.#writer.send('<handshake/>')
    this.#parts.accepted(this.#domain as string, this)
  }

  #stanza(element: Element): void {
    if (element.ns !== accept || !['message', 'presence', 'iq'].includes(element.name)) {
      throw new StreamProblem('unsupported-stanza-type', 'There are three kinds of stanza: message, presence and iq.')
    }
    const from = parseJid(element.attr('from') ?? '')
    const to = parseJid(element.attr('to') ?? '')
    if (from === undefined || to === undefined) {
      throw new StreamProblem('improper-addressing', 'A stanza of a component has a from and a to.')
    }
    // XEP-0114#proto: in anybody's name at its own domain, and in nobody else's.
    if (domainOf(from) !== this.#domain) {
      throw new StreamProblem('invalid-from', 'A component speaks for its own domain only.')
    }
    this.#parts.post.route(asOurs(element).with({ from, to }), from, to)
  }
}
