import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ChannelBindings } from '../../accounts/sign-in/types.ts'
import type { NetworkKey } from '../../operations/limits.ts'
import { NS } from '../../protocol/namespaces.ts'
import { StreamProblem } from '../../protocol/problems.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { type StreamEvents, StreamParser } from '../../protocol/xml/parser.ts'
import { escapeAttr } from '../../protocol/xml/write.ts'
import { bindingsOf } from '../bindings.ts'
import type { ReceptionLimits } from '../clients/reception.ts'
import { standingAlone } from '../framed-text.ts'
import type { Clock } from '../sweep.ts'
import type { Carried, CarryingTransport, StreamOpening, Transport } from '../transport.ts'
import { PacedWriter } from '../writer.ts'
import {
  Closing,
  closingFrame,
  controlFrame,
  encodeMessages,
  FrameError,
  type FrameEvents,
  FrameReader,
  Opcode,
  textMessage,
} from './frames.ts'

export const framingNs = 'urn:ietf:params:xml:ns:xmpp-framing'

export interface WebSocketParts {
  readonly clock: Clock
  readonly limits: ReceptionLimits
  carry(transport: Transport): Carried
  /** The connection is gone; called once. */
  closed(transport: WebSocketTransport): void
}

export interface WebSocketConnection {
  readonly socket: Socket
  readonly network: NetworkKey
  readonly loopback: boolean
  readonly bindingKind: number
  /** To be called when the connection is gone. */
  readonly release: () => void
}

/** After this long without a word the client is pinged, so that nothing on the way takes the connection for dead. */
const pingSeconds = 55

/** What stands around the messages for the parser, which reads streams. Namespaces in it are those of a client's. */
const surroundings = Buffer.from(`<stream:stream xmlns='${NS.client}' xmlns:stream='${NS.streams}'>`)

/** A stream over WebSocket (RFC 7395): each message is one element, and `<open/>` and `<close/>` stand for the header. */
export class WebSocketTransport implements CarryingTransport, StreamEvents, FrameEvents {
  readonly carried: Carried
  readonly network: NetworkKey
  readonly loopback: boolean
  readonly encrypted = true
  readonly upgradable = false
  readonly bindingKind: number
  readonly release: () => void
  heardAt: number
  readonly #parts: WebSocketParts
  readonly #socket: Socket
  readonly #parser: StreamParser
  readonly #frames: FrameReader
  readonly #writer: PacedWriter
  #deaf = false
  #established = false
  #paused = false
  #opened = false
  #pingedAt = 0
  #strangersBytes = 0
  /** The one element of the message that is being read. */
  #element: Element | undefined = undefined
  #rest: Buffer | undefined = undefined
  #closing: number = Closing.normal

  constructor(parts: WebSocketParts, { socket, network, loopback, bindingKind, release }: WebSocketConnection) {
    this.#parts = parts
    this.#socket = socket
    this.network = network
    this.loopback = loopback
    this.bindingKind = bindingKind
    this.release = release
    this.heardAt = parts.clock.now
    this.#parser = new StreamParser(this, parts.limits.strangers)
    this.#parser.push(surroundings)
    this.#frames = new FrameReader(this)
    this.#writer = new PacedWriter(socket, encodeMessages)
    this.carried = parts.carry(this)
    socket.on('error', ignore)
    socket.on('close', () => this.#gone())
    socket.on('data', (chunk: Buffer) => this.#arrived(chunk))
  }

  get bindings(): ChannelBindings {
    return bindingsOf(this.#socket as TLSSocket, this.bindingKind)
  }

  get waitingBytes(): number {
    return this.#writer.waitingBytes
  }

  /** Bytes that came right behind the request. */
  begins(head: Buffer): void {
    if (head.length > 0) this.#arrived(head)
  }

  begin({ id, from, to }: StreamOpening): void {
    const addressed = to === undefined ? '' : ` to='${escapeAttr(to)}'`
    this.#writer.send(
      textMessage(
        `<open xmlns='${framingNs}' id='${escapeAttr(id)}' from='${escapeAttr(from)}'${addressed} version='1.0' xml:lang='en'/>`,
      ),
    )
  }

  write(text: string, patienceMs?: number): void {
    this.#writer.send(textMessage(standingAlone(text)), patienceMs)
  }

  writeStreamElement(name: 'features' | 'error', children: string): void {
    // RFC 7395 §3.3.2: the prefix is not declared anywhere else.
    this.#writer.send(textMessage(`<stream:${name} xmlns:stream='${NS.streams}'>${children}</stream:${name}>`))
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
    if (!this.#paused || this.#rest !== undefined) return
    this.#paused = false
    this.#socket.resume()
  }

  establish(): void {
    this.#established = true
    this.#parser.limits = this.#parts.limits.people
  }

  restart(): void {
    this.#opened = false
  }

  startTls(): void {
    throw new Error('A WebSocket is encrypted from the start.')
  }

  end(): void {
    if (!this.#deaf) this.#writer.send(textMessage(`<close xmlns='${framingNs}'/>`))
    this.#endWith(this.#closing)
  }

  destroy(): void {
    this.#hush()
    this.#writer.drop()
    this.#socket.destroy()
  }

  swept(now: number): void {
    if (!this.#deaf && now - Math.max(this.heardAt, this.#pingedAt) >= pingSeconds) {
      this.#pingedAt = now
      this.#writer.send(controlFrame(Opcode.ping))
    }
    this.carried.swept(now)
  }

  // Frames

  text(bytes: Buffer, last: boolean): void {
    if (!this.#established) {
      this.#strangersBytes += bytes.length
      if (this.#strangersBytes > this.#parts.limits.strangersBytes)
        throw new StreamProblem('policy-violation', 'Too much was sent without signing in.')
    }
    if (bytes.length > 0) this.#parser.push(bytes)
    if (!last || this.#deaf) return
    const element = this.#element
    this.#element = undefined
    if (!this.#parser.idle) throw new StreamProblem('bad-format', 'A message has to hold a whole element.')
    // RFC 7395 §3.3.3 does not know empty messages; as a sign of life they do no harm.
    if (element !== undefined) this.#take(element)
  }

  ping(payload: Buffer): void {
    this.#writer.send(controlFrame(Opcode.pong, payload))
  }

  /** RFC 7395 §3.6.1: without `<close/>` before it the stream has not been closed, and may be resumed. */
  closing(code: number | undefined): void {
    this.#endWith(code === undefined || code < 1000 ? Closing.normal : code)
  }

  // XML

  open(): void {}

  element(element: Element): void {
    if (this.#element !== undefined) throw new StreamProblem('bad-format', 'A message holds one element and no more.')
    this.#element = element
  }

  close(): void {
    throw new StreamProblem('bad-format', 'Over WebSocket a stream ends with <close/>.')
  }

  #take(element: Element): void {
    if (element.ns !== framingNs) {
      if (!this.#opened) throw new StreamProblem('bad-format', 'A stream begins with <open/>.')
      this.carried.element(element)
    } else if (element.name === 'close') {
      this.carried.ended()
    } else if (element.name !== 'open' || this.#opened) {
      throw new StreamProblem('bad-format', 'There are <open/> at the beginning and <close/> at the end.')
    } else {
      this.#opened = true
      this.carried.opened(element)
    }
  }

  #arrived(chunk: Buffer): void {
    if (this.#deaf) return
    this.heardAt = this.#parts.clock.now
    if (this.#established) this.carried.heard(chunk.length)
    if (this.#rest === undefined) this.#read(chunk)
    else this.#rest = Buffer.concat([this.#rest, chunk])
  }

  /** Before signing in a message is not looked at until the one before it has been dealt with. */
  #read(chunk: Buffer): void {
    try {
      let at = 0
      while (at < chunk.length && !this.#deaf) {
        if (!this.#established && this.carried.busy) {
          this.#rest = chunk.subarray(at)
          this.pause()
          return
        }
        at = this.#frames.read(chunk, at)
      }
    } catch (thrown) {
      this.#failed(thrown)
    }
  }

  #failed(thrown: unknown): void {
    if (!(thrown instanceof FrameError)) {
      this.carried.failed(thrown)
      return
    }
    this.#closing = thrown.code
    this.carried.failed(new StreamProblem('bad-format', thrown.message))
  }

  #endWith(code: number): void {
    if (this.#deaf) return
    this.#hush()
    this.#writer.end(closingFrame(code))
    // Reading goes on, so that the other end's farewell is noticed.
    this.#paused = false
    this.#socket.resume()
  }

  #gone(): void {
    this.#hush()
    this.#parts.closed(this)
    this.carried.gone()
  }

  #hush(): void {
    if (this.#deaf) return
    this.#deaf = true
    this.#rest = undefined
    this.#element = undefined
    this.#parser.stop()
  }
}

function ignore(): void {}
