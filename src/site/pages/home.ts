/** Home: what this is, for whom, what it costs, how to begin. */

import { inOwnWords, type OwnText } from '../frame/guise.ts'
import { attribute, type Html, html, link, nothing } from '../frame/html.ts'
import type { Language } from '../frame/language.ts'
import type { SitePage } from '../frame/page.ts'
import { glyphs, twoHouses } from '../look/drawings.ts'
import { homeTexts } from '../texts/home.ts'
import { statusTexts } from '../texts/status.ts'
import { appList } from './apps.ts'
import { announced, type StatusParts, working } from './status.ts'

export const homePage = (status: StatusParts): SitePage => ({
  path: '/',
  get({ settings, guise, language, to }) {
    const texts = homeTexts[language]
    const { open } = settings.registration
    const reach = settings.federation.enabled ? settings.federation.policy : 'none'
    const facts = { days: settings.retention.days, sealed: settings.archive.seal === 'owner' }
    const price = paragraphs(guise.price, language)
    const about = paragraphs(guise.about, language)
    const body = html`${announced(status, guise.domain, language)}<section class="hero">
<div>
<h1>${texts.title}</h1>
<p class="lead">${texts.lead(guise.name)}</p>
<p class="actions"><a class="button" href="${to('/sign-up')}">${open ? texts.signUp : texts.invited}</a> <a class="button quiet" href="${to('/privacy')}">${texts.whatWeKeep}</a></p>
</div>
${twoHouses}
</section>
<dl class="facts">
<div><dt>${texts.forWhomTitle}</dt><dd>${texts.forWhom}</dd></div>
${price !== undefined && html`<div><dt>${texts.priceTitle}</dt><dd>${price}</dd></div>`}
<div><dt>${texts.needsTitle}</dt><dd>${open ? texts.needs : texts.byInvitation}</dd></div>
<div><dt>${statusTexts[language].title}</dt><dd>${working(status, language)}${statusLine(settings.contact.status[0], texts)}</dd></div>
</dl>
${about !== undefined && html`<section class="narrow"><h2>${texts.aboutTitle(guise.name)}</h2>${about}</section>`}
<section>
<h2>${texts.promisesTitle}</h2>
<ul class="cards">${texts
      .promises(facts)
      .map(
        ([glyph, title, text]) =>
          html`<li class="card promise">${glyphs[glyph]}<div><h3>${title}</h3><p>${text}</p></div></li>`,
      )}</ul>
<p>${texts.proof} <a href="${to('/privacy#verify')}">${texts.proofLink}</a></p>
</section>
<section class="band" id="start">
<h2>${texts.startTitle}</h2>
<ol class="steps">${texts.steps(open).map(([title, text]) => html`<li><h3>${title}</h3><p>${text}</p></li>`)}</ol>
<h3 id="apps">${texts.appsTitle}</h3>
<p>${texts.appsLead}</p>
${appList(language)}
</section>
<section class="narrow">
<h2>${texts.othersTitle}</h2>
<p>${texts.reach[reach]}</p>
<p>${texts.ownDomain} <a href="${to('/your-domain')}">${texts.ownDomainLink}</a></p>
</section>`
    return { title: guise.name, body, at: 'home', listed: true, entrance: true, summary: texts.lead(guise.name) }
  },
})

/** What those who run the service have written; an empty line begins a paragraph. */
function paragraphs(text: OwnText, language: Language): readonly Html[] | undefined {
  const own = inOwnWords(text, language)
  const spoken = attribute('lang', own === undefined || own.language === language ? undefined : own.language)
  return own?.text.split(/\n\s*\n/).map(paragraph => html`<p${spoken}>${paragraph}</p>`)
}

function statusLine(status: string | undefined, texts: { status: string; statusLink: string }): Html {
  const address = status === undefined ? undefined : link(status)
  if (address === undefined) return nothing
  return html`<p class="small">${texts.status} <a href="${address}" rel="noreferrer">${texts.statusLink}</a></p>`
}
