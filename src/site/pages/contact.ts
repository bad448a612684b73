/** Contact: the addresses at which those who run the service are reached. */

import { type Html, html, link, place } from '../frame/html.ts'
import type { SitePage } from '../frame/page.ts'
import { scene } from '../look/drawings.ts'
import { contactTexts } from '../texts/contact.ts'

const roles = ['support', 'abuse', 'security', 'admin'] as const

export const contactPage: SitePage = {
  path: '/contact',
  get({ settings, guise, language }) {
    const { contact } = settings
    const { status } = contact
    const texts = contactTexts[language]
    const given = roles.filter(role => contact[role].length > 0)
    const body = html`<div class="beside"><article>
<h1>${texts.title}</h1>
<p class="lead">${texts.lead(guise.name)}</p>
${
  given.length === 0
    ? html`<p>${texts.none}</p>`
    : html`<dl>${given.map(role => html`<dt>${texts.roles[role]}</dt>${contact[role].map(address)}`)}</dl>`
}
${contact.security.length > 0 && html`<p class="small">${texts.forPrograms} <a href="${place('/.well-known/security.txt')}">security.txt</a></p>`}
${status.length > 0 && html`<h2>${texts.status}</h2><ul>${status.map(uri => html`<li>${followed(uri)}</li>`)}</ul>`}
</article>${scene}</div>`
    return { title: texts.title, body, at: 'contact', listed: true, summary: texts.lead(guise.name) }
  },
}

const address = (uri: string): Html => html`<dd>${followed(uri)}</dd>`

function followed(uri: string): Html {
  const to = link(uri)
  const shown = uri.replace(/^(mailto|xmpp):/, '')
  return to === undefined ? html`${shown}` : html`<a href="${to}" rel="noreferrer">${shown}</a>`
}
