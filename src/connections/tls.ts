import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { createSecureContext, createServer, type SecureContext, type Server, type TLSSocket } from 'node:tls'
import { endPointOf } from './certificate.ts'

/** Files in PEM: a certificate followed by its chain, and its key. */
export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
}

export interface TlsParts {
  readonly files: CertificateFiles
  /** ALPN protocols that may be asked for (XEP-0368#requirements); who asks for none is welcome as well. */
  readonly protocols: readonly string[]
  /** How long a handshake may take. */
  readonly handshakeMs: number
}

/** Who waits for a socket to be encrypted. */
export interface Upgrading {
  secured(socket: TLSSocket): void
}

interface Identity {
  readonly context: SecureContext
  /** `tls-server-end-point` exists for this certificate. */
  readonly hasEndPoint: boolean
}

/**
 * Encrypts accepted sockets, whether at once or after STARTTLS. Its server never listens: sockets are handed to it.
 */
export class TlsDoor {
  readonly #parts: TlsParts
  readonly #server: Server
  /** By the name that clients ask for (SNI); whoever asks for none of these gets the main one. */
  readonly #named = new Map<string, Identity>()
  readonly #upgrading = new Map<string, Upgrading>()
  #main: Identity

  private constructor(parts: TlsParts, main: Identity) {
    this.#parts = parts
    this.#main = main
    this.#server = createServer({
      SNICallback: (name, done) => done(null, this.#identity(name).context),
      ALPNProtocols: [...parts.protocols],
      handshakeTimeout: parts.handshakeMs,
      noDelay: true,
    })
    // Clients that send no server name get the context of the server itself.
    this.#server.on('secureConnection', (socket: TLSSocket) => this.#secured(socket))
    // After a timeout Node only tells; and garbage instead of a handshake is nobody's fault here.
    this.#server.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy())
  }

  /** Reads the files. Throws an Error that says what is wrong with them. */
  static async open(parts: TlsParts): Promise<TlsDoor> {
    const pair = await read(parts.files)
    const door = new TlsDoor(parts, pair.identity)
    door.#server.setSecureContext(pair.options)
    return door
  }

  /** Reads the files again; streams that are open keep what they have. If it throws, nothing has changed. */
  async reload(): Promise<void> {
    const pair = await read(this.#parts.files)
    this.#server.setSecureContext(pair.options)
    this.#main = pair.identity
  }

  /** Whether the certificate shown for a name can be bound to. */
  hasEndPoint(name: string): boolean {
    return this.#identity(name).hasEndPoint
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
    this.#server.emit('connection', socket)
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

  #identity(name: string): Identity {
    return this.#named.get(name) ?? this.#main
  }
}

function endsOf({ remoteAddress, remotePort, localPort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${remotePort} ${localPort} ${remoteAddress}`
}

async function read(files: CertificateFiles) {
  const [cert, key] = await Promise.all([readFile(files.certificate), readFile(files.key)])
  // A ready context ignores `minVersion` given beside it, so it stands in both.
  const options = { cert, key, minVersion: 'TLSv1.2' } as const
  const context = createSecureContext(options)
  const identity: Identity = { context, hasEndPoint: endPointOf(new X509Certificate(cert)) !== undefined }
  return { options, identity }
}
