/** A lost password: a letter with a link to those who once gave an address, and the page that the link leads to. */

import { jidOf } from '../../accounts/accounts.ts'
import { type BareJid, bareJid, parseBareJid } from '../../protocol/jid.ts'
import type { MailAddress } from '../../protocol/mail-address.ts'
import { parseMailAddress } from '../../protocol/mail-address.ts'
import { html } from '../frame/html.ts'
import type { Asked, Reply, SitePage } from '../frame/page.ts'
import { hungKey } from '../look/drawings.ts'
import { field, form, notice, submit } from './fields.ts'
import { chosenPassword, type Faults, newPasswordFields, refusedPassword } from './new-password.ts'
import type { PortalParts } from './parts.ts'
import { enteringTexts } from './texts/entering.ts'

/** Searches for whom a letter is for that may be under way; each takes a moment of a thread. */
const mostSearches = 50

interface Typed {
  readonly address?: string
  readonly email?: string
  readonly faults?: Readonly<Partial<Record<'address' | 'email' | 'all', string>>>
  readonly status?: number
}

export function recoverPages(parts: PortalParts): readonly SitePage[] {
  const { accounts, addresses, limiter, mailer, resets, sessions, things } = parts
  let searches = 0

  /** Nobody waits for this, so that how long it takes tells nothing. */
  async function sendLink(jid: BareJid, email: MailAddress, { language, guise }: Asked): Promise<void> {
    const account = await accounts.findJid(jid)
    const matches = await addresses.matches(account?.id, email)
    if (!matches || account === undefined || (await accounts.leavesOn(account)) !== undefined) return
    if (!limiter.allow('recoveryLetter', jid)) return
    const token = resets.issue({ account })
    const link = `${parts.webAddress(account.domain)}/${language}/recover/${token}`
    mailer.send(email, { kind: 'recover', account: jid, link, service: guise.name, language })
  }

  const ask: SitePage = {
    path: '/recover',
    get: asked => askForm(asked, {}),
    async post(asked, filled) {
      const texts = enteringTexts[asked.language]
      if (!mailer.offered) return askForm(asked, {})
      const address = filled.text('address').trim()
      const email = filled.text('email').trim()
      const jid = address.includes('@') ? parseBareJid(address) : bareJid(address, asked.guise.domain)
      const to = parseMailAddress(email)
      // What has no form of an address is told: that says nothing about anybody.
      const faults = {
        ...(jid === undefined ? { address: texts.addressWrong } : {}),
        ...(to === undefined ? { email: texts.emailWrong } : {}),
      }
      if (jid === undefined || to === undefined) return askForm(asked, { address, email, faults, status: 422 })
      if (!limiter.allow('recovery', asked.visit.network) || searches >= mostSearches) {
        return askForm(asked, { address, email, faults: { all: texts.tooOften }, status: 429 })
      }
      // The same for everybody, before anybody is looked for.
      if (!(await mailer.reachable())) {
        return askForm(asked, { address, email, faults: { all: texts.mailDown }, status: 503 })
      }
      searches++
      sendLink(jid, to, asked)
        .catch((bug: unknown) => parts.failed(bug))
        .finally(() => searches--)
      const body = html`<div class="beside"><article><h1>${texts.sent}</h1><p class="lead">${texts.sentLead}</p><p>${texts.sentNothing}</p></article>${hungKey}</div>`
      return { title: texts.sent, body, at: 'login' }
    },
  }

  function askForm(asked: Asked, { address, email, faults = {}, status = 200 }: Typed): Reply {
    const { language, guise, to } = asked
    const texts = enteringTexts[language]
    const fields = html`${field({ name: 'address', label: texts.address, hint: texts.addressHint(guise.domain), value: address, wrong: faults.address, autocomplete: 'username' })}
${field({ name: 'email', label: texts.email, type: 'email', value: email, wrong: faults.email, autocomplete: 'email' })}
${submit(texts.send)}`
    const body = html`<div class="beside"><article>
<h1>${texts.recover}</h1>
${
  mailer.offered
    ? html`<p class="lead">${texts.recoverLead}</p>${notice(faults.all, 'bad')}<p>${texts.recoverHow}</p>${notice(texts.recoverHistory, 'lamp')}${form(to('/recover'), html``, fields)}`
    : html`<p class="lead">${texts.noMail}</p><p class="actions"><a class="button" href="${to('/contact')}">${texts.askThem}</a></p>`
}
</article>${hungKey}</div>`
    return { title: texts.recover, body, at: 'login', status }
  }

  const choose: SitePage = {
    path: '/recover/:token',
    get(asked) {
      const about = resets.find(asked.params.token!)
      return about === undefined ? gone(asked) : chooseForm(asked, jidOf(about.account), asked.params.token!, {})
    },
    async post(asked, filled) {
      // Taken before anything is tried with it, so that of two at once one comes too late.
      const about = resets.take(asked.params.token!)
      if (about === undefined) return gone(asked)
      const { language } = asked
      const jid = jidOf(about.account)
      const again = (faults: Faults): Reply => chooseForm(asked, jid, resets.issue(about), faults)
      const password = chosenPassword(filled, asked, jid)
      if (typeof password !== 'string') return again(password)
      const code = filled.text('code').trim().slice(0, 100)
      const set = await accounts.setPassword(jid, password, 'guest', code === '' ? undefined : code)
      if (!set.done && set.because === 'unknown') return gone(asked)
      const faults = refusedPassword(set, language)
      if (faults !== undefined || !set.done) return again(faults ?? {})
      resets.forget(about.account.id)
      sessions.endAll(about.account.id)
      things.disconnect(jid)
      const texts = enteringTexts[language]
      const body = html`<div class="beside"><article><h1>${texts.done}</h1><p class="lead">${set.history === 'kept' ? texts.doneKept : texts.doneLost}</p><p>${texts.doneDevices}</p><p class="actions"><a class="button" href="${asked.to('/login')}">${texts.login}</a></p></article>${hungKey}</div>`
      return { title: texts.done, body, at: 'login' }
    },
  }

  function chooseForm(asked: Asked, jid: BareJid, token: string, faults: Faults): Reply {
    const { language, to } = asked
    const texts = enteringTexts[language]
    const fields = html`<input type="hidden" name="username" value="${jid}" autocomplete="username">${newPasswordFields(language, faults)}
${field({ name: 'code', label: texts.recoveryCode, hint: texts.recoveryCodeHint, wrong: faults.code, optional: true, most: 100 })}
${notice(texts.withoutCode, 'lamp')}${submit(texts.save)}`
    const body = html`<div class="beside"><article><h1>${texts.choose}</h1><p class="lead">${texts.chooseFor} <b>${jid}</b></p>${notice(faults.all, 'bad')}${form(to(`/recover/${token}`), html``, fields)}</article>${hungKey}</div>`
    return { title: texts.choose, body, at: 'login', status: Object.keys(faults).length === 0 ? 200 : 422 }
  }

  return [ask, choose]
}

function gone({ language, to }: Asked): Reply {
  const texts = enteringTexts[language]
  const body = html`<div class="beside"><article><h1>${texts.gone}</h1><p class="lead">${texts.goneLead}</p><p class="actions"><a class="button" href="${to('/recover')}">${texts.recover}</a></p></article>${hungKey}</div>`
  return { title: texts.gone, body, at: 'login', status: 410 }
}
