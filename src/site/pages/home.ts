/** Home: what this is, for whom, what it costs, how to begin. */

import { inOwnWords, type OwnText } from '../frame/guise.ts'
import { attribute, type Html, html, link, nothing } from '../frame/html.ts'
import type { Language } from '../frame/language.ts'
import type { SitePage } from '../frame/page.ts'
import { scene } from '../look/drawings.ts'
import { homeTexts } from '../texts/home.ts'
import { appList } from './apps.ts'

export const homePage: SitePage = {
  path: '/',
  get({ settings, guise, language, to }) {
    const texts = homeTexts[language]
    const { open } = settings.registration
    const reach = settings.federation.enabled ? settings.federation.policy : 'none'
    const facts = { days: settings.retention.days, sealed: settings.archive.seal === 'owner' }
    const begin = open
      ? html`<a class="button" href="${to('/sign-up')}">${texts.signUp}</a>`
      : html`<a class="button" href="${to('/sign-up')}">${texts.invited}</a>`
    const body = html`<section class="hero">
<div>
<h1>${texts.title}</h1>
<p class="lead">${texts.lead(guise.name)}</p>
<p class="actions">${begin} <a class="button quiet" href="${to('/privacy')}">${texts.whatWeKeep}</a></p>
<p class="small">${open ? texts.needs : texts.byInvitation}</p>
</div>
${scene}
</section>
${ownWords(guise.about, language, texts.aboutTitle(guise.name))}
<section>
<h2>${texts.promisesTitle}</h2>
<ul class="cards">${texts
      .promises(facts)
      .map(([title, text]) => html`<li class="card"><h3>${title}</h3><p>${text}</p></li>`)}</ul>
<p>${texts.proof} <a href="${to('/privacy')}">${texts.proofLink}</a></p>
</section>
<section class="band">
<h2>${texts.startTitle}</h2>
<ol class="steps">${texts.steps(open).map(([title, text]) => html`<li><h3>${title}</h3><p>${text}</p></li>`)}</ol>
</section>
<section id="apps">
<h2>${texts.appsTitle}</h2>
<p>${texts.appsLead}</p>
${appList(language)}
</section>
${ownWords(guise.price, language, texts.priceTitle)}
<section>
<h2>${texts.forWhomTitle}</h2>
<p>${texts.forWhom} ${texts.reach[reach]}</p>
<p>${texts.ownDomain} <a href="${to('/your-domain')}">${texts.ownDomainLink}</a></p>
${statusLine(settings.contact.status[0], texts)}
</section>`
    return { title: guise.name, body, at: 'home', listed: true, summary: texts.lead(guise.name) }
  },
}

/** Paragraphs that those who run the service have written. */
function ownWords(text: OwnText, language: Language, title: string): Html {
  const own = inOwnWords(text, language)
  if (own === undefined) return nothing
  const spoken = attribute('lang', own.language === language ? undefined : own.language)
  const paragraphs = own.text.split(/\n\s*\n/).map(paragraph => html`<p${spoken}>${paragraph}</p>`)
  return html`<section class="narrow"><h2>${title}</h2>${paragraphs}</section>`
}

function statusLine(status: string | undefined, texts: { status: string; statusLink: string }): Html {
  const address = status === undefined ? undefined : link(status)
  if (address === undefined) return nothing
  return html`<p>${texts.status} <a href="${address}" rel="noreferrer">${texts.statusLink}</a></p>`
}
