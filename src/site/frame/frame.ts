/** The frame: makes pages of the site into pages of the HTTPS port. */

import type { Page, Visit } from '../../http/page.ts'
import type { Refused } from '../../http/server.ts'
import { insistOnOwnPage, readForm, usualFormBytes } from './form.ts'
import type { Guise } from './guise.ts'
import { type Address, html, place } from './html.ts'
import { type Language, languages, preferred } from './language.ts'
import { type FrameFacts, inLanguage, layout } from './layout.ts'
import type { Asked, Reply, Shown, SitePage } from './page.ts'
import { frameTexts } from './texts.ts'

export interface FrameParts {
  readonly facts: FrameFacts
  /** The guise of the domain that the browser asked for; that of the service where it is not ours. */
  guise(host: string | undefined): Guise
  /** Where the site is reached: `https://name:port`. */
  webAddress(): string
}

/** What every page of the site says; nothing of it may be loaded, framed or read by others. */
const policy =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

const yearSeconds = 31_536_000

export class Frame {
  readonly #parts: FrameParts

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
    const chosen = languages.find(each => request.url?.startsWith(`/${each}/`))
    const language = chosen ?? preferred(request.headers['accept-language'])
    const texts = frameTexts[language]
    const title = texts.problems[status] ?? texts.otherProblem
    const explained = texts.explained[status]
    const to = this.#to(chosen)
    const body = html`<article class="narrow"><h1>${title}</h1>
${explained === undefined ? html`<p lang="en">${sentence}</p>` : html`<p>${explained}</p>`}
<p><a class="button" href="${to('/')}">${texts.wayOut}</a></p></article>`
    return {
      body: this.#document({ title, body }, request.headers.host, language, to, undefined),
      headers: this.#headers(),
    }
  }

  #page(page: SitePage, path: string, chosen: Language | undefined): Page {
    const { get, post } = page
    return {
      path,
      methods: [...(get === undefined ? [] : (['GET'] as const)), ...(post === undefined ? [] : (['POST'] as const))],
      ...(page.cors === undefined ? {} : { cors: page.cors }),
      handle: async visit => {
        const asked = this.#asked(visit, chosen)
        if (visit.method === 'POST') {
          insistOnOwnPage(visit, this.#origins(visit))
          const filled = await readForm(visit, page.formBytes ?? usualFormBytes)
          this.#reply(asked, await post!(asked, filled), chosen)
        } else this.#reply(asked, await get!(asked), chosen)
      },
    }
  }

  #asked(visit: Visit, chosen: Language | undefined): Asked {
    const { headers } = visit.request
    return {
      visit,
      language: chosen ?? preferred(headers['accept-language']),
      guise: this.#parts.guise(headers.host),
      params: visit.params,
      query: visit.query,
      to: this.#to(chosen),
      cookie: name => cookieIn(headers.cookie, name),
    }
  }

  #to(chosen: Language | undefined): Asked['to'] {
    return (path, query) => place(chosen === undefined ? path : inLanguage(path, chosen), query)
  }

  #reply({ visit, language, to }: Asked, reply: Reply, chosen: Language | undefined): void {
    for (const [name, value] of Object.entries(this.#headers())) visit.response.setHeader(name, value)
    if ('to' in reply) {
      visit.send(303, 'text/plain; charset=utf-8', '', { ...reply.headers, location: reply.to.text })
    } else if ('content' in reply) {
      visit.send(reply.status ?? 200, reply.type, reply.content, reply.headers)
    } else {
      if (chosen === undefined) visit.response.setHeader('vary', 'accept-language')
      // The path is known to fit one of ours, so it can be in a link; what is after the `?` of a form stays out.
      const here = chosen === undefined ? visit.path : visit.path.slice(chosen.length + 1)
      const body = this.#document(reply, visit.request.headers.host, language, to, here)
      visit.send(reply.status ?? 200, 'text/html; charset=utf-8', body, reply.headers)
    }
  }

  #document(
    shown: Shown,
    host: string | undefined,
    language: Language,
    to: (path: string) => Address,
    here: string | undefined,
  ): string {
    const { title, body, at, signedIn, listed, summary } = shown
    const { facts } = this.#parts
    return layout(
      { title, language, guise: this.#parts.guise(host), facts, to, here, at, signedIn, listed, summary },
      body,
    )
  }

  #headers(): Record<string, string> {
    return {
      'content-security-policy': policy,
      'permissions-policy': 'interest-cohort=(), browsing-topics=()',
      // It speaks for all ports of the name: where this port is an unusual one, the name may be somebody else's as well.
      ...(new URL(this.#parts.webAddress()).port === ''
        ? { 'strict-transport-security': `max-age=${yearSeconds}` }
        : {}),
    }
  }

  /** The site is reached under the address that it tells, and under whatever name the connection came in by. */
  #origins({ request: { headers } }: Visit): readonly string[] {
    return [this.#parts.webAddress(), `https://${headers.host ?? ''}`]
  }
}

/** RFC 6265 §4.2 */
function cookieIn(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}
