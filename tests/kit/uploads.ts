/** Files over HTTPS, as apps send and fetch them. */

import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { request as secure } from 'node:https'
import type { Actor } from './actor.ts'
import { escaped, type Tree } from './tree.ts'

export interface Slot {
  readonly put: string
  readonly get: string
  /** What has to come with the upload. */
  readonly headers: Record<string, string>
}

export interface Wanted {
  readonly name?: string
  readonly size: number
  readonly type?: string
  /** XML inside the request: a purpose. */
  readonly inside?: string
  /** The service's domain, where it is not the usual one. */
  readonly at?: string
}

/** Asks the upload service; gives back its answer, whatever that is. */
export function asksForSlot(
  actor: Actor,
  domain: string,
  { name = 'letter.txt', size, type, inside = '', at = `upload.${domain}` }: Wanted,
): Promise<Tree> {
  const typed = type === undefined ? '' : ` content-type="${escaped(type)}"`
  const attributes = `filename="${escaped(name)}" size="${size}"${typed}`
  return actor.asks(
    `<iq type="get" to="${at}"><request xmlns="urn:xmpp:http:upload:0" ${attributes}>${inside}</request></iq>`,
  )
}

export async function slotFor(actor: Actor, domain: string, wanted: Wanted): Promise<Slot> {
  const slot = (await asksForSlot(actor, domain, wanted)).need('slot')
  const put = slot.need('put')
  return {
    put: put.attr('url')!,
    get: slot.need('get').attr('url')!,
    headers: Object.fromEntries(put.elements().map(header => [header.attr('name')!, header.text()])),
  }
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** One request, wherever its host is: it always goes to this machine. Resolves also if the body of the answer breaks off. */
export function exchange(
  method: string,
  url: string,
  headers: OutgoingHttpHeaders = {},
  body?: string | Uint8Array,
): Promise<HttpAnswer & { readonly whole: boolean }> {
  return new Promise((resolve, reject) => {
    const ask = url.startsWith('https:') ? secure : request
    const { hostname, host, port, protocol } = new URL(url)
    // The path goes as it is written: making it tidy is what some plays are about.
    const path = url.slice(url.indexOf('/', 8))
    const sent = ask(
      {
        protocol,
        host: '127.0.0.1',
        port,
        path,
        method,
        headers: { host, ...headers },
        agent: false,
        rejectUnauthorized: false,
        servername: hostname,
      },
      answer => {
        const pieces: Buffer[] = []
        const done = () =>
          resolve({
            status: answer.statusCode!,
            headers: answer.headers,
            body: Buffer.concat(pieces),
            whole: answer.complete,
          })
        answer.on('data', piece => pieces.push(piece))
        answer.on('error', () => {})
        answer.on('close', done)
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Uploads; the answer is 201 where nothing is wrong. */
export function uploads(slot: Slot, body: string | Uint8Array, headers: OutgoingHttpHeaders = {}): Promise<HttpAnswer> {
  return exchange('PUT', slot.put, { ...slot.headers, 'content-length': Buffer.byteLength(body), ...headers }, body)
}
