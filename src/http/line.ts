import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpConnection } from './server.ts'

/** How long the first request may take to arrive, headers and all, in seconds. */
const firstSeconds = 20

/** How long a connection may wait for another request and its headers, in seconds. */
const nextSeconds = 75

/** While a body or an answer is underway, this many bytes have to move in each so many seconds. */
const windowSeconds = 30
const leastBytes = 8_192

/**
 * One connection and its deadlines. Time runs against the client only: while a page thinks, or waits for something to
 * tell, nobody is late.
 */
export class Line {
  readonly connection: HttpConnection
  /** Requests that are being answered. */
  serving = 0
  #since: number
  #allowed = firstSeconds
  #request: IncomingMessage | undefined
  #moved = 0
  #finishing = false

  constructor(connection: HttpConnection, now: number) {
    this.connection = connection
    this.#since = now
  }

  begins(request: IncomingMessage, response: ServerResponse, now: () => number): void {
    this.serving++
    this.#request = request
    this.#since = now()
    this.#moved = this.#bytes
    response.once('close', () => {
      this.serving--
      this.#since = now()
      this.#allowed = nextSeconds
      if (this.serving > 0) return
      this.#request = undefined
      if (this.#finishing) this.connection.socket.destroySoon()
    })
  }

  isLate(now: number): boolean {
    if (this.serving === 0) return now - this.#since >= this.#allowed
    if (!this.#clientsTurn) {
      this.#since = now
      this.#moved = this.#bytes
      return false
    }
    if (now - this.#since < windowSeconds) return false
    const moved = this.#bytes - this.#moved
    this.#since = now
    this.#moved = this.#bytes
    return moved < leastBytes
  }

  /** No further request is taken. */
  finish(): void {
    this.#finishing = true
    if (this.serving === 0) this.connection.socket.destroySoon()
  }

  get #bytes(): number {
    const { bytesRead, bytesWritten } = this.connection.socket
    return bytesRead + bytesWritten
  }

  /** We wait for the client: for more of a body that is being read, or for it to take what we have written. */
  get #clientsTurn(): boolean {
    const { socket } = this.connection
    const request = this.#request
    const reading = request !== undefined && !request.complete && !request.isPaused()
    return reading || socket.writableLength > 0
  }
}
