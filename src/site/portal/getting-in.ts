/** Account pages about getting in: password, recovery code, codes at sign-in. */

import { renderSVG } from 'uqr'
import { freshTotpSecret, totpUri } from '../../accounts/totp.ts'
import { html, ownMarkup } from '../frame/html.ts'
import type { Reply } from '../frame/page.ts'
import type { AccountPage, Desk, Me } from './desk.ts'
import { field, form, notice, submit } from './fields.ts'
import { chosenPassword, type Faults, newPasswordFields, refusedPassword } from './new-password.ts'
import type { PortalParts } from './parts.ts'
import { done, type NotProven, passwordField, proven, sheet } from './sheet.ts'
import { accountTexts } from './texts/account.ts'

export function gettingInPages(parts: PortalParts, desk: Desk): readonly AccountPage[] {
  return [passwordPage(parts, desk), recoveryCodePage(parts), ...codesPages(parts)]
}

function passwordPage({ limiter, things }: PortalParts, desk: Desk): AccountPage {
  const show = (me: Me, faults: Faults & { readonly present?: NotProven }): Reply => {
    const { language, to } = me.asked
    const texts = accountTexts[language]
    const inside = html`<p class="lead">${texts.changeLead}</p>${notice(faults.all, 'bad')}${form(
      to('/account/password'),
      me.token,
      html`<input type="hidden" name="username" value="${me.jid}" autocomplete="username">${passwordField(me, faults.present)}${newPasswordFields(language, faults)}${submit(texts.save)}`,
    )}`
    return sheet(me, texts.changePassword, inside, Object.keys(faults).length === 0 ? {} : { status: 422 })
  }
  return {
    path: '/account/password',
    get: me => show(me, {}),
    async post(me, filled) {
      const { language } = me.asked
      const password = chosenPassword(filled, me.asked, me.jid)
      if (typeof password !== 'string') return show(me, password)
      if (!limiter.allow('changePassword', me.jid)) return show(me, { all: accountTexts[language].later })
      return proven(
        me,
        filled,
        async opened => {
          const faults = refusedPassword(await things.changePassword(opened, password), language)
          if (faults !== undefined) return show(me, faults)
          // The change has ended all sessions of the pages: this browser gets a new one.
          const headers = desk.signIn(me.asked, me.account, false)
          return { to: me.asked.to('/account', { done: 'password' }), headers }
        },
        present => show(me, { present }),
      )
    },
  }
}

function recoveryCodePage({ things }: PortalParts): AccountPage {
  const show = async (me: Me, fault: NotProven | 'sealed' | undefined): Promise<Reply> => {
    const texts = accountTexts[me.asked.language]
    const has = await things.hasRecoveryCode(me.account.id)
    const inside = html`<p class="lead">${texts.recoveryLead}</p><p>${has ? texts.recoveryHas : texts.recoveryHasNot}</p>${
      fault === 'sealed' && notice(texts.recoverySealed, 'bad')
    }${form(
      me.asked.to('/account/recovery'),
      me.token,
      html`${passwordField(me, fault === 'sealed' ? undefined : fault)}${submit(texts.recoveryMake)}`,
    )}`
    return sheet(me, texts.pages.recovery?.[0] ?? '', inside, fault === undefined ? {} : { status: 422 })
  }
  return {
    path: '/account/recovery',
    get: me => show(me, undefined),
    post: (me, filled) =>
      proven(
        me,
        filled,
        async opened => {
          const code = await things.newRecoveryCode(opened)
          if (code === undefined) return show(me, 'sealed')
          const texts = accountTexts[me.asked.language]
          const inside = html`<p><b>${me.jid}</b></p><p class="secret">${code}</p><p>${texts.recoveryOnce}</p><p class="small no-print">${texts.print}</p>`
          return sheet(me, texts.recoveryShown, inside)
        },
        fault => show(me, fault),
      ),
  }
}

function codesPages({ secondFactors, limiter }: PortalParts): readonly AccountPage[] {
  const show = async (me: Me, faults: { readonly code?: string; readonly password?: NotProven }): Promise<Reply> => {
    const { to, language, guise } = me.asked
    const texts = accountTexts[language]
    const failed = Object.keys(faults).length > 0
    const title = texts.pages.codes?.[0] ?? ''
    if (await secondFactors.has(me.account.id)) {
      const inside = html`<p class="lead">${texts.codesLead}</p><p><b>${texts.codesOn}</b></p>${form(
        to('/account/codes/stop'),
        me.token,
        html`${passwordField(me, faults.password)}${submit(texts.codesStop, 'danger')}`,
      )}`
      return sheet(me, title, inside, failed ? { status: 422 } : {})
    }
    // The same until it is proved, so that a wrong code costs no new scan.
    me.session.offered ??= freshTotpSecret()
    const secret = me.session.offered
    const picture = ownMarkup(renderSVG(totpUri(secret, guise.name, me.jid), { border: 1 }))
    const inside = html`<p class="lead">${texts.codesLead}</p><p><b>${texts.codesOff}</b></p>${notice(texts.codesPaper, 'lamp')}<p>${texts.codesScan}</p><p class="qr">${picture}</p><p>${texts.codesType}</p><p class="secret">${secret.match(/.{1,4}/g)?.join(' ')}</p>${form(
      to('/account/codes'),
      me.token,
      html`${field({ name: 'code', label: texts.code, wrong: faults.code, inputmode: 'numeric', autocomplete: 'one-time-code', most: 20 })}${passwordField(me, faults.password)}${submit(texts.codesStart)}`,
    )}`
    return sheet(me, title, inside, failed ? { status: 422 } : {})
  }
  return [
    {
      path: '/account/codes',
      get: me => show(me, {}),
      post: (me, filled) =>
        proven(
          me,
          filled,
          async () => {
            const secret = me.session.offered
            const texts = accountTexts[me.asked.language]
            if (secret === undefined || (await secondFactors.has(me.account.id))) return show(me, {})
            if (!limiter.allow('secondFactor', me.jid)) return show(me, { code: texts.later })
            if (!(await secondFactors.add(me.account.id, secret, filled.text('code')))) {
              return show(me, { code: texts.codeWrong })
            }
            delete me.session.offered
            return done(me, '/account/codes', 'codes')
          },
          password => show(me, { password }),
        ),
    },
    {
      path: '/account/codes/stop',
      get: me => ({ to: me.asked.to('/account/codes') }),
      post: (me, filled) =>
        proven(
          me,
          filled,
          async () => {
            await secondFactors.remove(me.account.id)
            return done(me, '/account/codes', 'nocodes')
          },
          password => show(me, { password }),
        ),
    },
  ]
}
