import { BlockList, isIP, isIPv4, type Socket } from 'node:net'
import type { Limiter, NetworkKey } from '../operations/limits.ts'
import type { Log } from '../operations/log.ts'
import type { Settings } from '../settings/schema.ts'
import { readProxyHeader } from './proxy-header.ts'

/** A connection that was let in. */
export interface Guest {
  readonly socket: Socket
  readonly network: NetworkKey
  readonly loopback: boolean
  /** A listed proxy: whom it speaks for is told later, if at all. */
  readonly proxy: boolean
  /** To be called when the connection is gone; twice does no harm. */
  readonly release: () => void
}

/** Who is at the other end, or behind the proxy that is. */
export interface Origin {
  readonly network: NetworkKey
  readonly loopback: boolean
  readonly proxied: boolean
}

interface EntranceParts {
  readonly settings: Settings
  readonly limiter: Limiter
  readonly log: Log
}

const loopback = blockList(['127.0.0.0/8', '::1'])

/** How long a proxy may take for its header, in milliseconds. */
const headerMs = 5_000

/** Lets connections in, as many as may be there. The only place that sees an address; it keeps none. */
export class Entrance {
  readonly #parts: EntranceParts
  readonly #proxies: BlockList | undefined
  #open = 0
  #closed = false

  constructor(parts: EntranceParts) {
    this.#parts = parts
    const { trustedProxies } = parts.settings.listen
    this.#proxies = trustedProxies.length === 0 ? undefined : blockList(trustedProxies)
  }

  /** Connections that are open now. */
  get size(): number {
    return this.#open
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Nobody comes in any longer. */
  close(): void {
    this.#closed = true
  }

  /** Whoever may not come in is sent away without a word: words cost more than they are worth here. */
  admit(socket: Socket, welcome: (guest: Guest) => void): void {
    const { limits, listen } = this.#parts.settings
    const address = socket.remoteAddress
    if (address === undefined || this.#closed || this.#open >= limits.connections) {
      socket.destroy()
      return
    }
    const release = this.#count()
    if (this.#proxies === undefined || !contains(this.#proxies, address)) {
      const near = contains(loopback, address)
      this.#admit(socket, address, near, release, welcome)
    } else if (listen.proxyProtocol) {
      // Who comes through a proxy is elsewhere, also where the proxy is not.
      this.#readHeader(socket, release, claimed => this.#admit(socket, claimed ?? address, false, release, welcome))
    } else {
      const network = this.#parts.limiter.networkOf(address)
      welcome({ socket, network, loopback: false, proxy: true, release })
    }
  }

  /** Whom a proxy speaks for. RFC 7239 §7.4: the last address of the list that is not a listed proxy itself. */
  behind(guest: Guest, forwardedFor: string | undefined): Origin {
    const { network, loopback: near, proxy } = guest
    if (!proxy) return { network, loopback: near, proxied: false }
    const addresses = (forwardedFor ?? '').split(',').map(each => each.trim())
    while (addresses.length > 1 && this.#isProxy(addresses.at(-1)!)) addresses.pop()
    const address = bare(addresses.at(-1)!)
    return isIP(address) === 0
      ? { network, loopback: false, proxied: true }
      : { network: this.#parts.limiter.networkOf(address), loopback: false, proxied: true }
  }

  /**
   * Counts one more connection of a network, besides those that were admitted by themselves.
   * @returns undefined if there are too many
   */
  hold(network: NetworkKey): (() => void) | undefined {
    return this.#parts.limiter.hold(network, this.#parts.settings.limits.connectionsPerNetwork)
  }

  #admit(socket: Socket, address: string, near: boolean, release: () => void, welcome: (guest: Guest) => void): void {
    const { limiter, log } = this.#parts
    const network = limiter.networkOf(address)
    const letGo = this.hold(network)
    if (letGo === undefined || !limiter.allow('connect', network)) {
      letGo?.()
      release()
      log.debug('a connection was refused', { because: 'too many from one network' })
      socket.destroy()
      return
    }
    const leaves = () => {
      letGo()
      release()
    }
    welcome({ socket, network, loopback: near, proxy: false, release: leaves })
  }

  #count(): () => void {
    let counted = true
    this.#open++
    return () => {
      if (counted) this.#open--
      counted = false
    }
  }

  #isProxy(text: string): boolean {
    const address = bare(text)
    return isIP(address) !== 0 && this.#proxies !== undefined && contains(this.#proxies, address)
  }

  /** Reads the header off the connection and leaves the rest as if nothing had been read. */
  #readHeader(socket: Socket, release: () => void, then: (claimed: string | undefined) => void): void {
    let bytes: Buffer = Buffer.alloc(0)
    const done = () => {
      clearTimeout(patience)
      socket.removeListener('readable', read)
      socket.removeListener('close', gone)
    }
    const gone = () => {
      done()
      release()
    }
    const read = () => {
      const piece = socket.read() as Buffer | null
      if (piece === null) return
      bytes = Buffer.concat([bytes, piece])
      const header = readProxyHeader(bytes)
      if (header === 'incomplete') return
      if (header === 'wrong') {
        this.#parts.log.warning('a listed proxy connected without a header of the PROXY protocol')
        socket.destroy()
        return
      }
      done()
      socket.removeListener('error', ignore)
      if (bytes.length > header.length) socket.unshift(bytes.subarray(header.length))
      then(header.address)
    }
    const patience = setTimeout(() => socket.destroy(), headerMs).unref()
    socket.on('error', ignore)
    socket.on('close', gone)
    socket.on('readable', read)
  }
}

function ignore(): void {}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const each of networks) {
    const [address = '', bits] = each.split('/')
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

function contains(list: BlockList, address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6')
}

/** `[2001:db8::1]:443` and `192.0.2.1:443` are ways to write it as well. */
function bare(text: string): string {
  return /^\[(.*)\](:\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
}
