/** Choosing a password: the same fields and the same refusals wherever one is chosen. */

import type { PasswordSet } from '../../accounts/accounts.ts'
import { type BareJid, domainOf, localpartOf } from '../../protocol/jid.ts'
import type { Filled } from '../frame/form.ts'
import { type Html, html } from '../frame/html.ts'
import type { Language } from '../frame/language.ts'
import type { Asked } from '../frame/page.ts'
import { type Weakness, weakness } from '../sign-up/passphrase.ts'
import { signUpTexts } from '../texts/sign-up.ts'
import { field } from './fields.ts'
import { enteringTexts } from './texts/entering.ts'

const weaknesses = {
  short: 'short',
  name: 'namePassword',
  usual: 'usualPassword',
  plain: 'plainPassword',
} as const satisfies Readonly<Record<Weakness, string>>

/** What is wrong with which field. */
export type Faults = Readonly<Partial<Record<'fresh' | 'again' | 'code' | 'all', string>>>

export function newPasswordFields(language: Language, faults: Faults): Html {
  const texts = enteringTexts[language]
  return html`${field({ name: 'fresh', label: texts.fresh, type: 'password', hint: texts.freshHint, wrong: faults.fresh, autocomplete: 'new-password' })}
${field({ name: 'again', label: texts.again, type: 'password', wrong: faults.again, autocomplete: 'new-password' })}`
}

/**
 * The password that was chosen, or what is wrong with it.
 * @param jid whose it is to be, which everybody tries first
 */
export function chosenPassword(filled: Filled, { language, guise }: Asked, jid: BareJid): string | Faults {
  const texts = enteringTexts[language]
  const password = filled.text('fresh')
  if (password !== filled.text('again')) return { again: texts.unlike }
  const weak = weakness(password, [localpartOf(jid), domainOf(jid), guise.name])
  return weak === undefined ? password : { fresh: signUpTexts[language].problems[weaknesses[weak]] }
}

/** Why it was not taken; undefined if it was. */
export function refusedPassword(set: PasswordSet, language: Language): Faults | undefined {
  if (set.done) return undefined
  const texts = enteringTexts[language]
  switch (set.because) {
    case 'too short':
      return { fresh: texts.short }
    case 'wrong code':
      return { code: texts.recoveryCodeWrong }
    case 'too often':
      return { code: texts.recoveryCodeOften }
    case 'busy':
      return { all: texts.later }
    default:
      return { fresh: texts.unfit }
  }
}
