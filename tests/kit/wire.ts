/** One connection, as bytes and as elements. Knows TLS and nothing else of XMPP's negotiation. */

import { connect as connectTcp, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, connect as connectTls, TLSSocket } from 'node:tls'
import { BoshStream } from './bosh.ts'
import { type Tree, TreeReader } from './tree.ts'
import { WebSocketPeer, WebSocketStream } from './websocket.ts'

export const streamsNamespace = 'http://etherx.jabber.org/streams'

/** How long a test waits for what should come at once. Nothing waits this long unless it fails. */
export const patienceMs = Number(process.env.SOTTO_TEST_PATIENCE_MS ?? 5000)

export interface WireOptions {
  readonly host: string
  readonly port: number
  /** TLS from the first byte (XEP-0368). */
  readonly direct?: boolean
  readonly domain: string
  /** The address to connect from, e.g. 127.0.0.2. */
  readonly localAddress?: string
  readonly tls?: ConnectionOptions
  /** Of the request, over WebSocket. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Nothing more will come: the connection has ended, or what came was not XML. */
export class WireEnded extends Error {
  override readonly name = 'WireEnded'
}

export class Wire {
  readonly options: WireOptions
  /** Elements that came and that nobody has taken yet. */
  readonly inbox: Tree[] = []
  /** Sees each element before it is put into the inbox, and keeps it from there by returning true. */
  tap: ((tree: Tree) => boolean) | undefined
  /** The header of the server's present stream. */
  header: Tree | undefined
  /** The stream error, if the server sent one. */
  streamError: Tree | undefined
  /** Whether the server closed its stream with an end tag. */
  streamClosed = false
  ended = false
  /** Everything the server sent, if the wire was told to keep it. */
  readonly received: Buffer[] = []
  keepBytes = false
  /** Whether what comes is left unread. */
  readsNothing = false
  broken: Error | undefined
  #socket: Duplex
  #reader: TreeReader
  #waiting = new Set<() => void>()

  constructor(socket: Duplex, options: WireOptions) {
    this.options = options
    this.#socket = socket
    this.#reader = this.#newReader()
    this.#listen(socket)
  }

  /** Connects, with TLS if asked for. */
  static async connect(options: WireOptions): Promise<Wire> {
    const { host, port, localAddress } = options
    const tcp = connectTcp({ host, port, noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) })
    await once(tcp, 'connect')
    if (!options.direct) return new Wire(tcp, options)
    return new Wire(await secure(tcp, { ALPNProtocols: ['xmpp-client'], ...options.tls }, options.domain), options)
  }

  /** A wire over WebSocket (RFC 7395), which looks like any other. */
  static async overWebSocket(options: WireOptions): Promise<Wire> {
    return new Wire(new WebSocketStream(await WebSocketPeer.connect(options)), options)
  }

  /** A wire over BOSH (XEP-0124). */
  static async overBosh(options: WireOptions): Promise<Wire> {
    return new Wire(new BoshStream(options), options)
  }

  get socket(): Socket {
    return this.#socket as Socket
  }

  get tls(): TLSSocket | undefined {
    if (this.#socket instanceof WebSocketStream) return this.#socket.peer.socket
    return this.#socket instanceof TLSSocket ? this.#socket : undefined
  }

  write(data: string | Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(data)
  }

  /** After `<proceed/>`: TLS over the same connection. */
  async startTls(): Promise<void> {
    const tcp = this.#socket as Socket
    tcp.removeAllListeners('data')
    tcp.removeAllListeners('close')
    this.#socket = await secure(tcp, this.options.tls ?? {}, this.options.domain)
    this.#listen(this.#socket)
    this.restart()
  }

  /** From here on a new stream is read. */
  restart(): void {
    this.header = undefined
    this.streamClosed = false
    this.#reader = this.#newReader()
  }

  /** Resolves as soon as `ready` gives something else than undefined; rejects when that can no longer happen. */
  until<T>(ready: () => T | undefined, what: string, withinMs = patienceMs): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = ready()
        if (found !== undefined) settle(() => resolve(found))
        else if (this.broken)
          settle(() => reject(new WireEnded(`What the server sent is broken: ${this.broken!.message}`)))
        else if (this.ended)
          settle(() => reject(new WireEnded(`The connection ended while waiting for ${what}${this.#why()}`)))
      }
      const late = () => settle(() => reject(new Error(`Within ${withinMs} ms there was no ${what}`)))
      const settle = (then: () => void) => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        then()
      }
      const timer = setTimeout(late, withinMs)
      this.#waiting.add(look)
      look()
    })
  }

  /** The next element nobody has taken. */
  next(what = 'element', withinMs?: number): Promise<Tree> {
    return this.until(() => this.inbox.shift(), what, withinMs)
  }

  /** When the connection is over. */
  async over(withinMs?: number): Promise<void> {
    await this.until(() => (this.ended ? true : undefined), 'end of the connection', withinMs)
  }

  /** Ends the connection at once, as when a phone enters a tunnel. */
  drop(): void {
    this.#socket.destroy()
  }

  #why(): string {
    return this.streamError === undefined ? '' : `, with ${this.streamError}`
  }

  #listen(socket: Duplex): void {
    socket.on('data', (bytes: Buffer) => {
      if (this.keepBytes) this.received.push(bytes)
      if (this.broken) return
      if (this.readsNothing) return this.#wake()
      try {
        this.#reader.push(bytes)
      } catch (error) {
        this.broken = error as Error
      }
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.ended = true
      this.#wake()
    })
  }

  #newReader(): TreeReader {
    return new TreeReader({
      open: header => {
        this.header = header
      },
      element: tree => {
        if (tree.is('error', streamsNamespace)) this.streamError = tree
        if (!this.tap?.(tree)) this.inbox.push(tree)
      },
      close: () => {
        this.streamClosed = true
      },
      broken: error => {
        this.broken ??= error
      },
    })
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look()
  }
}

async function secure(tcp: Socket, options: ConnectionOptions, domain: string): Promise<TLSSocket> {
  const tls = connectTls({ socket: tcp, servername: domain, rejectUnauthorized: false, ...options })
  await once(tls, 'secureConnect')
  return tls
}

function once(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error?: Error) => reject(error ?? new WireEnded(`The connection ended before ${event}`))
    socket.once('error', failed)
    socket.once('close', failed)
    socket.once(event, () => {
      socket.off('error', failed)
      socket.off('close', failed)
      resolve()
    })
  })
}
