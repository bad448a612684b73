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
  const item = ({ id, last, localpart, uses }: OpenInvitation): Html =>
    html`<li class="card"><p>${texts.until(dayInWords(last, language))}<br>${texts.forWhom(localpart)}${uses > 1 && html`<br>${texts.guests(uses)}`}</p>${form(
      to(revokeAt),
      me.token,
      html`<input type="hidden" name="id" value="${id}"><button class="button quiet">${texts.revoke}</button>`,
    )}</li>`
  return html`<ul class="cards">${all.map(item)}</ul>`
}
