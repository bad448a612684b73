import type { Socket } from 'node:net'
import { connect, type SecureContext, type TLSSocket } from 'node:tls'
import type { TlsDoor, Upgrading } from '../connections/tls.ts'
import { PacedWriter } from '../connections/writer.ts'
import type { Element } from '../protocol/xml/element.ts'
import { type Declared, type StreamEvents, StreamParser, type XmlLimits } from '../protocol/xml/parser.ts'

/** Who talks over a wire. What it throws while it is told something, it is told as a failure. */
export interface WireEvents {
  opened(header: Element, declared: Declared): void
  element(element: Element): void
  /** The other side has closed its stream. */
  ended(): void
  failed(thrown: unknown): void
  /** The connection is encrypted now. */
  secured(): void
  /** So many bytes have arrived. */
  heard(bytes: number): void
  /** The connection is gone; called once. */
  gone(): void
}

/** How long the other side has to close after us. */
const farewellMs = 5_000

/** One connection between servers, from either side: bytes, elements, encryption. Knows nothing of what is said. */
export class PeerWire implements StreamEvents, Upgrading {
  readonly #events: WireEvents
  readonly #raw: Socket
  #socket: Socket
  #tls: TLSSocket | undefined
  readonly #parser: StreamParser
  readonly #writer: PacedWriter
  #deaf = false
  #gone = false
  #paused = false

  constructor(socket: Socket, events: WireEvents, limits: XmlLimits) {
    this.#events = events
    this.#raw = socket
    this.#socket = socket
    this.#parser = new StreamParser(this, limits, true)
    this.#writer = new PacedWriter(socket)
    socket.setKeepAlive(true, 60_000)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#closed())
  }

  get tls(): TLSSocket | undefined {
    return this.#tls
  }

  get waitingBytes(): number {
    return this.#writer.waitingBytes
  }

  set limits(limits: XmlLimits) {
    this.#parser.limits = limits
  }

  /** Begins to read. */
  start(): void {
    this.#raw.on('data', this.#arrived)
  }

  write(text: string): void {
    this.#writer.send(text)
  }

  whenWritten(then: () => void): void {
    this.#writer.whenWritten(then)
  }

  whenDrained(then: () => void): void {
    this.#writer.whenDrained(then)
  }

  pause(): void {
    if (this.#paused || this.#deaf) return
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#socket.resume()
  }

  /** What arrives next is a new stream. To be called while an element is being told. */
  restart(): void {
    this.#parser.reset()
  }

  /** As the side that was connected to: says `proceed`, if anything has to be said, and encrypts. */
  answerTls(door: TlsDoor, proceed = ''): void {
    this.#beforeTls(proceed, () => door.encrypt(this.#raw, this))
  }

  /** As the side that connected. Whom the certificate is for is looked at later. */
  beginTls(secureContext: SecureContext, servername: string, protocols: readonly string[]): void {
    this.#beforeTls('', () => {
      const socket = connect({
        socket: this.#raw,
        secureContext,
        servername,
        ALPNProtocols: [...protocols],
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
      })
      socket.on('error', () => this.destroy())
      socket.once('secureConnect', () => this.secured(socket))
    })
  }

  #beforeTls(proceed: string, begin: () => void): void {
    this.#parser.stop()
    this.#raw.removeListener('data', this.#arrived)
    this.#raw.pause()
    this.#writer.send(proceed)
    this.#writer.flush()
    this.#writer.whenDrained(() => {
      if (!this.#deaf) begin()
    })
  }

  secured(socket: TLSSocket): void {
    if (this.#deaf) {
      socket.destroy()
      return
    }
    this.#tls = socket
    this.#socket = socket
    this.#writer.moveTo(socket)
    this.#parser.reset()
    socket.on('error', () => undefined)
    socket.on('close', () => this.#closed())
    try {
      this.#events.secured()
    } catch (thrown) {
      this.#events.failed(thrown)
    }
    socket.on('data', this.#arrived)
    if (this.#paused) socket.pause()
  }

  /** Hears nothing more, says goodbye and closes. */
  end(text: string): void {
    if (this.#deaf) return
    this.#hush()
    this.#writer.end(text)
    this.#paused = false
    this.#socket.resume()
    setTimeout(() => this.destroy(), farewellMs).unref()
  }

  destroy(): void {
    this.#hush()
    this.#writer.drop()
    this.#socket.destroy()
    this.#raw.destroy()
  }

  // StreamEvents

  open(header: Element, declared: Declared): void {
    this.#events.opened(header, declared)
  }

  element(element: Element): void {
    this.#events.element(element)
  }

  close(): void {
    this.#events.ended()
  }

  readonly #arrived = (chunk: Buffer): void => {
    if (this.#deaf) return
    this.#events.heard(chunk.length)
    try {
      this.#parser.push(chunk)
    } catch (thrown) {
      this.#events.failed(thrown)
    }
  }

  #closed(): void {
    if (this.#gone) return
    this.#gone = true
    this.#hush()
    this.#raw.destroy()
    this.#events.gone()
  }

  #hush(): void {
    if (this.#deaf) return
    this.#deaf = true
    this.#parser.stop()
  }
}
