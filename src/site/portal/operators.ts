/** The first operator page, and those about the service as a whole. */

import type { Report } from '../../accounts/reports.ts'
import { domainOf, localpartOf, parseBareJid } from '../../protocol/jid.ts'
import { type Html, html } from '../frame/html.ts'
import { dayInWords } from '../frame/language.ts'
import { announcePages } from './announcing.ts'
import type { AccountPage, Me } from './desk.ts'
import { form, submit } from './fields.ts'
import { operatorSheet } from './operator-sheet.ts'
import type { PortalParts } from './parts.ts'
import { done, sheet } from './sheet.ts'
import { operatorTexts } from './texts/operators.ts'

export function operatorPages(parts: PortalParts): readonly AccountPage[] {
  return [firstPage(parts), ...reportPages(parts), ...requestPages(parts), ...announcePages(parts)]
}

function firstPage({ things }: PortalParts): AccountPage {
  return {
    path: '/admin',
    operators: 'its domain',
    get(me) {
      const { language, to } = me.asked
      const texts = operatorTexts[language]
      const names =
        me.looksAfter === 'the service'
          ? (Object.keys(texts.pages) as (keyof typeof texts.pages)[])
          : (['accounts', 'invitations', 'announce'] as const)
      const { ready, checks } = things.health()
      const audit = things.lastAudit()
      const day = audit === undefined ? '' : dayInWords(audit.day, language)
      const told =
        audit === undefined
          ? texts.auditNone
          : audit.findings === 0
            ? texts.auditClean(day)
            : texts.auditFound(day, audit.findings)
      const service = html`<section><h2>${texts.health}</h2><p><b>${ready ? texts.ready : texts.notReady}</b> ${texts.checks}: ${Object.entries(checks).map(([name, said], i) => html`${i > 0 && ', '}${name} (${said})`)}</p><h3>${texts.audit}</h3><p>${told}</p></section>`
      const inside = html`<p class="lead">${texts.lead}</p><ul class="menu">${names.map(
        name =>
          html`<li><h2><a href="${to(`/admin/${name}`)}">${texts.pages[name]?.[0]}</a></h2><p class="small">${texts.pages[name]?.[1]}</p></li>`,
      )}</ul>${me.looksAfter === 'the service' && service}`
      return sheet(me, texts.title, inside)
    },
  }
}

function reportPages({ reports }: PortalParts): readonly AccountPage[] {
  const path = '/admin/reports'
  const shown = (me: Me, report: Report): Html => {
    const { language, to } = me.asked
    const texts = operatorTexts[language]
    const about = parseBareJid(report.about)
    const ours = about !== undefined && domainOf(about) === me.account.domain
    const reason = report.reason.endsWith('spam')
      ? texts.spam
      : report.reason.endsWith('abuse')
        ? texts.abuse
        : report.reason
    return html`<li class="card"><dl><dt>${texts.about}</dt><dd>${report.about}</dd><dt>${texts.from}</dt><dd>${report.from}, ${dayInWords(report.day, language)}</dd><dt>${texts.why}</dt><dd>${reason}${report.text !== undefined && html`<br>${report.text}`}${report.messages.length > 0 && html`<br>${texts.messages(report.messages.length)}`}</dd></dl>${
      ours &&
      html`<p><a href="${to(`/admin/accounts/${encodeURIComponent(domainOf(about))}/${encodeURIComponent(localpartOf(about))}`)}">${texts.lookAt}</a></p>`
    }${form(to(path), me.token, html`<input type="hidden" name="id" value="${report.id}">${submit(texts.dealt, 'quiet')}`)}</li>`
  }
  return [
    {
      path,
      operators: 'the service',
      async get(me) {
        const texts = operatorTexts[me.asked.language]
        const all = await reports.list()
        const list = html`<ul class="cards">${all.map(report => shown(me, report))}</ul>`
        return operatorSheet(me, texts.reports, all.length === 0 ? html`<p>${texts.reportsNone}</p>` : list)
      },
      async post(me, filled) {
        await reports.done(Number(filled.text('id')))
        return done(me, path, 'dealt')
      },
    },
  ]
}

function requestPages({ domainRequests }: PortalParts): readonly AccountPage[] {
  const path = '/admin/requests'
  return [
    {
      path,
      operators: 'the service',
      async get(me) {
        const { language, to } = me.asked
        const texts = operatorTexts[language]
        const all = await domainRequests.list()
        const list = html`<ul class="cards">${all.map(
          ({ account, from, domain, day }) =>
            html`<li class="card"><h2>${domain}</h2><p>${from}, ${dayInWords(day, language)}</p>${form(to(path), me.token, html`<input type="hidden" name="account" value="${account}">${submit(texts.dealt, 'quiet')}`)}</li>`,
        )}</ul>`
        return operatorSheet(me, texts.wanted, all.length === 0 ? html`<p>${texts.none}</p>` : list)
      },
      async post(me, filled) {
        await domainRequests.end(Number(filled.text('account')))
        return done(me, path, 'request')
      },
    },
  ]
}
