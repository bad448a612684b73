/**
 * XMPP over WebSocket (RFC 7395) for plays: a socket that takes the text of an ordinary stream and gives one back, so
 * that whoever talks over it need not know. Its frames are its own, written for tests: bent ones can be sent as well.
 */

import { randomBytes } from 'node:crypto'
import { Duplex } from 'node:stream'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'

const framing = 'urn:ietf:params:xml:ns:xmpp-framing'

export interface WebSocketOptions {
  readonly host: string
  readonly port: number
  readonly domain: string
  readonly path?: string
  /** Further lines of the request, or other ones: an empty value leaves a header out. */
  readonly headers?: Readonly<Record<string, string>>
  readonly localAddress?: string
  readonly tls?: ConnectionOptions
}

/** The server did not want a WebSocket. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused'
  readonly status: number

  constructor(head: string) {
    super(`There was no WebSocket: ${head}`)
    this.status = Number(head.split(' ')[1])
  }
}

/** Frames as they come and go. */
export class WebSocketPeer {
  readonly socket: TLSSocket
  /** What came: opcode and payload. */
  heard: (opcode: number, payload: Buffer) => void = () => {}
  #bytes: Buffer = Buffer.alloc(0)

  private constructor(socket: TLSSocket) {
    this.socket = socket
    socket.on('error', () => {})
  }

  static async connect(options: WebSocketOptions): Promise<WebSocketPeer> {
    const { host, port, domain, path = '/xmpp-websocket', headers = {}, localAddress } = options
    const socket = connectTls({
      host,
      port,
      servername: domain,
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      ...(localAddress === undefined ? {} : { localAddress }),
      ...options.tls,
    })
    const lines: Record<string, string> = {
      host: `${domain}:${port}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      'sec-websocket-protocol': 'xmpp',
      ...headers,
    }
    const written = Object.entries(lines).filter(([, value]) => value !== '')
    socket.write(`GET ${path} HTTP/1.1\r\n${written.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
    const peer = new WebSocketPeer(socket)
    await peer.#upgraded()
    return peer
  }

  send(opcode: number, payload: string | Uint8Array, { last = true, mask = true, reserved = 0 } = {}): void {
    const data = Buffer.from(typeof payload === 'string' ? Buffer.from(payload) : payload)
    const head = [(last ? 0x80 : 0) | reserved | opcode]
    const masked = mask ? 0x80 : 0
    if (data.length < 126) head.push(masked | data.length)
    else if (data.length < 65_536) head.push(masked | 126, data.length >> 8, data.length & 255)
    else
      head.push(
        masked | 127,
        0,
        0,
        0,
        0,
        data.length >>> 24,
        (data.length >> 16) & 255,
        (data.length >> 8) & 255,
        data.length & 255,
      )
    const key = randomBytes(4)
    if (mask) for (let i = 0; i < data.length; i++) data[i] = data[i]! ^ key[i & 3]!
    if (!this.socket.destroyed)
      this.socket.write(Buffer.concat([Buffer.from(head), mask ? key : Buffer.alloc(0), data]))
  }

  #upgraded(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (piece: Buffer) => {
        this.#bytes = Buffer.concat([this.#bytes, piece])
        const end = this.#bytes.indexOf('\r\n\r\n')
        if (end < 0) return
        this.socket.removeListener('data', look)
        const head = this.#bytes.subarray(0, end).toString()
        if (!head.startsWith('HTTP/1.1 101 ') || !/^sec-websocket-protocol: xmpp$/im.test(head)) {
          this.socket.destroy()
          reject(new UpgradeRefused(head))
          return
        }
        this.#bytes = this.#bytes.subarray(end + 4)
        this.socket.on('data', (more: Buffer) => {
          this.#bytes = Buffer.concat([this.#bytes, more])
          this.#read()
        })
        resolve()
        setImmediate(() => this.#read())
      }
      this.socket.on('data', look)
      this.socket.once('error', reject)
      this.socket.once('close', () => reject(new UpgradeRefused('the connection ended')))
    })
  }

  #read(): void {
    for (;;) {
      const bytes = this.#bytes
      if (bytes.length < 2) return
      const short = bytes[1]! & 127
      const head = short < 126 ? 2 : short === 126 ? 4 : 10
      if (bytes.length < head) return
      const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
      if (bytes.length < head + length) return
      this.#bytes = bytes.subarray(head + length)
      if (bytes[0]! < 0x80 || bytes[1]! >= 0x80) throw new Error('The server sent a frame that is masked or in parts.')
      this.heard(bytes[0]! & 15, bytes.subarray(head, head + length))
    }
  }
}

/** A stream of text, as over TCP, on top of that. One write is one element, one header or one end. */
export class WebSocketStream extends Duplex {
  readonly peer: WebSocketPeer
  /** The code of the server's closing frame. */
  closedWith: number | undefined

  constructor(peer: WebSocketPeer) {
    super({ decodeStrings: false })
    this.peer = peer
    peer.heard = (opcode, payload) => this.#heard(opcode, payload)
    peer.socket.on('close', () => {
      this.push(null)
      this.destroy()
    })
  }

  override _read(): void {
    this.peer.socket.resume()
  }

  override _write(data: string | Buffer, _encoding: string, done: () => void): void {
    this.peer.send(1, framed(data.toString()))
    done()
  }

  override _final(done: () => void): void {
    this.peer.send(8, Buffer.from([3, 232]))
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.peer.socket.destroy()
    done(error)
  }

  #heard(opcode: number, payload: Buffer): void {
    if (opcode === 1 && !this.push(unframed(payload.toString()))) this.peer.socket.pause()
    if (opcode === 9) this.peer.send(10, payload)
    else if (opcode === 8) {
      this.closedWith = payload.length < 2 ? 1005 : payload.readUInt16BE(0)
      this.peer.send(8, payload)
    }
  }
}

/** What a stream says, as a message. */
export function framed(text: string): string {
  const header = /<stream:stream([^>]*)>/.exec(text)
  if (header !== null) {
    const attributes = header[1]!.replace(/\sxmlns(:stream)?=(['"]).*?\2/g, '')
    return `<open xmlns='${framing}'${attributes}/>`
  }
  if (text === '</stream:stream>') return `<close xmlns='${framing}'/>`
  return standsAlone(text)
}

/** A stanza that names its namespace. */
export function standsAlone(text: string): string {
  return text.replace(/^<(message|presence|iq)(?=[\s>/])(?![^>]*\sxmlns=)/, "<$1 xmlns='jabber:client'")
}

function unframed(text: string): string {
  const open = new RegExp(`^<open xmlns='${framing}'(.*)/>$`).exec(text)
  const streams = "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
  if (open !== null) return `<stream:stream ${streams}${open[1]}>`
  if (text === `<close xmlns='${framing}'/>`) return '</stream:stream>'
  if (!/^<[\w:]+[^>]*\sxmlns(:stream)?=/.test(text)) throw new Error(`A message has no namespace of its own: ${text}`)
  return text
}
