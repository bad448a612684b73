import { connect, type Socket } from 'node:net'
import type { Endpoint, PeerResolver } from './resolver.ts'

/** RFC 8305 §5: an address that does not answer at once gets company. */
const nextAfterMs = 250

interface Candidate {
  readonly endpoint: Endpoint
  readonly address: string
}

export interface Reachable {
  readonly socket: Socket
  readonly endpoint: Endpoint
}

/** Connects to the places where a server may be, until one is good enough. */
export class Dialer {
  readonly #resolver: PeerResolver
  readonly #endpoints: Endpoint[]
  readonly #left: Candidate[] = []
  readonly #underway = new Map<Socket, Candidate>()
  #connected: Reachable | undefined
  #over = false
  #changed: (() => void) | undefined

  constructor(resolver: PeerResolver, endpoints: readonly Endpoint[]) {
    this.#resolver = resolver
    this.#endpoints = [...endpoints]
  }

  /** The next place that answers; undefined when there is none left. Its errors are for the caller. Never rejects. */
  async next(): Promise<Reachable | undefined> {
    while (!this.#over) {
      const candidate = await this.#candidate()
      const connected = this.#connected
      if (connected !== undefined) {
        this.#connected = undefined
        if (candidate !== undefined) this.#left.unshift(candidate)
        this.#rest()
        return connected
      }
      if (candidate !== undefined && !this.#over) this.#begin(candidate)
      else if (this.#underway.size === 0) return undefined
      if (this.#connected === undefined) await this.#change()
    }
    return undefined
  }

  /** Nobody wants to connect any longer. */
  close(): void {
    this.#over = true
    this.#connected?.socket.destroy()
    this.#rest()
    this.#changed?.()
  }

  async #candidate(): Promise<Candidate | undefined> {
    while (this.#left.length === 0 && this.#connected === undefined) {
      const endpoint = this.#endpoints.shift()
      if (endpoint === undefined) return undefined
      const addresses = await this.#resolver.addresses(endpoint.host).catch(() => [])
      this.#left.push(...addresses.map(address => ({ endpoint, address })))
    }
    return this.#left.shift()
  }

  /** Waits until a connection that is underway succeeds or fails, but not for long while there are more to try. */
  #change(): Promise<void> {
    return new Promise(resolve => {
      const more = this.#left.length > 0 || this.#endpoints.length > 0
      const timer = more ? setTimeout(() => this.#changed?.(), nextAfterMs) : undefined
      this.#changed = () => {
        clearTimeout(timer)
        this.#changed = undefined
        resolve()
      }
    })
  }

  #begin(candidate: Candidate): void {
    const { address, endpoint } = candidate
    const socket = connect({ host: address, port: endpoint.port, noDelay: true })
    this.#underway.set(socket, candidate)
    const failed = (): void => {
      this.#underway.delete(socket)
      socket.destroy()
      this.#changed?.()
    }
    // What is told by 'close' need not be told twice; but somebody has to listen.
    socket.on('error', () => undefined)
    socket.once('error', failed)
    socket.once('connect', () => {
      if (this.#over || this.#connected !== undefined) return
      socket.removeListener('error', failed)
      this.#underway.delete(socket)
      this.#connected = { socket, endpoint }
      this.#changed?.()
    })
  }

  /** Those that were not needed may be tried again, should the one that was first turn out to be no good. */
  #rest(): void {
    for (const [socket, candidate] of this.#underway) {
      socket.destroy()
      this.#left.unshift(candidate)
    }
    this.#underway.clear()
  }
}
