/** XMPP over BOSH (XEP-0124, XEP-0206) for plays: requests by hand, and a socket on top that looks like any other. */

import { randomInt } from 'node:crypto'
import { Agent, request } from 'node:https'
import { Duplex } from 'node:stream'
import { standsAlone } from './websocket.ts'

const httpbind = 'http://jabber.org/protocol/httpbind'
const xbosh = 'urn:xmpp:xbosh'
const streams = 'http://etherx.jabber.org/streams'

export interface BoshOptions {
  readonly host: string
  readonly port: number
  readonly domain: string
  readonly localAddress?: string
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** One HTTPS request to the server under test. */
export function visit(
  where: { readonly host: string; readonly port: number },
  path: string,
  {
    method = 'GET',
    headers = {},
    body = '',
    agent,
    localAddress,
  }: { method?: string; headers?: Record<string, string>; body?: string; agent?: Agent; localAddress?: string } = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { host, port } = where
    const asking = request(
      {
        host,
        port,
        path,
        method,
        headers,
        agent: agent ?? false,
        rejectUnauthorized: false,
        ...(localAddress === undefined ? {} : { localAddress }),
      },
      response => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', piece => {
          text += piece
        })
        response.on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: text }))
      },
    )
    asking.on('error', reject)
    asking.end(body)
  })
}

/** A session, request by request. */
export class BoshPeer {
  readonly options: BoshOptions
  readonly agent = new Agent({ keepAlive: true, rejectUnauthorized: false, maxSockets: 4 })
  rid = randomInt(1, 2 ** 40)
  sid = ''
  /** The Content-Type of the last answer. */
  type: string | undefined

  constructor(options: BoshOptions) {
    this.options = options
  }

  /** Sends a body with the next number, or as it is if `rid` is given. */
  async post(attributes: Readonly<Record<string, string>>, inside = ''): Promise<string> {
    const all: Record<string, string> = {
      rid: attributes.rid ?? String(this.rid++),
      ...(this.sid === '' ? {} : { sid: this.sid }),
      ...attributes,
    }
    const written = Object.entries(all).map(([name, value]) => ` ${name}='${value}'`)
    return this.postRaw(`<body xmlns='${httpbind}' xmlns:xmpp='${xbosh}'${written.join('')}>${inside}</body>`)
  }

  async postRaw(body: string): Promise<string> {
    const headers = { 'content-type': 'text/xml; charset=utf-8' }
    const { localAddress } = this.options
    const answer = await visit(this.options, '/http-bind', {
      method: 'POST',
      headers,
      body,
      agent: this.agent,
      ...(localAddress === undefined ? {} : { localAddress }),
    })
    this.type = String(answer.headers['content-type'])
    if (answer.status !== 200) throw new Error(`BOSH answered ${answer.status}: ${answer.body}`)
    return answer.body
  }

  /** Begins a session and gives back the first answer. */
  async begin(attributes: Readonly<Record<string, string>> = {}): Promise<string> {
    const { domain } = this.options
    const first = await this.post({
      to: domain,
      wait: '60',
      hold: '1',
      ver: '1.6',
      'xmpp:version': '1.0',
      'xml:lang': 'en',
      ...attributes,
    })
    this.sid = attributeOf(first, 'sid') ?? ''
    return first
  }

  leave(): void {
    this.agent.destroy()
  }
}

/** An attribute of the outermost element. */
export function attributeOf(text: string, name: string): string | undefined {
  return new RegExp(`^<[^>]*\\s${name}='([^']*)'`).exec(text)?.[1]
}

/** A stream of text, as over TCP, on top of that. One write is one element, one header or one end. */
export class BoshStream extends Duplex {
  readonly peer: BoshPeer
  readonly #outgoing: string[] = []
  #underway = 0
  #inOrder: Promise<void> = Promise.resolve()
  #quiet = false

  constructor(options: BoshOptions) {
    super({ decodeStrings: false })
    this.peer = new BoshPeer(options)
  }

  override _read(): void {
    this.#quiet = false
    this.#listen()
  }

  override _write(data: string | Buffer, _encoding: string, done: () => void): void {
    const text = data.toString()
    const { domain } = this.peer.options
    if (/<stream:stream/.test(text)) {
      const to = /\sto='([^']*)'/.exec(text)?.[1] ?? domain
      if (this.peer.sid === '') this.#hear(this.peer.begin({ to }), true)
      else {
        // A request that was open already may bring what follows.
        this.#open('')
        this.#hear(this.peer.post({ to, 'xmpp:restart': 'true' }))
      }
    } else if (text === '</stream:stream>') {
      this.#hear(this.peer.post({ type: 'terminate' }, this.#outgoing.splice(0).join('')))
    } else {
      this.#outgoing.push(standsAlone(text))
      this.#pump()
    }
    done()
  }

  /** XEP-0124#overactive: no more requests at one time than were agreed on. */
  #pump(): void {
    if (this.#underway >= 2 || this.#outgoing.length === 0 || this.destroyed) return
    this.#hear(this.peer.post({}, this.#outgoing.splice(0, 20).join('')))
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.peer.leave()
    done(error)
  }

  #hear(answer: Promise<string>, opens = false): void {
    answer.catch(() => undefined)
    this.#underway++
    // XEP-0124#rids: answers are read in the order of their requests, whichever comes first.
    this.#inOrder = this.#inOrder
      .then(() => answer)
      .then(
        text => {
          this.#underway--
          this.#heard(text, opens)
        },
        () => {
          this.#underway--
          this.#over()
        },
      )
  }

  #heard(text: string, opens: boolean): void {
    if (opens) this.#open(attributeOf(text, 'authid') ?? '')
    const inside = /^<body[^>]*?(?:\/>|>([\s\S]*)<\/body>)$/.exec(text)?.[1] ?? ''
    if (inside !== '') this.#push(inside)
    if (attributeOf(text, 'type') === 'terminate') this.#over()
    else {
      this.#pump()
      this.#listen()
    }
  }

  #open(id: string): void {
    this.#push(`<stream:stream xmlns='jabber:client' xmlns:stream='${streams}' id='${id}' version='1.0'>`)
  }

  #listen(): void {
    if (this.peer.sid === '' || this.destroyed || this.#quiet || this.#underway > 0) return
    this.#hear(this.peer.post({}))
  }

  #push(text: string): void {
    if (!this.destroyed && !this.push(text)) this.#quiet = true
  }

  #over(): void {
    if (this.destroyed) return
    this.#push('</stream:stream>')
    this.push(null)
    this.destroy()
  }
}
