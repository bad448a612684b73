import type { Socket } from 'node:net'
import { createServer, type SecureContext, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls'
import type { Certificates } from './certificates.ts'

export interface TlsParts {
  readonly certificates: Certificates
  /** ALPN protocols that may be asked for (XEP-0368#requirements); who asks for none is welcome as well. */
  readonly protocols: readonly string[]
  /** How long a handshake may take. */
  readonly handshakeMs: number
  /** Whether the other side is asked for a certificate too; what it is worth, if it has one, is for others to say. */
  readonly mutual?: boolean
}

/** Who waits for a socket to be encrypted. */
export interface Upgrading {
  secured(socket: TLSSocket): void
}

type Chosen = (error: Error | null, context?: SecureContext) => void

/**
 * Encrypts accepted sockets, whether at once or after STARTTLS. Its server never listens: sockets are handed to it.
 */
export class TlsDoor {
  readonly #parts: TlsParts
  /** For as long as there is one certificate for everything. */
  readonly #simple: Server
  /** Looks at the name that is asked for, which is a tenth of what a handshake costs. */
  readonly #choosing: Server
  readonly #upgrading = new Map<string, Upgrading>()

  constructor(parts: TlsParts) {
    this.#parts = parts
    const { certificates } = parts
    this.#simple = this.#serve({})
    this.#choosing = this.#serve({
      SNICallback: (name: string, done: Chosen) => done(null, certificates.for(name).context),
    })
    certificates.onMain(main => this.#show(main.options))
    this.#show(certificates.main.options)
  }

  #serve(choice: { SNICallback?: (name: string, done: Chosen) => void }): Server {
    const { protocols, handshakeMs, mutual } = this.#parts
    const server = createServer({
      ...choice,
      ALPNProtocols: [...protocols],
      handshakeTimeout: handshakeMs,
      ...(mutual === true ? { requestCert: true, rejectUnauthorized: false } : {}),
      noDelay: true,
    })
    server.on('secureConnection', (socket: TLSSocket) => this.#secured(socket))
    // After a timeout Node only tells; and garbage instead of a handshake is nobody's fault here.
    server.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy())
    return server
  }

  #show(options: SecureContextOptions): void {
    for (const server of [this.#simple, this.#choosing]) server.setSecureContext(options)
  }

  /** Whether the certificate shown for a name can be bound to. */
  hasEndPoint(name: string): boolean {
    return this.#parts.certificates.for(name).hasEndPoint
  }

  /** Begins a handshake. The caller stops reading from `socket`; if the handshake fails, the socket is closed. */
  encrypt(socket: Socket, waiting: Upgrading): void {
    const key = endsOf(socket)
    if (key === undefined) {
      socket.destroy()
      return
    }
    this.#upgrading.set(key, waiting)
    socket.once('close', () => {
      if (this.#upgrading.get(key) === waiting) this.#upgrading.delete(key)
    })
    const server = this.#parts.certificates.several ? this.#choosing : this.#simple
    server.emit('connection', socket)
  }

  /** The handshake is over; who waited for it is found by both ends of the connection, kept for that long only. */
  #secured(socket: TLSSocket): void {
    const key = endsOf(socket)
    const waiting = key === undefined ? undefined : this.#upgrading.get(key)
    if (key === undefined || waiting === undefined) {
      socket.destroy()
      return
    }
    this.#upgrading.delete(key)
    waiting.secured(socket)
  }
}

function endsOf({ remoteAddress, remotePort, localPort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${remotePort} ${localPort} ${remoteAddress}`
}
