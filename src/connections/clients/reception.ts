import { randomBytes } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { StreamProblem } from '../../protocol/problems.ts'
import type { XmlLimits } from '../../protocol/xml/parser.ts'
import type { Guest } from '../entrance.ts'
import { type Clock, Sweep, type Swept } from '../sweep.ts'
import { type TcpParts, TcpTransport } from '../tcp.ts'
import type { TlsDoor } from '../tls.ts'
import type { Carried, CarryingTransport, Transport } from '../transport.ts'
import { FeatureTexts } from './features.ts'
import type { ClientParts } from './parts.ts'
import { Stream } from './stream.ts'

export interface ReceptionParts extends Omit<ClientParts, 'clock' | 'features' | 'resourceSecret'> {
  readonly door: TlsDoor
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

/** How large and deep XML may be, and how much of it a stranger may send in all. */
export type ReceptionLimits = Pick<TcpParts, 'strangers' | 'people' | 'strangersBytes'>

/** How many of the largest stanzas a stranger may send in all: enough for a few attempts to sign in or to sign up. */
const strangersStanzas = 8

function xmlLimits(stanzaBytes: number): XmlLimits {
  return { stanzaBytes, depth: 100, attributes: 100, nameLength: 256 }
}

/** Gives every client that comes in a stream, looks after their deadlines, and sees them all off. */
export class Reception {
  readonly #parts: ReceptionParts
  readonly #client: ClientParts
  readonly #tcp: TcpParts
  readonly #sweep: Sweep<CarryingTransport>
  #closed: (() => void) | undefined

  constructor(parts: ReceptionParts) {
    const { host, signIn, settings } = parts
    this.#parts = parts
    this.#sweep = new Sweep(parts.now)
    this.#client = {
      ...parts,
      clock: this.#sweep,
      features: new FeatureTexts(host, signIn, settings),
      resourceSecret: randomBytes(32),
    }
    const { stanzaBytes, stanzaBytesBeforeLogin } = settings.limits
    this.#tcp = {
      door: parts.door,
      clock: this.#sweep,
      strangers: xmlLimits(stanzaBytesBeforeLogin),
      people: xmlLimits(stanzaBytes),
      strangersBytes: strangersStanzas * stanzaBytesBeforeLogin,
      closed: transport => {
        transport.release()
        this.left(transport)
      },
    }
  }

  /** Streams that are open now. */
  get size(): number {
    return this.#sweep.size
  }

  start(): void {
    this.#sweep.start()
  }

  sweep(): void {
    this.#sweep.run()
  }

  /** Looks after the deadlines of something else, too. */
  also(other: Swept): void {
    this.#sweep.also(other)
  }

  /** How large and deep XML may be, before signing in and after. */
  get limits(): ReceptionLimits {
    return this.#tcp
  }

  /** What tells the time of the sweep. */
  get clock(): Clock {
    return this.#sweep
  }

  /** A connection at a port for streams. */
  accept(guest: Guest, encryptFirst: boolean): void {
    this.#begin(guest)?.start(encryptFirst)
  }

  /** The same, encrypted already: at a port that others share. */
  acceptSecured(guest: Guest, socket: TLSSocket): void {
    this.#begin(guest)?.secured(socket)
  }

  /** A stream for another kind of transport; `left` has to follow when its connection is gone. */
  carry(transport: Transport): Carried {
    return new Stream(this.#client, transport)
  }

  entered(transport: CarryingTransport): void {
    this.#sweep.add(transport)
    if (this.#closed !== undefined) transport.carried.failed(stopping())
  }

  left(transport: CarryingTransport): void {
    this.#sweep.delete(transport)
    if (this.size === 0) this.#closed?.()
  }

  /** Ends every stream with `system-shutdown`. Resolves when all are gone, by force after `streams.drainSeconds`. */
  async close(): Promise<void> {
    const gone = new Promise<void>(resolve => {
      this.#closed = resolve
    })
    for (const transport of this.#sweep.members()) transport.carried.failed(stopping())
    const patience = setTimeout(() => {
      for (const transport of this.#sweep.members()) transport.destroy()
    }, this.#parts.settings.streams.drainSeconds * 1000)
    if (this.size > 0) await gone
    clearTimeout(patience)
    this.#sweep.stop()
  }

  #begin({ socket, network, loopback, release }: Guest): TcpTransport | undefined {
    if (this.#closed !== undefined) {
      release()
      socket.destroy()
      return undefined
    }
    const carry = (carrying: TcpTransport) => this.carry(carrying)
    const transport = new TcpTransport(this.#tcp, { socket, network, loopback, release, carry })
    this.#sweep.add(transport)
    return transport
  }
}

function stopping(): StreamProblem {
  return new StreamProblem('system-shutdown', 'The service is stopping.')
}
