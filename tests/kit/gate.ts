/** The one way out for a browser under test: a proxy that knows some origins, all on this machine, and nothing else. */

import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export class Gate {
  readonly #origins: ReadonlySet<string>
  readonly #refused: (where: string) => void
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  /** `refused` is told where somebody wanted to go: a URL, or `host:port` where only that is known. */
  static async open(origins: readonly string[], refused: (where: string) => void): Promise<Gate> {
    const gate = new Gate(origins, refused)
    await new Promise<void>(ready => gate.#server.listen(0, '127.0.0.1', ready))
    return gate
  }

  private constructor(origins: readonly string[], refused: (where: string) => void) {
    this.#origins = new Set(origins.map(hostAndPort))
    this.#refused = refused
    this.#server = createServer((asked, answer) => this.#forward(asked, answer))
    this.#server.on('connect', (asked, socket: Socket, head: Buffer) => this.#tunnel(asked, socket, head))
    this.#server.on('connection', socket => this.#keep(socket))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  lets(url: string): boolean {
    return this.#origins.has(hostAndPort(url))
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    return new Promise(closed => this.#server.close(() => closed()))
  }

  /** RFC 9112 §3.2.2: plain HTTP, asked for by its whole URL. */
  #forward(asked: IncomingMessage, answer: ServerResponse): void {
    const url = asked.url ?? ''
    if (!this.lets(url)) {
      this.#refused(url)
      answer.writeHead(403).end()
      return
    }
    const { port, pathname, search } = new URL(url)
    const { method, headers } = asked
    const onward = request(
      { host: '127.0.0.1', port: port || 80, path: pathname + search, method, headers, agent: false },
      back => {
        answer.writeHead(back.statusCode!, back.headers)
        back.pipe(answer)
      },
    )
    onward.on('error', () => answer.destroy())
    asked.pipe(onward)
  }

  /** RFC 9110 §9.3.6: everything else, encrypted or a WebSocket. */
  #tunnel(asked: IncomingMessage, socket: Socket, head: Buffer): void {
    const where = asked.url ?? ''
    socket.on('error', () => {})
    if (!this.#origins.has(where)) {
      this.#refused(where)
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    const onward = connect(Number(where.slice(where.lastIndexOf(':') + 1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      if (head.length > 0) onward.write(head)
      onward.pipe(socket)
      socket.pipe(onward)
    })
    this.#keep(onward)
    onward.on('error', () => socket.destroy())
    onward.on('close', () => socket.destroy())
    socket.on('close', () => onward.destroy())
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
  }
}

function hostAndPort(url: string): string {
  const { hostname, port, protocol } = new URL(url)
  return `${hostname}:${port || (protocol === 'https:' || protocol === 'wss:' ? 443 : 80)}`
}
