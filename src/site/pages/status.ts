/** How the service is, in a sentence: what those who run it say, and what it finds out about itself. Nothing about anybody. */

import type { Notice } from '../../accounts/notices.ts'
import { type Html, html, nothing } from '../frame/html.ts'
import { dayInWords, type Language } from '../frame/language.ts'
import { statusTexts } from '../texts/status.ts'

export interface StatusParts {
  /** Whether the service can do its work now. */
  ready(): boolean
  /** What is announced for a domain: an outage, or planned work. */
  notice(domain: string): Notice | undefined
}

/** What is announced, above everything else; nothing where nothing is. */
export function announced({ notice }: StatusParts, domain: string, language: Language): Html {
  const told = notice(domain)
  if (told === undefined) return nothing
  const texts = statusTexts[language]
  return html`<aside class="notice lamp" aria-label="${texts.announced}"><p><b>${texts.since(dayInWords(told.day, language))}</b> ${told.text}</p></aside>`
}

/** One sentence on whether things work. */
export function working({ ready }: StatusParts, language: Language): Html {
  const texts = statusTexts[language]
  return ready()
    ? html`<span class="works">${texts.works}</span>`
    : html`<span class="works not">${texts.broken}</span>`
}
