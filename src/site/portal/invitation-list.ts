/** The invitations that are open, of an account or of the operator. */

import type { OpenInvitation } from '../../accounts/invitations.ts'
import { type Html, html } from '../frame/html.ts'
import { dayInWords } from '../frame/language.ts'
import type { Me } from './desk.ts'
import { form } from './fields.ts'
import { thingTexts } from './texts/things.ts'

export function openInvitations(all: readonly OpenInvitation[], me: Me, revokeAt: string): Html {
  const { language, to } = me.asked
  const texts = thingTexts[language]
  if (all.length === 0) return html`<p>${texts.openNone}</p>`
  const row = ({ id, last, localpart, uses }: OpenInvitation): Html =>
    html`<tr><td>${dayInWords(last, language)}</td><td>${localpart ?? texts.anybody}</td><td class="number">${uses}</td><td>${form(
      to(revokeAt),
      me.token,
      html`<input type="hidden" name="id" value="${id}"><button class="button quiet">${texts.revoke}</button>`,
    )}</td></tr>`
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${texts.open}"><table><thead><tr><th scope="col">${texts.until}</th><th scope="col">${texts.forName}</th><th scope="col" class="number">${texts.uses}</th><th scope="col">${texts.revoke}</th></tr></thead><tbody>${all.map(row)}</tbody></table></div>`
}
