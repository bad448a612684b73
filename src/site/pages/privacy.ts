/** Privacy Policy: what the catalogue and the settings in force amount to, in words, today and on days before. */

import { PageProblem } from '../../http/page.ts'
import type { Day } from '../../privacy/day.ts'
import type { AuditResult } from '../../privacy/last-audit.ts'
import { html as fragment } from '../../privacy/policy/blocks.ts'
import { differences } from '../../privacy/policy/differences.ts'
import type { PolicyFacts } from '../../privacy/policy/facts.ts'
import { policyHtml } from '../../privacy/policy/policy.ts'
import type { PolicyVersions } from '../../privacy/policy/versions.ts'
import { html, ownMarkup } from '../frame/html.ts'
import { dayInWords } from '../frame/language.ts'
import type { Asked, Reply, SitePage } from '../frame/page.ts'
import { privacyTexts } from '../texts/privacy.ts'

export interface PrivacyParts {
  facts(domain: string): PolicyFacts
  readonly versions: PolicyVersions
  /** The last time that the promises were proved. */
  lastAudit(): AuditResult | undefined
}

export const privacyPages = (parts: PrivacyParts): readonly SitePage[] => [
  { path: '/privacy', get: asked => today(parts, asked) },
  { path: '/privacy/:day', get: asked => onDay(parts, asked) },
]

// The policy escapes what it is made of: its fragments are markup of our own.

function today({ facts, versions, lastAudit }: PrivacyParts, { guise, language, to }: Asked): Reply {
  const texts = privacyTexts[language]
  const audit = lastAudit()
  const [since, ...earlier] = versions.days
  const inWords = (day: Day): string => dayInWords(day, language)
  const contents = {
    title: texts.contents,
    more: [
      { id: 'never', title: texts.neverTitle },
      { id: 'verify', title: texts.verifyTitle },
      { id: 'versions', title: texts.versionsTitle },
    ],
  }
  const body = html`<div class="policy narrow">
${ownMarkup(policyHtml(facts(guise.domain), language, contents))}
<section>
<h2 id="never">${texts.neverTitle}</h2>
<ul>${texts.never.map(text => html`<li>${text}</li>`)}</ul>
<h2 id="verify">${texts.verifyTitle}</h2>
${texts.verify.map(text => html`<p>${text}</p>`)}
<p class="notice">${audit === undefined ? texts.neverAudited : texts.audited(inWords(audit.day), audit.findings)}</p>
<h2 id="versions">${texts.versionsTitle}</h2>
<p>${since !== undefined && texts.since(inWords(since))} ${earlier.length === 0 && texts.onlyVersion}</p>
${earlier.length > 0 && html`<ul>${versions.days.map(day => html`<li><a href="${to(`/privacy/${day}`)}">${inWords(day)}</a></li>`)}</ul>`}
</section>
</div>`
  return { title: texts.title, body, at: 'privacy', listed: true, summary: texts.summary(guise.name) }
}

async function onDay({ versions }: PrivacyParts, { params, language, to }: Asked): Promise<Reply> {
  const day = params.day!
  if (!versions.days.includes(day)) throw new PageProblem(404, 'There is no version of that day.')
  const texts = privacyTexts[language]
  const [text, before] = await Promise.all([versions.at(day, language), versions.before(day, language)])
  const changes = before === undefined ? undefined : differences(before, text ?? [])
  const inWords = dayInWords(day, language)
  const body = html`<div class="policy narrow">
<p class="notice">${texts.version(inWords)} <a href="${to('/privacy')}">${texts.toToday}</a></p>
${
  changes !== undefined &&
  html`<section><h2>${texts.changesTitle}</h2>${changes.length === 0 && html`<p>${texts.noChanges}</p>`}
${changes.map(change => (change.is === 'new' ? html`<ins>${change.text}</ins>` : html`<del>${change.text}</del>`))}</section>`
}
${ownMarkup(fragment(text ?? [], language))}
</div>`
  return { title: `${texts.title}, ${inWords}`, body, at: 'privacy' }
}
