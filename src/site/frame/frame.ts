/** The frame: makes pages of the site into pages of the HTTPS port. */

import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { setHeaders } from '../../http/answers.ts'
import type { Page, Visit } from '../../http/page.ts'
import type { Refused } from '../../http/server.ts'
import type { Settings } from '../../settings/schema.ts'
import { hourglass } from '../look/drawings.ts'
import { sheet } from '../look/sheet.ts'
import { insistOnOwnPage, readForm, usualFormBytes } from './form.ts'
import { guiseOf } from './guise.ts'
import { html, place } from './html.ts'
import { type Language, languages, preferred } from './language.ts'
import { inLanguage, layout } from './layout.ts'
import { accepted, type Encoding, encodingHeader, packed } from './packing.ts'
import type { Asked, Reply, Shown, SitePage } from './page.ts'
import { frameTexts } from './texts.ts'

export interface FrameParts {
  readonly softwareVersion: string
  /** The settings as they are for the domain that a host name stands for; those of the service where it is nobody's. */
  settingsAt(host: string): Settings
  /** Where the site of a domain is reached: `https://name:port`. */
  webAddress(domain: string): string
}

/** What every page of the site says; nothing of it may be loaded, framed or read by others. */
const policy = (style = "'self'"): string =>
  `default-src 'none'; style-src ${style}; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`

const yearSeconds = 31_536_000

/** Entrances that are kept packed: each is the same for everybody, in one language of one domain. */
const mostPacked = 50

export class Frame {
  readonly #parts: FrameParts
  readonly #packed = new Map<string, Buffer>()

  constructor(parts: FrameParts) {
    this.#parts = parts
  }

  /** The pages as the HTTPS port takes them: each where it is, and once more for each language. */
  pages(all: readonly SitePage[]): readonly Page[] {
    return all.flatMap(page => [
      this.#page(page, page.path, undefined),
      ...languages.map(language => this.#page(page, inLanguage(page.path, language), language)),
    ])
  }

  /** A refusal as a page, for people; undefined for programs, which get the sentence. */
  refusal = ({ request, status, sentence }: Refused): { body: string; headers: Record<string, string> } | undefined => {
    if (request.headers.accept?.includes('text/html') !== true) return undefined
    const around = this.#around(
      request,
      languages.find(each => request.url?.startsWith(`/${each}/`)),
    )
    const texts = frameTexts[around.language]
    const explained = texts.explained[status]
    const title = texts.problems[status] ?? texts.otherProblem
    const body = html`<div class="beside"><article><h1>${title}</h1>
${explained === undefined ? html`<p lang="en">${sentence}</p>` : html`<p>${explained}</p>`}
<p><a class="button" href="${around.to('/')}">${texts.wayOut}</a></p></article>${hourglass}</div>`
    return { body: this.#document({ title, body }, around, undefined), headers: this.#headers(around) }
  }

  #page(page: SitePage, path: string, chosen: Language | undefined): Page {
    const { get, post } = page
    return {
      path,
      methods: [...(get === undefined ? [] : (['GET'] as const)), ...(post === undefined ? [] : (['POST'] as const))],
      ...(page.cors === undefined ? {} : { cors: page.cors }),
      handle: async visit => {
        const { request, params, query } = visit
        const around = this.#around(request, chosen)
        const cookie = (name: string) => cookieIn(request.headers.cookie, name)
        const asked: Asked = { visit, params, query, cookie, ...around }
        if (visit.method === 'POST') {
          insistOnOwnPage(visit, this.#origins(request, around))
          const filled = await readForm(visit, page.formBytes ?? usualFormBytes, page.takesFile)
          await this.#reply(visit, around, await post!(asked, filled))
        } else await this.#reply(visit, around, await get!(asked))
      },
    }
  }

  #around({ headers }: IncomingMessage, chosen: Language | undefined): Around {
    const settings = this.#parts.settingsAt(headers.host ?? '')
    return {
      settings,
      guise: guiseOf(settings),
      language: chosen ?? preferred(headers['accept-language']),
      chosen,
      to: (path, query) => place(chosen === undefined ? path : inLanguage(path, chosen), query),
    }
  }

  async #reply(visit: Visit, around: Around, reply: Reply): Promise<void> {
    const { response } = visit
    for (const [name, value] of Object.entries(this.#headers(around))) response.setHeader(name, value)
    if ('to' in reply) {
      visit.send(303, 'text/plain; charset=utf-8', '', { ...reply.headers, location: reply.to.text })
    } else if ('pieces' in reply) {
      setHeaders(response, { ...reply.headers, 'content-type': reply.type })
      // Whoever goes away in the middle ends the making of it.
      await pipeline(reply.pieces, response).catch(() => response.destroy())
    } else if ('content' in reply) {
      visit.send(reply.status ?? 200, reply.type, reply.content, reply.headers)
    } else {
      const { chosen } = around
      if (chosen === undefined) response.setHeader('vary', 'accept-language')
      // It is known to fit one of our paths. What stands behind the question mark stays out.
      const here = chosen === undefined ? visit.path : visit.path.slice(chosen.length + 1)
      const body = this.#document(reply, around, here)
      if (reply.entrance === true) return this.#enter(visit, around, body)
      visit.send(reply.status ?? 200, 'text/html; charset=utf-8', body, reply.headers)
    }
  }

  /** All of it at once: the page, with the stylesheet in it, in what a server may send before it hears anything back. */
  #enter(visit: Visit, { chosen, guise }: Around, body: string): void {
    const encoding = accepted(visit)
    visit.send(200, 'text/html; charset=utf-8', this.#ready(body, encoding), {
      'content-security-policy': policy(`'self' ${sheet(guise.accent).hash}`),
      vary: chosen === undefined ? 'accept-language, accept-encoding' : 'accept-encoding',
      ...encodingHeader(encoding),
    })
  }

  #ready(body: string, encoding: Encoding): string | Buffer {
    if (encoding === 'plain') return body
    const key = `${encoding} ${body}`
    const ready = this.#packed.get(key) ?? packed(body, encoding)
    this.#packed.set(key, ready)
    if (this.#packed.size > mostPacked) this.#packed.delete(this.#packed.keys().next().value!)
    return ready
  }

  #document(shown: Shown, { settings, guise, language, to }: Around, here: string | undefined): string {
    const { title, body, at, signedIn, listed, summary, entrance } = shown
    const { softwareVersion } = this.#parts
    const [legalNotice] = settings.site.legalNotice
    const [source] = settings.site.source
    const facts = { title, at, signedIn, listed, summary, entrance, softwareVersion, legalNotice, source }
    return layout({ ...facts, guise, language, to, here }, body)
  }

  #headers({ guise }: Around): Record<string, string> {
    const { port } = new URL(this.#parts.webAddress(guise.domain))
    return {
      'content-security-policy': policy(),
      'permissions-policy': 'interest-cohort=(), browsing-topics=()',
      // It speaks for all ports of the name: where this port is an unusual one, the name may be somebody else's as well.
      ...(port === '' ? { 'strict-transport-security': `max-age=${yearSeconds}` } : {}),
    }
  }

  /** The site is reached under the address that it tells, and under whatever name the connection came in by. */
  #origins({ headers }: IncomingMessage, { guise }: Around): readonly string[] {
    return [this.#parts.webAddress(guise.domain), `https://${headers.host ?? ''}`]
  }
}

/** What is around a page for who asks for it. */
interface Around extends Pick<Asked, 'settings' | 'guise' | 'language' | 'to'> {
  /** The language in the path. */
  readonly chosen: Language | undefined
}

/** RFC 6265 §4.2 */
function cookieIn(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}
