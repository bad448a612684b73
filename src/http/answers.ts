import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { escapeText } from '../protocol/xml/write.ts'
import type { Headers } from './page.ts'

/** What every answer says unless its page says otherwise: load nothing, frame nothing, guess nothing, keep nothing. */
const strict: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

export function beStrict(response: ServerResponse): void {
  for (const name in strict) response.setHeader(name, strict[name] as string)
}

export function setHeaders(response: ServerResponse, headers: Headers): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) response.removeHeader(name)
    else response.setHeader(name, value)
  }
}

/** A whole answer. A body that is still arriving ends the connection: nobody is going to read it. */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Uint8Array,
): void {
  response.statusCode = status
  if (status !== 204 && status !== 304) {
    response.setHeader('content-type', type)
    response.setHeader('content-length', Buffer.byteLength(body))
  }
  if (!request.complete && bodyExpected(request)) response.setHeader('connection', 'close')
  response.end(body)
}

/** RFC 9112 §6.3 */
function bodyExpected({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

/** A sentence instead of a page, for people and for programs. */
export function answerSentence(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  sentence: string,
): void {
  const html = request.headers.accept?.includes('text/html') === true
  const type = html ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8'
  answer(request, response, status, type, html ? `${pageAround(sentence)}\n` : `${sentence}\n`)
}

function pageAround(sentence: string): string {
  const text = escapeText(sentence)
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${text}</title><p>${text}</p></html>`
}

/** An answer on a connection that HTTP has let go of, or never understood. */
export function answerRaw(socket: Duplex, status: string, sentence: string, headers = ''): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const body = `${sentence}\n`
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `${headers}connection: close\r\n\r\n${body}`,
  )
}
