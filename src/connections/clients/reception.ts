import { randomBytes } from 'node:crypto'
import { BlockList, isIPv4, type Socket } from 'node:net'
import { StreamProblem } from '../../protocol/problems.ts'
import type { XmlLimits } from '../../protocol/xml/parser.ts'
import { Sweep } from '../sweep.ts'
import { type TcpParts, TcpTransport } from '../tcp.ts'
import type { TlsDoor } from '../tls.ts'
import { FeatureTexts } from './features.ts'
import type { ClientParts } from './parts.ts'
import { Stream } from './stream.ts'

export interface ReceptionParts extends Omit<ClientParts, 'clock' | 'features' | 'resourceSecret'> {
  readonly door: TlsDoor
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

/** How many of the largest stanzas a stranger may send in all: enough for a few attempts to sign in or to sign up. */
const strangersStanzas = 8

function xmlLimits(stanzaBytes: number): XmlLimits {
  return { stanzaBytes, depth: 100, attributes: 100, nameLength: 256 }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return loopback.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6')
}

/** Lets clients in, as many as may be there, and sees them all off. */
export class Reception {
  readonly #parts: ReceptionParts
  readonly #client: ClientParts
  readonly #tcp: TcpParts
  readonly #sweep: Sweep<TcpTransport>
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
      closed: transport => this.#left(transport),
    }
  }

  /** Connections that are open now. */
  get size(): number {
    return this.#sweep.size
  }

  start(): void {
    this.#sweep.start()
  }

  sweep(): void {
    this.#sweep.run()
  }

  /** A new connection. Whoever may not come in is sent away without a word: words cost more than they are worth here. */
  accept(socket: Socket, encryptFirst: boolean): void {
    const { limiter, settings } = this.#parts
    const address = socket.remoteAddress
    if (address === undefined || this.#closed !== undefined || this.size >= settings.limits.connections) {
      socket.destroy()
      return
    }
    const network = limiter.networkOf(address)
    const release = limiter.hold(network, settings.limits.connectionsPerNetwork)
    if (release === undefined || !limiter.allow('connect', network)) {
      release?.()
      this.#parts.log.debug('a connection was refused', { because: 'too many from one network' })
      socket.destroy()
      return
    }
    const transport = new TcpTransport(this.#tcp, {
      socket,
      network,
      loopback: isLoopback(address),
      release,
      carry: carrying => new Stream(this.#client, carrying),
    })
    this.#sweep.add(transport)
    transport.start(encryptFirst)
  }

  /** Ends every stream with `system-shutdown`. Resolves when all are gone, by force after `streams.drainSeconds`. */
  async close(): Promise<void> {
    const gone = new Promise<void>(resolve => {
      this.#closed = resolve
    })
    for (const transport of this.#sweep.members())
      transport.carried.failed(new StreamProblem('system-shutdown', 'The service is stopping.'))
    const patience = setTimeout(() => {
      for (const transport of this.#sweep.members()) transport.destroy()
    }, this.#parts.settings.streams.drainSeconds * 1000)
    if (this.size > 0) await gone
    clearTimeout(patience)
    this.#sweep.stop()
  }

  #left(transport: TcpTransport): void {
    transport.release()
    this.#sweep.delete(transport)
    if (this.size === 0) this.#closed?.()
  }
}
