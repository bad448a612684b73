/** Operator pages about accounts and invitations. */

import { renderSVG } from 'uqr'
import { type Account, jidOf } from '../../accounts/accounts.ts'
import { invitationLinks } from '../../accounts/invitation-links.ts'
import { PageProblem } from '../../http/page.ts'
import { type Html, html, ownMarkup } from '../frame/html.ts'
import { dayInWords } from '../frame/language.ts'
import type { Reply } from '../frame/page.ts'
import type { AccountPage, Me } from './desk.ts'
import { field, form, submit } from './fields.ts'
import { openInvitations } from './invitation-list.ts'
import { operatorSheet } from './operator-sheet.ts'
import type { PortalParts } from './parts.ts'
import { done } from './sheet.ts'
import { operatorTexts } from './texts/operators.ts'
import { thingTexts } from './texts/things.ts'

/** Accounts on one page. */
const onPage = 50

export function operatorAccountPages(parts: PortalParts): readonly AccountPage[] {
  return [listPage(parts), ...onePages(parts), ...invitationPages(parts)]
}

function pathOf({ domain, localpart }: Account): string {
  return `/admin/accounts/${encodeURIComponent(domain)}/${encodeURIComponent(localpart)}`
}

/** In which state an account is, in words. */
async function stateOf(
  { marks, accounts }: PortalParts,
  account: Account,
  { asked: { language } }: Me,
): Promise<string> {
  const { states } = operatorTexts[language]
  const leaves = await accounts.leavesOn(account)
  const said = [
    marks.has(account.id, 'admin') && states.admin,
    marks.has(account.id, 'disabled') && states.disabled,
    leaves !== undefined && states.leaving(dayInWords(leaves, language)),
  ]
  return said.filter(word => word !== false).join(', ')
}

function listPage(parts: PortalParts): AccountPage {
  const { accounts, things } = parts
  return {
    path: '/admin/accounts',
    operators: 'its domain',
    async get(me) {
      const { language, to, query } = me.asked
      const texts = operatorTexts[language]
      const begins = (query.get('name') ?? '').slice(0, 100)
      const from = Math.max(0, Number.parseInt(query.get('from') ?? '0', 10) || 0)
      const all = (await accounts.list(me.account.domain)).filter(({ localpart }) => localpart.startsWith(begins))
      const shown = all.slice(from, from + onPage)
      const rows: Html[] = []
      const sizes = await things.sizes(shown.map(({ id }) => id))
      for (const account of shown) {
        const { documents = 0, history = 0, files = 0 } = sizes.get(account.id) ?? {}
        const kib = (bytes: number): string => thingTexts[language].size(Math.ceil(bytes / 1024))
        rows.push(
          html`<tr><td><a href="${to(pathOf(account))}">${jidOf(account)}</a></td><td>${await stateOf(parts, account, me)}</td><td data-label="${texts.made}">${dayInWords(account.created, language)}</td><td class="number" data-label="${texts.size}">${kib(documents)}</td><td class="number" data-label="${texts.messageRoom}">${kib(history)}</td><td class="number" data-label="${texts.files}">${kib(files)}</td></tr>`,
        )
      }
      const inside = html`<form method="get" action="${to('/admin/accounts')}">${field({ name: 'name', label: texts.find, value: begins, optional: true, most: 100 })}${submit(texts.findDo, 'quiet')}</form>
<p>${texts.accountsCount(all.length)}</p>
<div class="scroll" tabindex="0" role="region" aria-label="${texts.pages.accounts[0]}"><table class="stacked"><thead><tr><th scope="col">${texts.name}</th><th scope="col">${texts.state}</th><th scope="col">${texts.made}</th><th scope="col" class="number">${texts.size}</th><th scope="col" class="number">${texts.messageRoom}</th><th scope="col" class="number">${texts.files}</th></tr></thead><tbody>${rows}</tbody></table></div>${
        from + onPage < all.length &&
        html`<p><a href="${to('/admin/accounts', { name: begins, from: String(from + onPage) })}">${texts.next}</a></p>`
      }`
      return operatorSheet(me, texts.pages.accounts[0] ?? '', inside)
    },
  }
}

function onePages(parts: PortalParts): readonly AccountPage[] {
  const { accounts, marks, suspensions, resets } = parts

  /** An account that this operator looks after; others are not there. */
  async function chosen(me: Me): Promise<Account> {
    const { domain = '', localpart = '' } = me.asked.params
    const account = domain === me.account.domain ? await accounts.find(localpart, domain) : undefined
    if (account === undefined) throw new PageProblem(404, 'There is no such account.')
    return account
  }

  async function others(me: Me): Promise<Account> {
    const account = await chosen(me)
    if (account.id === me.account.id) throw new PageProblem(403, operatorTexts[me.asked.language].notYours)
    return account
  }

  const show = async (me: Me, account: Account, more: Html = html``): Promise<Reply> => {
    const { language, to } = me.asked
    const texts = operatorTexts[language]
    const path = pathOf(account)
    const suspended = marks.has(account.id, 'disabled')
    const suspending = suspended
      ? form(to(`${path}/unsuspend`), me.token, submit(texts.unsuspend))
      : html`<p>${texts.suspendLead}</p>${form(
          to(`${path}/suspend`),
          me.token,
          html`${field({ name: 'reason', label: texts.reason, hint: texts.reasonHint, most: 500 })}${submit(texts.suspend, 'danger')}`,
        )}`
    const resetting = html`<h2>${texts.reset}</h2><p>${texts.resetLead}</p>${form(to(`${path}/reset`), me.token, submit(texts.resetDo))}`
    const mine = account.id === me.account.id
    const inside = html`${more}<p class="lead">${await stateOf(parts, account, me)}</p><p>${texts.made} ${dayInWords(account.created, language)}</p>${
      mine ? html`<p>${texts.notYours}</p>` : html`<h2>${texts.suspend}</h2>${suspending}${resetting}`
    }`
    return operatorSheet(me, jidOf(account), inside)
  }

  const path = '/admin/accounts/:domain/:localpart'
  const back = async (me: Me): Promise<Reply> => ({ to: me.asked.to(pathOf(await chosen(me))) })
  return [
    { path, operators: 'its domain', get: async me => show(me, await chosen(me)) },
    {
      path: `${path}/suspend`,
      operators: 'its domain',
      get: back,
      async post(me, filled) {
        const account = await others(me)
        await suspensions.suspend(account, filled.text('reason').trim().slice(0, 500))
        return done(me, pathOf(account), 'suspended')
      },
    },
    {
      path: `${path}/unsuspend`,
      operators: 'its domain',
      get: back,
      async post(me) {
        const account = await others(me)
        await suspensions.end(account)
        return done(me, pathOf(account), 'unsuspended')
      },
    },
    {
      path: `${path}/reset`,
      operators: 'its domain',
      get: back,
      async post(me) {
        const account = await others(me)
        const { language } = me.asked
        const texts = operatorTexts[language]
        const link = `${parts.webAddress(account.domain)}/recover/${resets.issue({ account })}`
        return show(
          me,
          account,
          html`<h2>${texts.resetMade}</h2><p class="secret">${link}</p><p>${texts.resetOnce}</p>`,
        )
      },
    },
  ]
}

const mostUses = 1000
const mostDays = 365

function invitationPages(parts: PortalParts): readonly AccountPage[] {
  const { invitations } = parts
  const path = '/admin/invitations'
  const whole = (text: string, most: number): number | undefined => {
    const value = /^\d{1,4}$/.test(text.trim()) ? Number(text) : 0
    return value >= 1 && value <= most ? value : undefined
  }

  const show = async (
    me: Me,
    made: Html,
    faults: { readonly uses?: string; readonly days?: string } = {},
  ): Promise<Reply> => {
    const { language, to } = me.asked
    const texts = operatorTexts[language]
    const inside = html`${made}${form(
      to(path),
      me.token,
      html`${field({ name: 'uses', label: texts.uses, type: 'number', value: '1', wrong: faults.uses })}${field({ name: 'days', label: texts.daysGood, type: 'number', value: '7', wrong: faults.days })}${submit(thingTexts[language].inviteDo)}`,
    )}${me.looksAfter === 'the service' && html`<h2>${thingTexts[language].open}</h2>${openInvitations(await invitations.list(undefined), me, `${path}/revoke`)}`}`
    return operatorSheet(me, texts.invites, inside, Object.keys(faults).length === 0 ? 200 : 422)
  }

  return [
    {
      path,
      operators: 'its domain',
      get: me => show(me, html``),
      async post(me, filled) {
        const { language } = me.asked
        const texts = { ...operatorTexts[language], ...thingTexts[language] }
        const uses = whole(filled.text('uses'), mostUses)
        const days = whole(filled.text('days'), mostDays)
        if (uses === undefined) return show(me, html``, { uses: texts.numberWrong(mostUses) })
        if (days === undefined) return show(me, html``, { days: texts.numberWrong(mostDays) })
        const terms = { domain: me.account.domain, befriends: false, admits: true, uses, days }
        const made = await invitations.create(terms)
        if (!made.done) return show(me, html``)
        const links = invitationLinks({ ...terms, token: made.token }, parts.webAddress(me.account.domain))
        const shown = links.landing ?? links.uri
        return show(
          me,
          html`<h2>${texts.inviteMade}</h2><p class="secret">${shown}</p><p class="qr">${ownMarkup(renderSVG(shown, { border: 1 }))}</p><p>${texts.inviteUntil(dayInWords(made.last, language))} ${texts.inviteOnce}</p>`,
        )
      },
    },
    {
      path: `${path}/revoke`,
      operators: 'the service',
      get: me => ({ to: me.asked.to(path) }),
      async post(me, filled) {
        await invitations.revoke(undefined, filled.text('id'))
        return done(me, path, 'revoked')
      },
    },
  ]
}
