/** The form for signing up, as it is shown. */

import { attribute, flag, type Html, html, nothing } from '../frame/html.ts'
import type { Asked, Reply } from '../frame/page.ts'
import { openDoor } from '../look/drawings.ts'
import { signUpTexts } from '../texts/sign-up.ts'

export type Field = 'name' | 'password' | 'answer' | 'form'

/** What is wrong with what was filled in. */
export interface Fault {
  readonly about: Field
  readonly tell: string
}

export interface FormShown {
  readonly path: string
  readonly domain: string
  readonly token: string
  /** Undefined where an invitation answers for the guest. */
  readonly question: string | undefined
  readonly invited: boolean
  readonly reserved: string | undefined
  readonly faults: readonly Fault[]
  readonly name: string
  /** Names that can be had, where the one that was wanted cannot. */
  readonly similar: readonly string[]
}

export function signUpForm({ language, to }: Asked, shown: FormShown, status: number): Reply {
  const { path, domain, token, question, invited, reserved, faults, name, similar } = shown
  const texts = signUpTexts[language]
  const faultOf = (about: Field): Fault | undefined => faults.find(fault => fault.about === about)
  const described = (field: Field): Html =>
    attribute('aria-describedby', [`${field}-hint`, ...(faultOf(field) ? [`${field}-wrong`] : [])].join(' '))
  const invalid = (field: Field): Html => attribute('aria-invalid', faultOf(field) && 'true')
  const wrong = (field: Field): Html => {
    const fault = faultOf(field)
    return fault === undefined ? nothing : html`<span class="wrong" id="${field}-wrong">${fault.tell}</span>`
  }
  const first = (field: Field): Html => flag('autofocus', faults[0]?.about === field)
  const form = faultOf('form')
  const body = html`<div class="beside"><article>
<h1>${texts.title}</h1>
<p class="lead">${invited ? texts.invitedLead(domain) : texts.lead(domain)}</p>
${faults.length > 0 && html`<div class="notice bad" role="alert"><h2>${texts.problemTitle}</h2><p>${form?.tell ?? texts.problems.below}</p></div>`}
<form method="post" action="${to(path)}">
<input type="hidden" name="token" value="${token}">
<div class="field">
<label for="name">${texts.name}</label>
<span class="hint" id="name-hint">${reserved === undefined ? texts.nameHint : texts.reserved}</span>
<span class="joined"><input id="name" name="name" value="${reserved ?? name}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64"${flag('required', true)}${attribute('readonly', reserved === undefined ? undefined : 'readonly')}${invalid('name')}${first('name')}${described('name')}><span>@${domain}</span></span>
${wrong('name')}
${similar.length > 0 && html`<p class="small">${texts.problems.takenTry} ${similar.map((each, i) => html`${i > 0 && ', '}<b>${each}</b>`)}</p>`}
</div>
<div class="field">
<label for="password">${texts.password}</label>
<span class="hint" id="password-hint">${texts.passwordHint}</span>
<input id="password" name="password" type="password" autocomplete="new-password" maxlength="500"${invalid('password')}${first('password')}${described('password')}>
${wrong('password')}
</div>
${
  question !== undefined &&
  html`<div class="field">
<label for="answer">${texts.question}: ${question}</label>
<span class="hint" id="answer-hint">${texts.questionHint}</span>
<input id="answer" name="answer" autocomplete="off" maxlength="20" required${invalid('answer')}${first('answer')}${described('answer')}>
${wrong('answer')}
</div>`
}
<p class="actions"><button class="button">${texts.make}</button></p>
</form>
<p class="small">${texts.promise} <a href="${to('/privacy')}">${texts.privacy}</a></p>
${!invited && html`<p class="small"><a href="${to('/sign-up', { invitation: '' })}">${texts.haveInvitation}</a></p>`}
</article>${openDoor}</div>`
  return { title: texts.title, body, status }
}

/** Where an invitation is needed, or somebody says to have one. @param given what was pasted; null if nothing was yet */
export function invitationWanted({ guise, language, to }: Asked, given: string | null, open: boolean): Reply {
  const texts = signUpTexts[language]
  const isWrong = given !== null && given !== ''
  const title = open ? texts.code : texts.closedTitle
  const body = html`<div class="beside"><article>
<h1>${title}</h1>
${!open && html`<p class="lead">${texts.closedLead(guise.name)}</p>`}
<form method="get" action="${to('/sign-up')}">
<div class="field">
<label for="invitation">${texts.code}</label>
<span class="hint" id="invitation-hint">${texts.codeHint}</span>
<input id="invitation" name="invitation" autocomplete="off" spellcheck="false" maxlength="300" required${attribute('aria-invalid', isWrong ? 'true' : undefined)}${attribute('aria-describedby', isWrong ? 'invitation-hint invitation-wrong' : 'invitation-hint')}>
${isWrong && html`<span class="wrong" id="invitation-wrong">${texts.codeWrong}</span>`}
</div>
<p class="actions"><button class="button">${texts.go}</button></p>
</form>
</article>${openDoor}</div>`
  return { title, body, status: isWrong ? 422 : 200 }
}
