/** Privacy Policy: what the catalogue and the settings in force amount to, in words. */

import type { PolicyFacts } from '../../privacy/policy/facts.ts'
import { policyHtml } from '../../privacy/policy/policy.ts'
import { html, ownMarkup } from '../frame/html.ts'
import type { SitePage } from '../frame/page.ts'
import { privacyTexts } from '../texts/privacy.ts'

export interface PrivacyParts {
  /** For the domain of a guise. */
  facts(domain: string): PolicyFacts
}

export const privacyPage = (parts: PrivacyParts): SitePage => ({
  path: '/privacy',
  get({ guise, language }) {
    const texts = privacyTexts[language]
    // The policy escapes what it is made of; its fragment is markup of our own.
    const policy = ownMarkup(policyHtml(parts.facts(guise.domain), language))
    const body = html`<div class="policy narrow">${policy}
<section>
<h2>${texts.verifyTitle}</h2>
${texts.verify.map(text => html`<p>${text}</p>`)}
</section></div>`
    return { title: texts.title, body, at: 'privacy', listed: true, summary: texts.summary(guise.name) }
  },
})
