/** Your Domain: what it means to bring one. */

import { html } from '../frame/html.ts'
import type { SitePage } from '../frame/page.ts'
import { ownSign } from '../look/drawings.ts'
import { domainTexts } from '../texts/domain.ts'

export const yourDomainPage: SitePage = {
  path: '/your-domain',
  get({ settings, guise, language, to }) {
    const texts = domainTexts[language]
    const body = html`<div class="beside"><article>
<h1>${texts.title}</h1>
<p class="lead">${texts.lead}</p>
<h2>${texts.getTitle}</h2>
<ul class="ticks">${texts.get(settings.archive.seal === 'owner').map(text => html`<li>${text}</li>`)}</ul>
<h2>${texts.howTitle}</h2>
<ol class="steps">${texts.how(guise.name).map(([title, text]) => html`<li><h3>${title}</h3><p>${text}</p></li>`)}</ol>
<p class="actions"><a class="button" href="${to('/account/domain')}">${texts.ask}</a> <a class="button quiet" href="${to('/contact')}">${texts.contact}</a></p>
</article>${ownSign}</div>`
    return { title: texts.title, body, at: 'domain', listed: true, summary: texts.lead }
  },
}
