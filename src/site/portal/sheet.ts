/** What is around the content of an account page. */

import type { Opened } from '../../accounts/sign-in/web-door.ts'
import type { Filled } from '../frame/form.ts'
import { type Html, html } from '../frame/html.ts'
import type { Reply, Shown } from '../frame/page.ts'
import type { Me } from './desk.ts'
import { field, notice } from './fields.ts'
import { accountTexts } from './texts/account.ts'

/** What was wrong with the password that was asked for once more. */
export type NotProven = 'wrong' | 'later'

export interface SheetMore {
  readonly status?: number
  /** Where the way back leads; the overview if it is not said. */
  readonly back?: { readonly path: string; readonly name: string }
}

export function sheet(me: Me, title: string, inside: Html, { status, back }: SheetMore = {}): Shown {
  const { language, to, query } = me.asked
  const texts = accountTexts[language]
  const done = texts.done[query.get('done') ?? '']
  const way = back ?? { path: '/account', name: texts.back }
  const body = html`<article class="narrow"><p class="small no-print"><a href="${to(way.path)}">← ${way.name}</a></p><h1>${title}</h1>${notice(done, 'done')}${inside}</article>`
  return { title, body, ...(status === undefined ? {} : { status }) }
}

/** After something was done: the same page, or another, which says so. */
export function done(me: Me, path: string, what: string): Reply {
  return { to: me.asked.to(path, { done: what }) }
}

/** Asks for the password once more, where something is opened or cannot be undone. */
export function passwordField(me: Me, fault: NotProven | undefined): Html {
  const texts = accountTexts[me.asked.language]
  return field({
    name: 'password',
    label: texts.password,
    type: 'password',
    hint: texts.passwordAgain,
    wrong: fault && texts[fault],
    autocomplete: 'current-password',
  })
}

/** Goes on with the password of the form, if it is the right one. What is opened has to be used, or wiped. */
export async function proven(
  me: Me,
  filled: Filled,
  goOn: (opened: Opened) => Promise<Reply>,
  refuse: (fault: NotProven) => Reply | Promise<Reply>,
): Promise<Reply> {
  const opened = await me.prove(filled.text('password'))
  if ('because' in opened) return refuse(opened.because === 'later' ? 'later' : 'wrong')
  // Somebody else's password is somebody else's.
  if (opened.account.id !== me.account.id) return refuse('wrong')
  try {
    return await goOn(opened)
  } finally {
    opened.clientKey.key.fill(0)
  }
}
