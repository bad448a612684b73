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
    Dino: 'Kostenlos, schlicht und freundlich; aus deiner Paket\u00adverwaltung.',
  },
}

export function appList(language: Language): Html {
  return html`<ul class="cards apps">${apps.map(
    ({ system, name, uri }) =>
      html`<li class="card"><h3>${system}</h3><p><a href="${link(uri)}" rel="noreferrer">${name}</a></p><p class="small">${good[language][name]}</p></li>`,
  )}</ul>`
}

type Steps = readonly [install: string, begin: string, enter: string]

const steps: InEach<Readonly<Record<string, Steps>>> = {
  en: {
    Android: [
      'Install Conversations from F‑Droid or Google’s store.',
      'Start it, and tap “I already have an account”.',
      'Type your address and your password, and allow notifications.',
    ],
    'iPhone, iPad': [
      'Install Monal from Apple’s store.',
      'Start it, and choose to sign in to an account that you have.',
      'Type your address and your password, and allow notifications.',
    ],
    macOS: [
      'Install Monal from Apple’s store.',
      'Start it, and choose to sign in to an account that you have.',
      'Type your address and your password.',
    ],
    Windows: [
      'Install Gajim from gajim.org or Microsoft’s store.',
      'Start it, and choose “Log In”.',
      'Type your address and your password.',
    ],
    Linux: [
      'Install Dino with your package manager; Gajim does as well.',
      'Start it, and add an account that you have.',
      'Type your address and your password.',
    ],
  },
  de: {
    Android: [
      'Installiere Conversations von F‑Droid oder aus Googles Laden.',
      'Starte es und tippe auf „Ich habe bereits ein Konto“.',
      'Gib deine Adresse und dein Passwort ein und erlaube Benachrichtigungen.',
    ],
    'iPhone, iPad': [
      'Installiere Monal aus Apples Laden.',
      'Starte es und melde dich mit einem Konto an, das du schon hast.',
      'Gib deine Adresse und dein Passwort ein und erlaube Benachrichtigungen.',
    ],
    macOS: [
      'Installiere Monal aus Apples Laden.',
      'Starte es und melde dich mit einem Konto an, das du schon hast.',
      'Gib deine Adresse und dein Passwort ein.',
    ],
    Windows: [
      'Installiere Gajim von gajim.org oder aus Microsofts Laden.',
      'Starte es und wähle „Anmelden“.',
      'Gib deine Adresse und dein Passwort ein.',
    ],
    Linux: [
      'Installiere Dino mit deiner Paket\u00adverwaltung; Gajim geht auch.',
      'Starte es und füge ein Konto hinzu, das du schon hast.',
      'Gib deine Adresse und dein Passwort ein.',
    ],
  },
}

/** For who has an account: what to do on each system. */
export function appSteps(language: Language): Html {
  return html`${apps.map(
    ({ system, name, uri }) =>
      html`<details><summary>${system}</summary><ol>${steps[language][system]?.map(step => html`<li>${step}</li>`)}</ol><p class="small"><a href="${link(uri)}" rel="noreferrer">${name}</a></p></details>`,
  )}`
}
