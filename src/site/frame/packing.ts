/** Documents in the encoding that the browser likes. Only for what holds no secret: its length tells of what is in it. */

import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Visit } from '../../http/page.ts'

export type Encoding = 'br' | 'gzip' | 'plain'

/** `Accept-Encoding` (RFC 9110 §12.5.3) */
export function accepted({ request }: Pick<Visit, 'request'>): Encoding {
  const header = String(request.headers['accept-encoding'] ?? '')
  const named = (name: string) =>
    new RegExp(`(^|,)\\s*${name}\\s*(;\\s*q=(1|0\\.[0-9]*[1-9])[0-9]*)?\\s*(,|$)`).test(header)
  return named('br') ? 'br' : named('gzip') ? 'gzip' : 'plain'
}

/** @param quality of Brotli: 4 is quick, 6 is for what is packed once */
export function packed(text: string | Buffer, encoding: Encoding, quality: 4 | 6 = 4): Buffer {
  if (encoding === 'br') return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } })
  return encoding === 'gzip' ? gzipSync(text) : Buffer.from(text)
}

export function encodingHeader(encoding: Encoding): Readonly<Record<string, string>> {
  return encoding === 'plain' ? {} : { 'content-encoding': encoding }
}
