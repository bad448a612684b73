/** Account pages about others: connected apps, invitations, a domain of one's own. */

import { renderSVG } from 'uqr'
import { invitationLinks } from '../../accounts/invitation-links.ts'
import { localpartOf, prepareDomain, prepareLocalpart, registrable } from '../../protocol/jid.ts'
import { html, link, ownMarkup } from '../frame/html.ts'
import { dayInWords } from '../frame/language.ts'
import type { Reply } from '../frame/page.ts'
import type { AccountPage, Me } from './desk.ts'
import { field, form, submit } from './fields.ts'
import { openInvitations } from './invitation-list.ts'
import type { PortalParts } from './parts.ts'
import { done, sheet } from './sheet.ts'
import { thingTexts } from './texts/things.ts'

export function othersPages(parts: PortalParts): readonly AccountPage[] {
  return [devicesPage(parts), ...invitationPages(parts), ...domainPages(parts)]
}

function devicesPage({ things }: PortalParts): AccountPage {
  return {
    path: '/account/devices',
    get(me) {
      const texts = thingTexts[me.asked.language]
      const all = things.devices(me.jid)
      const list = html`<ul class="cards">${all.map(
        ({ resource, waiting }) =>
          html`<li class="card"><p><b>${resource}</b><br>${waiting ? texts.waiting : texts.connected}</p>${form(
            me.asked.to('/account/devices'),
            me.token,
            html`<input type="hidden" name="resource" value="${resource}"><button class="button quiet" aria-label="${texts.disconnectOne(resource)}">${texts.disconnect}</button>`,
          )}</li>`,
      )}</ul>`
      return sheet(
        me,
        texts.devicesTitle,
        html`<p class="lead">${texts.devicesLead}</p>${all.length === 0 ? html`<p>${texts.devicesNone}</p>` : list}`,
      )
    },
    post(me, filled) {
      if (filled.has('resource')) things.disconnect(me.jid, filled.text('resource'))
      return done(me, '/account/devices', 'device')
    },
  }
}

function invitationPages(parts: PortalParts): readonly AccountPage[] {
  const { invitations, limiter, settingsOf, marks } = parts
  const path = '/account/invitations'

  const show = async (
    me: Me,
    fault?: { readonly name?: string; readonly all?: string },
    name?: string,
  ): Promise<Reply> => {
    const { language, to } = me.asked
    const texts = thingTexts[language]
    const admits = mayAdmit(me)
    const inside = html`<p class="lead">${texts.invitesLead}</p><p>${admits ? texts.invitesAdmit : texts.invitesFriends}</p>${
      fault?.all !== undefined && html`<div class="notice bad" role="alert"><p>${fault.all}</p></div>`
    }${form(
      to(path),
      me.token,
      html`${admits && field({ name: 'name', label: texts.inviteName, hint: texts.inviteNameHint, wrong: fault?.name, value: name, optional: true, most: 200 })}${submit(texts.inviteDo)}`,
    )}<h2>${texts.open}</h2>${openInvitations(await invitations.list(me.account.id), me, `${path}/revoke`)}`
    return sheet(me, texts.invitesTitle, inside, fault === undefined ? {} : { status: 422 })
  }

  const mayAdmit = (me: Me): boolean =>
    settingsOf(me.account.domain).registration.usersMayInvite || marks.has(me.account.id, 'admin')

  async function invite(me: Me, wanted: string): Promise<Reply> {
    const { language } = me.asked
    const texts = thingTexts[language]
    const localpart = wanted === '' ? undefined : prepareLocalpart(wanted)
    if (wanted !== '' && (localpart === undefined || registrable(localpart) !== true)) {
      return show(me, { name: texts.inviteNameWrong }, wanted)
    }
    if (!limiter.allow('invite', me.jid)) return show(me, { all: texts.inviteOften })
    const terms = {
      host: me.account.id,
      domain: me.account.domain,
      befriends: true,
      admits: mayAdmit(me),
      uses: 1,
      days: settingsOf(me.account.domain).registration.invitationDays,
      ...(localpart === undefined ? {} : { localpart }),
    }
    const made = await invitations.create(terms)
    if (!made.done) {
      return made.because === 'name taken'
        ? show(me, { name: texts.inviteNameTaken }, wanted)
        : show(me, { all: texts.inviteMany })
    }
    const links = invitationLinks({ ...terms, token: made.token, host: me.jid }, parts.webAddress(me.account.domain))
    const shown = links.landing ?? links.uri
    const inside = html`<p class="secret">${shown}</p><p class="qr">${ownMarkup(renderSVG(shown, { border: 1 }))}</p><p>${texts.inviteUntil(dayInWords(made.last, language))} ${texts.inviteOnce}</p><p>${texts.inviteUri} <a href="${link(links.uri)}">${localpartOf(me.jid)}</a></p>`
    return sheet(me, texts.inviteMade, inside, { back: { path, name: texts.invitesTitle } })
  }

  return [
    { path, get: me => show(me), post: (me, filled) => invite(me, mayAdmit(me) ? filled.text('name').trim() : '') },
    {
      path: `${path}/revoke`,
      get: me => ({ to: me.asked.to(path) }),
      async post(me, filled) {
        await invitations.revoke(me.account.id, filled.text('id'))
        return done(me, path, 'revoked')
      },
    },
  ]
}

function domainPages({ domainRequests, accounts }: PortalParts): readonly AccountPage[] {
  const path = '/account/domain'
  const show = async (me: Me, wrong?: string, typed?: string): Promise<Reply> => {
    const { language, to } = me.asked
    const texts = thingTexts[language]
    const asked = await domainRequests.of(me.account.id)
    const inside =
      asked === undefined
        ? form(
            to(path),
            me.token,
            html`${field({ name: 'domain', label: texts.domainName, hint: texts.domainHint, wrong, value: typed, most: 253 })}${submit(texts.domainAsk)}`,
          )
        : html`<p><b>${texts.domainHas(asked)}</b></p>${form(to(`${path}/end`), me.token, submit(texts.domainBack, 'quiet'))}`
    return sheet(
      me,
      texts.domainTitle,
      html`<p class="lead">${texts.domainLead}</p>${inside}`,
      wrong === undefined ? {} : { status: 422 },
    )
  }
  return [
    {
      path,
      get: me => show(me),
      async post(me, filled) {
        const texts = thingTexts[me.asked.language]
        const typed = filled.text('domain').trim().slice(0, 300)
        const domain = prepareDomain(typed)
        if (domain === undefined || !/^[^.\s]+(\.[^.\s]+)+$/.test(domain) || /^[\d.]+$/.test(domain)) {
          return show(me, texts.domainWrong, typed)
        }
        if (accounts.serves(domain)) return show(me, texts.domainServed, typed)
        await domainRequests.ask(me.account.id, domain)
        return done(me, path, 'asked')
      },
    },
    {
      path: `${path}/end`,
      get: me => ({ to: me.asked.to(path) }),
      async post(me) {
        await domainRequests.end(me.account.id)
        return done(me, path, 'unasked')
      },
    },
  ]
}
