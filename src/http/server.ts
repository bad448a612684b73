import { randomInt } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Limiter, NetworkKey } from '../operations/limits.ts'
import type { Log } from '../operations/log.ts'
import { answer, answerRaw, answerSentence, beStrict, setHeaders } from './answers.ts'
import { Line } from './line.ts'
import { type Headers, type Method, type Page, PageProblem } from './page.ts'
import { Routes } from './routes.ts'
import { OneVisit } from './visit.ts'

/** Who is at the other end, as far as anybody may know. */
export interface Client {
  readonly network: NetworkKey
  readonly loopback: boolean
  /** A listed proxy speaks for it. */
  readonly proxied: boolean
}

/** A connection that somebody else has accepted and encrypted. */
export interface HttpConnection {
  readonly socket: Socket
  /** Who asks, given the `X-Forwarded-For` of the request, which is believed from listed proxies only. */
  client(forwardedFor: string | undefined): Client
}

/** Something else than HTTP that a connection can go on with (RFC 9110 §7.8). */
export interface Upgrade {
  readonly path: string
  /** The token of the `Upgrade` header, in small letters. */
  readonly to: string
  /** Takes over the connection: from here on it is no business of HTTP. */
  open(request: IncomingMessage, socket: Socket, head: Buffer, client: Client): void
}

/** Something that was asked for and is not to be had. */
export interface Refused {
  readonly request: IncomingMessage
  readonly status: number
  readonly sentence: string
}

export interface HttpParts {
  readonly log: Log
  readonly limiter: Limiter
  /** Seconds, as `swept` tells them. */
  readonly clock: { readonly now: number }
  readonly pages: readonly Page[]
  readonly upgrades: readonly Upgrade[]
  /** A refusal as a page of HTML, with headers of its own; undefined where a sentence is enough. */
  readonly refusal?: Refusal | undefined
}

export type Refusal = (refused: Refused) => { readonly body: string; readonly headers: Headers } | undefined

interface Place {
  readonly methods: Map<Method, Page>
}

/** Requests that are being answered on one connection at one time (they can be sent without waiting for answers). */
const mostAtOnce = 8

/** HTTP/1.1 on connections that it is handed. It never listens, logs no visit and keeps no address. */
export class HttpServer {
  readonly #parts: HttpParts
  readonly #routes = new Routes<Place>()
  readonly #upgrades: ReadonlyMap<string, Upgrade>
  readonly #server: Server
  readonly #lines = new Map<Socket, Line>()
  #closed: (() => void) | undefined

  /** @throws Error where two pages want the same. */
  constructor(parts: HttpParts) {
    this.#parts = parts
    this.#upgrades = new Map(parts.upgrades.map(upgrade => [upgrade.path, upgrade]))
    for (const page of parts.pages) this.#add(page)
    this.#server = createServer({
      maxHeaderSize: 16_384,
      // Only those that we know; all else is an ordinary request (RFC 9110 §7.8).
      shouldUpgradeCallback: request => this.#upgradeOf(request) !== undefined,
    })
    // Node keeps deadlines for servers that listen themselves; here `Line` does it.
    this.#server.timeout = 0
    this.#server.keepAliveTimeout = 0
    this.#server.maxHeadersCount = 100
    this.#server.on('request', (request, response) => this.#arrived(request, response, false))
    this.#server.on('checkContinue', (request, response) => this.#arrived(request, response, true))
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head))
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (error.code === 'HPE_HEADER_OVERFLOW')
        answerRaw(socket, '431 Request Header Fields Too Large', 'The headers are too long.')
      else answerRaw(socket, '400 Bad Request', 'This is no HTTP/1.1.')
    })
  }

  /** Connections that are open now and have not gone on with something else. */
  get size(): number {
    return this.#lines.size
  }

  accept(connection: HttpConnection): void {
    const { socket } = connection
    const line = new Line(connection, this.#parts.clock.now)
    this.#lines.set(socket, line)
    socket.once('close', () => this.#forget(socket))
    this.#server.emit('connection', socket)
  }

  /** Looks after deadlines. @param now seconds of a clock that never goes back */
  swept(now: number): void {
    for (const line of this.#lines.values()) if (line.isLate(now)) line.connection.socket.destroy()
  }

  /** Lets what is being answered finish and closes the rest; resolves when all are gone. */
  close(): Promise<void> {
    const gone = new Promise<void>(resolve => {
      this.#closed = resolve
    })
    for (const line of this.#lines.values()) line.finish()
    if (this.#lines.size === 0) this.#closed?.()
    return gone
  }

  /** Closes everything at once. */
  destroy(): void {
    for (const socket of this.#lines.keys()) socket.destroy()
  }

  #add(page: Page): void {
    const { methods } = this.#routes.at(page.path, () => ({ methods: new Map() }))
    for (const method of page.methods) {
      if (methods.has(method)) throw new Error(`Two pages want to answer ${method} ${page.path}.`)
      methods.set(method, page)
    }
  }

  #forget(socket: Socket): void {
    this.#lines.delete(socket)
    if (this.#lines.size === 0) this.#closed?.()
  }

  #arrived(request: IncomingMessage, response: ServerResponse, awaited: boolean): void {
    const line = this.#lines.get(request.socket)
    if (line === undefined || line.serving >= mostAtOnce) {
      request.socket.destroy()
      return
    }
    line.begins(request, response, () => this.#parts.clock.now)
    // An answer can break off at any time; the end of the connection tells all there is to know.
    response.on('error', () => undefined)
    request.on('error', () => undefined)
    beStrict(response)
    if (this.#closed !== undefined) response.setHeader('connection', 'close')
    this.#serve(line, request, response, awaited).catch(thrown => this.#failed(request, response, thrown))
  }

  async #serve(line: Line, request: IncomingMessage, response: ServerResponse, awaited: boolean): Promise<void> {
    const { network } = line.connection.client(headerText(request, 'x-forwarded-for'))
    if (!this.#parts.limiter.allow('request', network))
      throw new PageProblem(429, 'Too many requests came from your network. Please wait a minute.', {
        'retry-after': '60',
      })
    const { path, search } = target(request)
    const found = this.#routes.find(path)
    if (found === undefined) throw new PageProblem(404, 'There is nothing here.')
    const { methods } = found.at
    const asked = request.method === 'HEAD' ? 'GET' : (request.method ?? '')
    const page = methods.get(asked as Method)
    allowOthers(request, response, page ?? [...methods.values()].find(({ cors }) => cors !== undefined), methods)
    const allowed = ['OPTIONS', ...(methods.has('GET') ? ['HEAD'] : []), ...methods.keys()].join(', ')
    if (asked === 'OPTIONS') {
      response.statusCode = 204
      response.setHeader('allow', allowed)
      response.end()
      return
    }
    if (page === undefined)
      throw new PageProblem(405, `That cannot be done here. What can be: ${allowed}.`, { allow: allowed })
    await page.handle(new OneVisit({ path, search, params: found.params }, network, request, response, awaited))
  }

  #failed(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
    if (thrown instanceof PageProblem) {
      if (response.headersSent) {
        response.destroy()
        return
      }
      setHeaders(response, thrown.headers)
      this.#refuse(request, response, thrown.status, thrown.message)
      return
    }
    const number = randomInt(100_000, 1_000_000)
    this.#parts.log.bug('a page failed', thrown, { number })
    if (response.headersSent) response.destroy()
    else
      this.#refuse(
        request,
        response,
        500,
        `Something went wrong here, and it is not your fault. Whoever runs this service finds it in the log by the number ${number}.`,
      )
  }

  #refuse(request: IncomingMessage, response: ServerResponse, status: number, sentence: string): void {
    const page = this.#parts.refusal?.({ request, status, sentence })
    if (page === undefined) {
      answerSentence(request, response, status, sentence)
      return
    }
    setHeaders(response, page.headers)
    answer(request, response, status, 'text/html; charset=utf-8', page.body)
  }

  #upgradeOf(request: IncomingMessage): Upgrade | undefined {
    const upgrade = this.#upgrades.get((request.url ?? '').split('?', 1)[0] as string)
    const wanted = request.headers.upgrade?.toLowerCase().split(/\s*,\s*/)
    return upgrade !== undefined && request.method === 'GET' && wanted?.includes(upgrade.to) ? upgrade : undefined
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const line = this.#lines.get(socket)
    const upgrade = this.#upgradeOf(request)
    if (line === undefined || upgrade === undefined || this.#closed !== undefined) {
      socket.destroy()
      return
    }
    const client = line.connection.client(headerText(request, 'x-forwarded-for'))
    if (!this.#parts.limiter.allow('request', client.network)) {
      answerRaw(socket, '429 Too Many Requests', 'Too many requests came from your network.', 'retry-after: 60\r\n')
      return
    }
    this.#forget(socket)
    upgrade.open(request, socket, head, client)
  }
}

function headerText({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

/** RFC 9112 §3.2: path and query, or a whole address. */
function target({ url = '' }: IncomingMessage): { path: string; search: string } {
  const own = /^https?:\/\/[^/?#]*(.*)$/i.exec(url)?.[1] ?? url
  const at = own.indexOf('?')
  return at < 0 ? { path: own, search: '' } : { path: own.slice(0, at), search: own.slice(at + 1) }
}

/** The Fetch standard's CORS protocol, for everybody or for nobody: no page here goes by who a browser says one is. */
function allowOthers(
  request: IncomingMessage,
  response: ServerResponse,
  page: Page | undefined,
  methods: ReadonlyMap<Method, Page>,
): void {
  if (page?.cors === undefined) return
  const { headers = [], exposes = [] } = page.cors
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('cross-origin-resource-policy', 'cross-origin')
  if (exposes.length > 0) response.setHeader('access-control-expose-headers', exposes.join(', '))
  if (request.method !== 'OPTIONS') return
  response.setHeader('access-control-allow-methods', [...methods.keys()].join(', '))
  if (headers.length > 0) response.setHeader('access-control-allow-headers', headers.join(', '))
  response.setHeader('access-control-max-age', '86400')
}
