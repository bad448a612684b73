/** Contact: the addresses at which those who run the service are reached, and a form for those who have none of their own. */

import type { Limiter } from '../../operations/limits.ts'
import type { Filled } from '../frame/form.ts'
import type { FormGuard } from '../frame/guard.ts'
import { attribute, type Html, html, link, nothing, place } from '../frame/html.ts'
import type { Asked, Reply, SitePage } from '../frame/page.ts'
import { letterBox } from '../look/drawings.ts'
import { contactTexts } from '../texts/contact.ts'
import { announced, type StatusParts, working } from './status.ts'

const roles = ['support', 'abuse', 'security', 'admin'] as const

/** Those who look after a domain. */
export interface Operators {
  /** Whether there is anybody to write to. */
  reachable(domain: string): Promise<boolean>
  write(domain: string, text: string): Promise<void>
}

export interface ContactParts {
  readonly guard: FormGuard
  readonly limiter: Limiter
  readonly operators: Operators
  readonly status: StatusParts
}

const path = '/contact'
const longest = { text: 4000, reply: 200 } as const

export function contactPage(parts: ContactParts): SitePage {
  const { guard, limiter, operators, status: state } = parts

  async function shown(asked: Asked, tried?: Tried): Promise<Reply> {
    const { settings, guise, language } = asked
    const texts = contactTexts[language]
    const { contact } = settings
    const by = (uri: string): Html => {
      const way = texts.by[uri.slice(0, uri.indexOf(':'))]
      return way === undefined ? nothing : html`<span class="small">(${way})</span>`
    }
    const given = roles.filter(role => contact[role].length > 0)
    const hasForm = settings.site.contactForm && (await operators.reachable(guise.domain))
    const body = html`${announced(state, guise.domain, language)}<div class="beside"><article>
<h1>${texts.title}</h1>
<p class="lead">${texts.lead(guise.name)}</p>
${given.length > 0 && html`<dl class="people">${given.map(role => html`<div><dt>${texts.roles[role]}</dt>${contact[role].map(uri => html`<dd>${followed(uri)} ${by(uri)}</dd>`)}</div>`)}</dl>`}
${given.length === 0 && !hasForm && html`<p>${texts.none}</p>`}
${contact.security.length > 0 && html`<p class="small">${texts.forPrograms} <a href="${place('/.well-known/security.txt')}">security.txt</a></p>`}
<h2>${texts.status}</h2>
<p>${working(state, language)}</p>
${contact.status.length > 0 && html`<p class="small">${texts.statusElsewhere} ${contact.status.map((uri, i) => html`${i > 0 && ', '}${followed(uri)}`)}</p>`}
${hasForm && form(asked, tried)}
</article>${letterBox}</div>`
    const status = tried === undefined ? 200 : tried.status
    return { title: texts.title, body, at: 'contact', listed: true, summary: texts.lead(guise.name), status }
  }

  function form({ language, to }: Asked, tried?: Tried): Html {
    const texts = contactTexts[language].form
    const { token, question } = guard.issue(path, language)
    const { text = '', reply = '', wrong } = tried ?? {}
    const invalid = (field: Tried['wrong']) => attribute('aria-invalid', wrong === field ? 'true' : undefined)
    return html`<h2 id="form">${texts.title}</h2>
<p>${texts.lead}</p>
${tried !== undefined && html`<div class="notice bad" role="alert"><p>${texts.problems[tried.problem]}</p></div>`}
<form method="post" action="${to(path)}">
<input type="hidden" name="token" value="${token}">
<div class="field"><label for="text">${texts.text}</label>
<textarea id="text" name="text" maxlength="${longest.text}" required${invalid('text')}>${text}</textarea></div>
<div class="field"><label for="reply">${texts.reply}</label>
<span class="hint" id="reply-hint">${texts.replyHint}</span>
<input id="reply" name="reply" value="${reply}" maxlength="${longest.reply}" aria-describedby="reply-hint"></div>
<div class="field"><label for="answer">${texts.question}: ${question}</label>
<span class="hint" id="answer-hint">${texts.questionHint}</span>
<input id="answer" name="answer" autocomplete="off" maxlength="20" required${invalid('answer')} aria-describedby="answer-hint"></div>
<p class="actions"><button class="button">${texts.send}</button></p>
</form>`
  }

  async function sent(asked: Asked, filled: Filled): Promise<Reply> {
    const { settings, guise, language, visit } = asked
    const texts = contactTexts[language].form
    if (!settings.site.contactForm || !(await operators.reachable(guise.domain))) return shown(asked)
    const text = plain(filled.text('text'))
    const reply = plain(filled.text('reply')).replace(/\s+/g, ' ')
    const again = (problem: Problem, wrong?: Tried['wrong'], status = 422) =>
      shown(asked, { problem, text, reply, status, ...(wrong && { wrong }) })
    const guess = guard.check(filled, path)
    if (guess === 'wrong answer') return again('answer', 'answer')
    if (guess !== 'good') return again(guess)
    if (text === '') return again('empty', 'text')
    if (text.length > longest.text || reply.length > longest.reply) return again('long', 'text')
    if (!limiter.allow('contact', visit.network) || !limiter.allow('contactInAll', ''))
      return again('tooMany', undefined, 429)
    await operators.write(guise.domain, texts.message(guise.domain, text, reply))
    const body = html`<div class="beside"><article><h1>${texts.done}</h1><p class="lead">${texts.doneLead}</p></article>${letterBox}</div>`
    return { title: texts.done, body, at: 'contact' }
  }

  return { path, get: asked => shown(asked), post: sent }
}

type Problem = 'answer' | 'old' | 'quick' | 'empty' | 'long' | 'tooMany'

interface Tried {
  readonly problem: Problem
  readonly text: string
  readonly reply: string
  readonly status: number
  readonly wrong?: 'text' | 'answer'
}

/** Without what no message may hold (XML 1.0 §2.2), and what would turn the direction of the text around. */
function plain(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g, '')
    .trim()
}

function followed(uri: string): Html {
  const to = link(uri)
  const shown = uri.replace(/^(mailto|xmpp):/, '')
  return to === undefined
    ? shown === ''
      ? nothing
      : html`${shown}`
    : html`<a href="${to}" rel="noreferrer">${shown}</a>`
}
