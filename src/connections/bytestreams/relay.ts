import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Limiter } from '../../operations/limits.ts'
import { notAllowed, SocksHandshake } from './socks.ts'

export interface RelayParts {
  readonly address: string
  readonly port: number
  readonly limiter: Limiter
  /** Transfers at one time: of one account, and of all. */
  readonly perAccount: number
  readonly inAll: number
}

export type Activation = 'done' | 'nobody there' | 'too many'

/** A connection that has not been activated after this time is closed. */
const patienceMs = 60_000
/** A transfer in which nothing moves for so long is over. */
const idleMs = 120_000
/** Connections of one network that wait, and of all. */
const waitingOfOne = 40
const waitingInAll = 2_000

interface Waiting {
  readonly socket: Socket
  /** Stops the clock and counts it off. */
  release(): void
}

/**
 * Joins two connections that come with the same hash, once somebody with an account here has asked for that (XEP-0065).
 * Before, nothing that they send is read. Nothing about a transfer is written down.
 */
export class Relay {
  readonly #parts: RelayParts
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #waiting = new Map<string, Waiting[]>()
  readonly #transfers = new Map<number, number>()
  #waitingCount = 0
  #transferCount = 0

  private constructor(parts: RelayParts) {
    this.#parts = parts
    this.#server = createServer({ noDelay: true, pauseOnConnect: true, allowHalfOpen: true }, socket =>
      this.#admit(socket),
    )
  }

  /** Rejects if the port cannot be used. */
  static async open(parts: RelayParts): Promise<Relay> {
    const relay = new Relay(parts)
    await new Promise<void>((resolve, reject) => {
      relay.#server.once('error', cause => reject(cannotListen(parts, cause)))
      relay.#server.listen(parts.port, parts.address, () => {
        relay.#server.removeAllListeners('error')
        relay.#server.on('error', () => undefined)
        resolve()
      })
    })
    return relay
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Joins the two connections of a hash, for the account that offers the file. */
  activate(hash: string, account: number): Activation {
    const pair = this.#waiting.get(hash)
    const [one, other] = pair ?? []
    if (one === undefined || other === undefined) return 'nobody there'
    const { perAccount, inAll } = this.#parts
    const own = this.#transfers.get(account) ?? 0
    if (own >= perAccount || this.#transferCount >= inAll) return 'too many'
    this.#waiting.delete(hash)
    for (const each of [one, other]) each.release()
    this.#transfers.set(account, own + 1)
    this.#transferCount++
    let open = 2
    const closed = (): void => {
      if (--open > 0) return
      this.#transferCount--
      const left = (this.#transfers.get(account) ?? 1) - 1
      if (left === 0) this.#transfers.delete(account)
      else this.#transfers.set(account, left)
    }
    join(one.socket, other.socket, closed)
    join(other.socket, one.socket, closed)
    return 'done'
  }

  close(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => resolve())
      for (const socket of this.#sockets) socket.destroy()
    })
  }

  #admit(socket: Socket): void {
    const { limiter } = this.#parts
    const network = limiter.networkOf(socket.remoteAddress ?? '')
    const release = limiter.allow('connect', network) ? limiter.hold(network, waitingOfOne) : undefined
    if (release === undefined || this.#waitingCount >= waitingInAll) {
      release?.()
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    this.#waitingCount++
    const late = setTimeout(() => socket.destroy(), patienceMs)
    late.unref()
    let counted = true
    const waiting: Waiting = {
      socket,
      release: () => {
        if (!counted) return
        counted = false
        clearTimeout(late)
        this.#waitingCount--
        release()
      },
    }
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#sockets.delete(socket)
      waiting.release()
    })
    this.#greet(waiting)
  }

  #greet(waiting: Waiting): void {
    const { socket } = waiting
    const handshake = new SocksHandshake()
    const leaves = (): void => void socket.destroy()
    const hear = (bytes: Buffer): void => {
      for (let step = handshake.take(bytes); step !== undefined; step = handshake.take(Buffer.alloc(0))) {
        if ('refuse' in step) {
          socket.end(step.refuse, () => socket.destroy())
          return
        }
        if (!('hash' in step)) {
          socket.write(step.reply)
          continue
        }
        socket.off('data', hear)
        socket.off('end', leaves)
        socket.pause()
        if (step.rest.length > 0) socket.unshift(step.rest)
        this.#wait(waiting, step.hash, step.reply)
        return
      }
    }
    socket.on('data', hear)
    socket.once('end', leaves)
    socket.resume()
  }

  #wait(waiting: Waiting, hash: string, reply: Uint8Array): void {
    const { socket } = waiting
    const there = this.#waiting.get(hash) ?? []
    if (there.length >= 2) {
      socket.end(notAllowed, () => socket.destroy())
      return
    }
    there.push(waiting)
    this.#waiting.set(hash, there)
    socket.on('close', () => {
      const left = there.filter(each => each !== waiting)
      there.splice(0, there.length, ...left)
      if (there.length === 0 && this.#waiting.get(hash) === there) this.#waiting.delete(hash)
    })
    socket.write(reply)
  }
}

function cannotListen({ address, port }: RelayParts, cause: NodeJS.ErrnoException): Error {
  const sentence =
    cause.code === 'EADDRINUSE'
      ? `${address} port ${port} is already in use. Choose another port for bytestreams.port, or false for no proxy.`
      : `${address} port ${port} (bytestreams.port) cannot be used: the system says ${cause.code}.`
  return new Error(sentence, { cause })
}

/** What one side sends the other gets, no faster than it takes it; the end of one is the end of the other. */
function join(from: Socket, to: Socket, closed: () => void): void {
  from.setTimeout(idleMs, () => from.destroy())
  from.on('close', () => {
    to.destroySoon()
    closed()
  })
  from.pipe(to)
}
