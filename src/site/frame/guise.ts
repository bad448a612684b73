/** How the site looks and what it calls itself, which is each domain's own affair. */

import type { Settings } from '../../settings/schema.ts'
import type { Language } from './language.ts'

/** Texts of those who run the service, in the languages they wrote them in. */
export type OwnText = Readonly<Partial<Record<Language, string>>>

export interface Guise {
  /** The part after the @. */
  readonly domain: string
  /** What the service is called on its pages. */
  readonly name: string
  /** `#rrggbb`; light and dark shades are made of it. */
  readonly accent: string
  /** What those who run it say of it, on the first page. */
  readonly about: OwnText
  /** What it costs. */
  readonly price: OwnText
}

/** @param settings as they are for the domain */
export function guiseOf({ service, site }: Settings): Guise {
  return {
    domain: service.domain,
    name: site.name === '' ? service.domain : site.name,
    accent: site.accent,
    about: said(site.aboutEn, site.aboutDe),
    price: said(site.priceEn, site.priceDe),
  }
}

function said(en: string, de: string): OwnText {
  return { ...(en === '' ? {} : { en }), ...(de === '' ? {} : { de }) }
}

/** In the language that is spoken, else in any. */
export function inOwnWords(text: OwnText, language: Language): { text: string; language: Language } | undefined {
  const spoken = text[language]
  if (spoken !== undefined) return { text: spoken, language }
  const other = (Object.entries(text) as [Language, string][])[0]
  return other && { text: other[1], language: other[0] }
}
