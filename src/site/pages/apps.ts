/** Apps that suit beginners, by the system they are for. Links only: nothing of theirs is loaded. */

import { type Html, html, link } from '../frame/html.ts'
import type { InEach, Language } from '../frame/language.ts'

export interface App {
  readonly system: string
  readonly name: string
  readonly uri: string
}

export const apps: readonly App[] = [
  { system: 'Android', name: 'Conversations', uri: 'https://conversations.im/' },
  { system: 'iPhone, iPad', name: 'Monal', uri: 'https://monal-im.org/' },
  { system: 'macOS', name: 'Monal', uri: 'https://monal-im.org/' },
  { system: 'Windows', name: 'Gajim', uri: 'https://gajim.org/' },
  { system: 'Linux', name: 'Dino', uri: 'https://dino.im/' },
]

/** What each is good for, in a few words. */
const good: InEach<Readonly<Record<string, string>>> = {
  en: {
    Conversations: 'Free from F‑Droid, or from Google’s store for a small sum.',
    Monal: 'Free, from Apple’s store.',
    Gajim: 'Free. It knows everything that can be done.',
    Dino: 'Free, plain and friendly; from your package manager.',
  },
  de: {
    Conversations: 'Kostenlos bei F‑Droid, für einen kleinen Betrag in Googles Laden.',
    Monal: 'Kostenlos, aus Apples Laden.',
    Gajim: 'Kostenlos. Es kann alles, was geht.',
    Dino: 'Kostenlos, schlicht und freundlich; aus deiner Paketverwaltung.',
  },
}

export function appList(language: Language): Html {
  return html`<ul class="cards apps">${apps.map(
    ({ system, name, uri }) =>
      html`<li class="card"><h3>${system}</h3><p><a href="${link(uri)}" rel="noreferrer">${name}</a></p><p class="small">${good[language][name]}</p></li>`,
  )}</ul>`
}
