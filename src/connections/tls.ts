import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import {
  createSecureContext,
  createServer,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from 'node:tls'
import { endPointOf } from './certificate.ts'

/** Files in PEM: a certificate followed by its chain, and its key. */
export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
}

export interface TlsParts {
  /** Shown to whoever asks for no name, or for one that has no certificate of its own. */
  readonly files: CertificateFiles
  /** Certificates by the name that clients ask for (SNI, RFC 6066 §3). */
  readonly named?: ReadonlyMap<string, CertificateFiles>
  /** ALPN protocols that may be asked for (XEP-0368#requirements); who asks for none is welcome as well. */
  readonly protocols: readonly string[]
  /** How long a handshake may take. */
  readonly handshakeMs: number
}

/** Who waits for a socket to be encrypted. */
export interface Upgrading {
  secured(socket: TLSSocket): void
}

type Chosen = (error: Error | null, context?: SecureContext) => void

interface Identity {
  readonly options: SecureContextOptions
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
  readonly #upgrading = new Map<string, Upgrading>()
  #named: ReadonlyMap<string, Identity>
  #main: Identity

  private constructor(parts: TlsParts, main: Identity, named: ReadonlyMap<string, Identity>) {
    this.#parts = parts
    this.#main = main
    this.#named = named
    this.#server = createServer({
      // A tenth of what a handshake costs, so it is only done where there is a choice.
      ...(named.size === 0
        ? {}
        : { SNICallback: (name: string, done: Chosen) => done(null, this.#identity(name).context) }),
      ALPNProtocols: [...parts.protocols],
      handshakeTimeout: parts.handshakeMs,
      noDelay: true,
    })
    this.#server.on('secureConnection', (socket: TLSSocket) => this.#secured(socket))
    // After a timeout Node only tells; and garbage instead of a handshake is nobody's fault here.
    this.#server.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy())
  }

  /** Reads the files. Throws an Error if one cannot be read or used. */
  static async open(parts: TlsParts): Promise<TlsDoor> {
    const door = new TlsDoor(parts, await read(parts.files), await readAll(parts.named))
    door.#server.setSecureContext(door.#main.options)
    return door
  }

  /** Reads the files again; streams that are open keep what they have. If it throws, nothing has changed. */
  async reload(): Promise<void> {
    const main = await read(this.#parts.files)
    const named = await readAll(this.#parts.named)
    this.#server.setSecureContext(main.options)
    this.#main = main
    this.#named = named
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

async function read(files: CertificateFiles): Promise<Identity> {
  const [cert, key] = await Promise.all([readFile(files.certificate), readFile(files.key)])
  // A ready context ignores a `minVersion` that stands beside it, so it is part of what the context is made from.
  const options = { cert, key, minVersion: 'TLSv1.2' } as const
  const hasEndPoint = endPointOf(new X509Certificate(cert)) !== undefined
  return { options, context: createSecureContext(options), hasEndPoint }
}

async function readAll(named: TlsParts['named']): Promise<ReadonlyMap<string, Identity>> {
  const readNamed = async ([name, files]: readonly [string, CertificateFiles]) => [name, await read(files)] as const
  return new Map(await Promise.all([...(named ?? [])].map(readNamed)))
}
