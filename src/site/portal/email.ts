/** The address for a lost password: given, confirmed, replaced, taken away. */

import { jidOf } from '../../accounts/accounts.ts'
import { parseMailAddress } from '../../protocol/mail-address.ts'
import { html } from '../frame/html.ts'
import type { Asked, Reply, SitePage } from '../frame/page.ts'
import type { AccountPage, Me } from './desk.ts'
import { field, form, notice, submit } from './fields.ts'
import type { PortalParts } from './parts.ts'
import { done, type NotProven, passwordField, proven, sheet } from './sheet.ts'
import { accountTexts } from './texts/account.ts'
import { enteringTexts } from './texts/entering.ts'

interface Faults {
  readonly email?: string
  readonly password?: NotProven
  readonly all?: string
}

export function emailPages(parts: PortalParts): readonly AccountPage[] {
  const { addresses, confirmations, limiter, mailer } = parts

  const show = async (me: Me, faults: Faults, email?: string): Promise<Reply> => {
    const { language, to } = me.asked
    const texts = accountTexts[language]
    const has = await addresses.has(me.account.id)
    const removing = html`<h2>${texts.emailRemove}</h2>${form(to('/account/email/remove'), me.token, submit(texts.emailRemove, 'danger'))}`
    const giving = html`<h2>${has ? texts.emailChange : texts.emailAdd}</h2>${notice(faults.all, 'bad')}${form(
      to('/account/email'),
      me.token,
      html`${field({ name: 'email', label: enteringTexts[language].email, type: 'email', value: email, wrong: faults.email, autocomplete: 'email' })}${passwordField(me, faults.password)}${submit(texts.emailSend)}`,
    )}`
    const inside = html`<p class="lead">${texts.emailLead}</p><p>${texts.emailHow}</p>${
      mailer.offered || has
        ? html`<p><b>${has ? texts.emailHas : texts.emailHasNot}</b></p>`
        : html`<p><b>${texts.emailOff}</b></p>`
    }${mailer.offered && giving}${has && removing}`
    const status = Object.keys(faults).length === 0 ? 200 : 422
    return sheet(me, texts.pages.email?.[0] ?? '', inside, { status })
  }

  return [
    {
      path: '/account/email',
      get: me => show(me, {}),
      async post(me, filled) {
        const { language, guise } = me.asked
        const texts = { ...enteringTexts[language], ...accountTexts[language] }
        const typed = filled.text('email').trim()
        const address = parseMailAddress(typed)
        if (!mailer.offered) return show(me, {})
        if (address === undefined) return show(me, { email: texts.emailWrong }, typed)
        return proven(
          me,
          filled,
          async () => {
            if (!limiter.allow('confirmationLetter', me.jid)) return show(me, { all: texts.emailOften }, typed)
            if (!(await mailer.reachable())) return show(me, { all: texts.mailDown }, typed)
            const mark = await addresses.markOf(me.account.id, address)
            const link = `${parts.webAddress(me.account.domain)}/${language}/confirm/${confirmations.issue({ account: me.account, mark })}`
            mailer.send(address, { kind: 'confirm', account: me.jid, link, service: guise.name, language })
            return sheet(
              me,
              texts.emailSent,
              html`<p class="lead">${texts.emailSentLead(address)}</p><p>${texts.sentNothing}</p>`,
            )
          },
          password => show(me, { password }, typed),
        )
      },
    },
    {
      path: '/account/email/remove',
      get: me => ({ to: me.asked.to('/account/email') }),
      async post(me) {
        confirmations.forget(me.account.id)
        await addresses.remove(me.account.id)
        return done(me, '/account', 'email')
      },
    },
  ]
}

/** Where the letter leads: for whoever has it, signed in or not. A look at it changes nothing, since mail servers look too. */
export function confirmPage({ addresses, confirmations, accounts }: PortalParts): SitePage {
  const gone = ({ language, to }: Asked): Reply => {
    const texts = enteringTexts[language]
    const body = html`<article class="narrow"><h1>${texts.gone}</h1><p class="lead">${texts.goneLead}</p><p class="actions"><a class="button" href="${to('/account/email')}">${accountTexts[language].back}</a></p></article>`
    return { title: texts.gone, body, at: 'login', status: 410 }
  }
  return {
    path: '/confirm/:token',
    get(asked) {
      const about = confirmations.find(asked.params.token!)
      if (about === undefined) return gone(asked)
      const texts = enteringTexts[asked.language]
      const body = html`<article class="narrow"><h1>${texts.confirm}</h1><p class="lead">${texts.confirmLead(jidOf(about.account))}</p>${form(asked.to(`/confirm/${asked.params.token}`), html``, submit(texts.confirmDo))}</article>`
      return { title: texts.confirm, body, at: 'login' }
    },
    async post(asked) {
      const about = confirmations.take(asked.params.token!)
      const { account } = about ?? {}
      if (about === undefined || account === undefined) return gone(asked)
      if ((await accounts.find(account.localpart, account.domain))?.id !== account.id) return gone(asked)
      await addresses.keep(account.id, about.mark)
      const texts = enteringTexts[asked.language]
      const body = html`<article class="narrow"><h1>${texts.confirmed}</h1><p class="lead">${texts.confirmedLead}</p><p class="actions"><a class="button" href="${asked.to('/account')}">${accountTexts[asked.language].back}</a></p></article>`
      return { title: texts.confirmed, body, at: 'login' }
    },
  }
}
