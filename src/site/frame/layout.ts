/** What is around every page. */

import { drawnMark, favicon } from '../look/drawings.ts'
import { sheet, sheetPath } from '../look/sheet.ts'
import type { Guise } from './guise.ts'
import { type Address, attribute, type Html, html, link, ownMarkup, picture, place } from './html.ts'
import { type Language, languages, ownNames } from './language.ts'
import { type MenuEntry, menu } from './page.ts'
import { frameTexts } from './texts.ts'

export interface LayoutParts {
  readonly title: string
  readonly language: Language
  readonly guise: Guise
  readonly softwareVersion: string
  /** Links of those who run the service, at the foot of every page. */
  readonly legalNotice: string | undefined
  readonly source: string | undefined
  /** A place of this site in the language that was chosen. */
  readonly to: (path: string) => Address
  /** The path of this page without a language, for switching to another; undefined where that makes no sense. */
  readonly here: string | undefined
  readonly at?: MenuEntry | undefined
  readonly signedIn?: boolean | undefined
  readonly listed?: boolean | undefined
  readonly summary?: string | undefined
  readonly entrance?: boolean | undefined
}

const paths: Readonly<Record<MenuEntry, string>> = {
  home: '/',
  contact: '/contact',
  privacy: '/privacy',
  login: '/login',
  domain: '/your-domain',
}

/** Where a long word may be divided; a title has one line. */
const softHyphen = '\u00ad'

/** A whole document. */
export function layout(parts: LayoutParts, body: Html): string {
  const { title, language, guise, to, here, at, signedIn = false, listed = false, summary, entrance = false } = parts
  const texts = frameTexts[language]
  const entry = (name: MenuEntry): Html => {
    const isAccount = name === 'login' && signedIn
    const current = attribute('aria-current', at === name ? 'page' : undefined)
    return html`<li><a href="${to(isAccount ? '/account' : paths[name])}"${current}>${isAccount ? texts.account : texts.menu[name]}</a></li>`
  }
  const inOther = (other: Language): Html =>
    other === language
      ? html`<li><span aria-current="true" lang="${other}">${ownNames[other]}</span></li>`
      : html`<li><a href="${place(inLanguage(here ?? '/', other))}" lang="${other}" hreflang="${other}" rel="alternate">${ownNames[other]}</a></li>`
  const outside = (uri: string | undefined, name: string): Html | undefined => {
    const address = uri === undefined ? undefined : link(uri)
    return address && html`<li><a href="${address}" rel="noreferrer">${name}</a></li>`
  }
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<title>${title === guise.name ? title : `${title.replaceAll(softHyphen, '')} · ${guise.name}`}</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
${listed ? html`<meta name="description" content="${summary}">` : html`<meta name="robots" content="noindex">`}
${
  entrance
    ? ownMarkup(`<style>${sheet(guise.accent).text}</style>`)
    : html`<link rel="stylesheet" href="${place(sheetPath(guise.accent))}">`
}
<link rel="icon" type="image/svg+xml" href="${picture(favicon(guise.accent))}">
</head>
<body>
<a class="skip" href="#main">${texts.jump}</a>
<header class="top">
<a class="brand" href="${to('/')}">${drawnMark} <span>${guise.name}</span></a>
<nav aria-label="${texts.menuName}"><ul>${menu.map(entry)}</ul></nav>
</header>
<main id="main">
${body}
</main>
<footer class="bottom">
<p>${texts.quiet}</p>
<ul>${languages.map(inOther)}${outside(parts.legalNotice, texts.legalNotice)}${outside(parts.source, texts.source)}<li>${texts.madeWith(parts.softwareVersion)}</li></ul>
</footer>
</body>
</html>
`
  return page.markup
}

/** `/contact` as `/de/contact`. */
export function inLanguage(path: string, language: Language): string {
  return path === '/' ? `/${language}/` : `/${language}${path}`
}
