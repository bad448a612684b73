import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ChannelBindings } from '../accounts/sign-in/types.ts'
import type { NetworkKey } from '../operations/limits.ts'
import { NS } from '../protocol/namespaces.ts'
import { StreamProblem } from '../protocol/problems.ts'
import type { Element } from '../protocol/xml/element.ts'
import { type Declared, type StreamEvents, StreamParser, type XmlLimits } from '../protocol/xml/parser.ts'
import { escapeAttr } from '../protocol/xml/write.ts'
import { bindingKindOf, bindingsOf } from './bindings.ts'
import type { Clock } from './sweep.ts'
import type { TlsDoor, Upgrading } from './tls.ts'
import type { Carried, CarryingTransport, StreamOpening } from './transport.ts'
import { PacedWriter } from './writer.ts'

/** What all connections of a service have in common. */
export interface TcpParts {
  readonly door: TlsDoor
  readonly clock: Clock
  /** Before signing in, and after. */
  readonly strangers: XmlLimits
  readonly people: XmlLimits
  /** All that may arrive before signing in. */
  readonly strangersBytes: number
  /** The connection is gone; called once. */
  closed(transport: TcpTransport): void
}

export interface TcpConnection {
  readonly socket: Socket
  readonly network: NetworkKey
  readonly loopback: boolean
  /** To be called when the connection is gone. */
  readonly release: () => void
  readonly carry: (transport: TcpTransport) => Carried
}

/** Handlers are shared by all sockets; this leads from a socket to its transport. */
const carrier = Symbol('carrier')
type CarrierSocket = Socket & { [carrier]?: TcpTransport }

function onData(this: CarrierSocket, chunk: Buffer): void {
  this[carrier]?.arrived(chunk)
}

function onClose(this: CarrierSocket): void {
  this[carrier]?.gone()
}

/** What went wrong with a connection matters to nobody; that it is closed is told by 'close'. */
function onError(): void {}

/** A stream over TCP, with or without TLS (RFC 6120 §3). */
export class TcpTransport implements CarryingTransport, StreamEvents, Upgrading {
  readonly carried: Carried
  readonly release: () => void
  readonly network: NetworkKey
  readonly loopback: boolean
  heardAt: number
  encrypted = false
  bindingKind = 0
  readonly #parts: TcpParts
  /** As it was accepted; `#socket` is the encrypted one around it, once there is one. */
  readonly #raw: Socket
  #socket: Socket
  readonly #parser: StreamParser
  readonly #writer: PacedWriter
  /** Nothing that arrives matters any longer. */
  #deaf = false
  #upgrading = false
  #established = false
  #paused = false
  #strangersBytes = 0
  /** What arrived before signing in and waits for the answer to what came before it (XEP-0305). */
  #rest: Buffer | undefined = undefined

  constructor(parts: TcpParts, { socket, network, loopback, release, carry }: TcpConnection) {
    this.release = release
    this.network = network
    this.loopback = loopback
    this.heardAt = parts.clock.now
    this.#parts = parts
    this.#raw = socket
    this.#socket = socket
    this.#parser = new StreamParser(this, parts.strangers)
    this.#writer = new PacedWriter(socket)
    this.carried = carry(this)
    const own = socket as CarrierSocket
    own[carrier] = this
    own.on('close', onClose)
    own.on('error', onError)
  }

  /** Begins to read, or to encrypt where TLS comes first (XEP-0368). */
  start(encryptFirst: boolean): void {
    if (encryptFirst) this.#encrypt()
    else this.#raw.on('data', onData)
  }

  get upgradable(): boolean {
    return !this.encrypted && !this.#upgrading
  }

  get bindings(): ChannelBindings {
    return bindingsOf(this.#socket as TLSSocket, this.bindingKind)
  }

  get waitingBytes(): number {
    return this.#writer.waitingBytes
  }

  begin({ id, from, to }: StreamOpening): void {
    const addressed = to === undefined ? '' : ` to='${escapeAttr(to)}'`
    this.#writer.send(
      `<?xml version='1.0'?><stream:stream xmlns='${NS.client}' xmlns:stream='${NS.streams}' id='${escapeAttr(id)}'` +
        ` from='${escapeAttr(from)}'${addressed} version='1.0' xml:lang='en'>`,
    )
  }

  write(text: string, patienceMs?: number): void {
    this.#writer.send(text, patienceMs)
  }

  writeStreamElement(name: 'features' | 'error', children: string): void {
    this.#writer.send(`<stream:${name}>${children}</stream:${name}>`)
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
    const rest = this.#rest
    if (rest !== undefined) {
      this.#rest = undefined
      this.#read(rest)
    }
    if (!this.#paused || this.#rest !== undefined || this.#upgrading) return
    this.#paused = false
    this.#socket.resume()
  }

  establish(): void {
    this.#established = true
    this.#parser.limits = this.#parts.people
  }

  restart(): void {
    this.#parser.reset()
  }

  startTls(proceed: string): void {
    this.#upgrading = true
    this.#rest = undefined
    this.#parser.stop()
    this.#raw.removeListener('data', onData)
    this.#raw.pause()
    this.#writer.send(proceed)
    this.#writer.flush()
    this.#writer.whenDrained(() => {
      if (!this.#deaf) this.#encrypt()
    })
  }

  end(): void {
    if (this.#upgrading) {
      this.destroy()
      return
    }
    this.#hush()
    this.#writer.end('</stream:stream>')
    // Reading goes on, so that the other end's farewell is noticed.
    this.#paused = false
    this.#socket.resume()
  }

  destroy(): void {
    this.#hush()
    this.#writer.drop()
    this.#socket.destroy()
    this.#raw.destroy()
  }

  /** For the shared handlers: bytes. */
  arrived(chunk: Buffer): void {
    if (this.#deaf) return
    this.heardAt = this.#parts.clock.now
    if (this.#established) this.carried.heard(chunk.length)
    this.#read(chunk)
  }

  /** For the shared handlers: the connection is closed. */
  gone(): void {
    this.#hush()
    this.#parts.closed(this)
    this.carried.gone()
  }

  swept(now: number): void {
    this.carried.swept(now)
  }

  secured(socket: TLSSocket): void {
    if (this.#deaf) {
      socket.destroy()
      return
    }
    this.#upgrading = false
    this.encrypted = true
    this.bindingKind = bindingKindOf(socket, this.#parts.door)
    this.#socket = socket
    this.#writer.moveTo(socket)
    this.#parser.reset()
    const own = socket as CarrierSocket
    own[carrier] = this
    own.on('error', onError)
    own.on('data', onData)
  }

  open(header: Element, declared: Declared): void {
    if (header.ns !== NS.streams) throw new StreamProblem('invalid-namespace', 'This is no XMPP stream.')
    if (header.name !== 'stream') throw new StreamProblem('bad-format', 'A stream begins with <stream:stream>.')
    if (declared.defaultNamespace !== NS.client)
      throw new StreamProblem('invalid-namespace', `The streams of clients are in the namespace ${NS.client}.`)
    this.carried.opened(header)
  }

  element(element: Element): void {
    this.carried.element(element)
  }

  close(): void {
    this.carried.ended()
  }

  #read(chunk: Buffer): void {
    try {
      if (this.#established) this.#parser.push(chunk)
      else this.#readOfStranger(chunk)
    } catch (thrown) {
      this.carried.failed(thrown)
    }
  }

  /**
   * Before signing in, what follows an element may depend on the answer to it: it may be a new stream, or must not be
   * read at all. So nothing behind an element is looked at until the element has been dealt with.
   */
  #readOfStranger(chunk: Buffer): void {
    let bytes = chunk
    if (this.#rest !== undefined) {
      bytes = Buffer.concat([this.#rest, chunk])
      this.#rest = undefined
    }
    let at = 0
    while (at < bytes.length && !this.#deaf && !this.#upgrading) {
      if (this.#established) {
        this.#parser.push(bytes.subarray(at))
        return
      }
      if (this.carried.busy) {
        this.#rest = bytes.subarray(at)
        this.pause()
        return
      }
      const end = bytes.indexOf(0x3e, at)
      const to = end < 0 ? bytes.length : end + 1
      this.#strangersBytes += to - at
      if (this.#strangersBytes > this.#parts.strangersBytes)
        throw new StreamProblem('policy-violation', 'Too much was sent without signing in.')
      this.#parser.push(bytes.subarray(at, to))
      at = to
    }
  }

  #encrypt(): void {
    this.#upgrading = true
    this.#parts.door.encrypt(this.#raw, this)
  }

  #hush(): void {
    if (this.#deaf) return
    this.#deaf = true
    this.#rest = undefined
    this.#parser.stop()
  }
}
