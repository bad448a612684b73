/** Forms: reading them, and knowing that they came from our own pages. */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { isMultipart, readMultipart } from '../../http/multipart.ts'
import { PageProblem, type Visit } from '../../http/page.ts'

/** What was filled in. Of a field that came twice the first counts. */
export interface Filled {
  /** '' where the field is missing. Line ends are `\n`. */
  text(name: string): string
  has(name: string): boolean
  /** A file that was chosen, as it comes in: what stands in the form before it has been read. */
  readonly file?: AsyncIterable<Uint8Array>
}

/** Bytes of a form, unless its page says otherwise. */
export const usualFormBytes = 16_384

const mostFields = 60

/**
 * Reads `application/x-www-form-urlencoded`, and where a file is expected `multipart/form-data`; nothing else is taken.
 * @throws PageProblem
 */
export async function readForm(visit: Visit, most: number, withFile = false): Promise<Filled> {
  const type = visit.request.headers['content-type'] ?? ''
  if (withFile && isMultipart(type)) {
    const { fields, file } = await readMultipart(visit, { fieldBytes: most, fields: mostFields })
    return { text: name => fields.get(name) ?? '', has: name => fields.has(name), ...(file && { file }) }
  }
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    throw new PageProblem(415, 'This is not what the form on the page sends.')
  }
  const fields = new Map<string, string>()
  for (const [name, value] of new URLSearchParams((await visit.body(most)).toString('utf8'))) {
    if (fields.size >= mostFields) throw new PageProblem(413, 'That form has too many fields.')
    if (!fields.has(name)) fields.set(name, value.replace(/\r\n?/g, '\n'))
  }
  return { text: name => fields.get(name) ?? '', has: name => fields.has(name) }
}

/**
 * Refuses what a page of another site has sent off. Browsers say where a request comes from in a way that no page can
 * change (Fetch Metadata); older ones say it in `Origin`. Programs that say neither carry nobody's rights with them.
 * @param origins ours
 * @throws PageProblem 403
 */
export function insistOnOwnPage({ request: { headers } }: Visit, origins: readonly string[]): void {
  const site = headers['sec-fetch-site']
  const origin = headers.origin
  const foreign =
    site === undefined ? origin !== undefined && !origins.includes(origin) : site !== 'same-origin' && site !== 'none'
  if (foreign)
    throw new PageProblem(403, 'This form was sent from another site. Open the page here and fill it in again.')
}

/** What became of the token of a form. `age` in milliseconds. */
export type TokenFound = { readonly good: true; readonly age: number } | { readonly good: false }

/**
 * Tokens that go out in forms and come back with them. Each is for one purpose and one holder, and says when it was made;
 * the secret is in memory, so after a restart old forms have to be opened again.
 */
export class FormTokens {
  readonly #secret = randomBytes(32)
  readonly #now: () => number

  /** @param now milliseconds of any clock */
  constructor(now: () => number) {
    this.#now = now
  }

  /** @param holder who may send it: the id of a session, or of whatever the form is about */
  issue(purpose: string, holder = ''): string {
    const at = Math.floor(this.#now()).toString(36)
    return `${at}.${this.#mark(at, purpose, holder)}`
  }

  /** @param longest milliseconds for which it is good */
  find(token: string, purpose: string, holder = '', longest = 12 * 3_600_000): TokenFound {
    const [at = '', mark = ''] = token.split('.')
    const wanted = Buffer.from(this.#mark(at, purpose, holder))
    const given = Buffer.from(mark)
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return { good: false }
    const age = this.#now() - Number.parseInt(at, 36)
    return age >= -1 && age <= longest ? { good: true, age } : { good: false }
  }

  #mark(at: string, purpose: string, holder: string): string {
    return createHmac('sha256', this.#secret)
      .update(JSON.stringify([at, purpose, holder]))
      .digest('base64url')
      .slice(0, 32)
  }
}
