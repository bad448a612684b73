/** Signing in and out. */

import { type Account, jidOf } from '../../accounts/accounts.ts'
import type { Closed } from '../../accounts/sign-in/web-door.ts'
import { disabledText } from '../../accounts/suspensions.ts'
import { type Html, html } from '../frame/html.ts'
import type { Asked, Reply, SitePage } from '../frame/page.ts'
import { hungKey } from '../look/drawings.ts'
import type { Desk } from './desk.ts'
import { field, form, notice, submit } from './fields.ts'
import type { PortalParts } from './parts.ts'
import { enteringTexts } from './texts/entering.ts'

const said = ['signedOut', 'changed'] as const

export function loginPages(parts: PortalParts, desk: Desk): readonly SitePage[] {
  const { door, sessions, secondFactors, limiter, things } = parts

  const login: SitePage = {
    path: '/login',
    get(asked) {
      const session = desk.session(asked)
      if (session !== undefined && !session.halfway) return { to: asked.to('/account') }
      return loginForm(asked, {})
    },
    async post(asked, filled) {
      const name = filled.text('address')
      const opened = await door.open(name, asked.guise.domain, filled.text('password'), asked.visit.network)
      if ('because' in opened) return loginForm(asked, { name, closed: opened })
      opened.clientKey.key.fill(0)
      const { account } = opened
      const next = desk.whereTo(asked.query.get('next') ?? undefined)
      if (await secondFactors.has(account.id)) {
        return { to: asked.to('/login/code', { next }), headers: desk.signIn(asked, account, true) }
      }
      return { to: asked.to(next), headers: desk.signIn(asked, account, false) }
    },
  }

  function loginForm(asked: Asked, { name, closed }: { name?: string; closed?: Closed }): Reply {
    const { language, guise, to, query } = asked
    const texts = enteringTexts[language]
    const known = said.find(word => word === query.get('said'))
    const next = query.get('next') ?? undefined
    const body = html`<div class="beside"><article>
<h1>${texts.login}</h1>
<p class="lead">${texts.lead(guise.name)}</p>
${notice(closed && tell(closed), 'bad')}${closed === undefined && notice(known && texts[known], 'done')}
${form(
  to('/login', next === undefined ? {} : { next: desk.whereTo(next) }),
  html``,
  html`${field({ name: 'address', label: texts.address, hint: texts.addressHint(guise.domain), value: name, autocomplete: 'username' })}
${field({ name: 'password', label: texts.password, type: 'password', autocomplete: 'current-password' })}
${submit(texts.enter)}`,
)}
<p><a href="${to('/recover')}">${texts.forgotten}</a></p>
<p>${texts.noAccount} <a href="${to('/sign-up')}">${texts.signUp}</a></p>
<p class="small">${texts.cookie}</p>
</article>${hungKey}</div>`
    return {
      title: texts.login,
      body,
      at: 'login',
      status: closed === undefined ? 200 : closed.because === 'later' ? 429 : 403,
    }

    function tell({ because, ...more }: Closed): string {
      if (because !== 'disabled') return texts[because]
      const reason = 'tell' in more ? more.tell : disabledText
      return reason === disabledText ? texts.disabled : texts.disabledBecause(reason)
    }
  }

  const code: SitePage = {
    path: '/login/code',
    get: asked => (desk.session(asked)?.halfway === true ? codeForm(asked, undefined) : { to: asked.to('/login') }),
    async post(asked, filled) {
      const session = desk.session(asked)
      if (session?.halfway !== true) return { to: asked.to('/login') }
      const { account } = session
      const texts = enteringTexts[asked.language]
      const typed = filled.text('code').slice(0, 100)
      // By account alone: whoever gets here has its password.
      if (!limiter.allow('secondFactor', jidOf(account))) return codeForm(asked, texts.codeOften)
      if (!(await isRight(account, typed))) return codeForm(asked, texts.codeWrong)
      limiter.giveBack('secondFactor', jidOf(account))
      const next = desk.whereTo(asked.query.get('next') ?? undefined)
      return { to: asked.to(next), headers: desk.signIn(asked, account, false) }
    },
  }

  async function isRight(account: Account, typed: string): Promise<boolean> {
    if (await secondFactors.check(account.id, typed)) return true
    // Who has lost the app has the code on paper.
    if (typed.length < 20 || !limiter.allow('recoveryCode', jidOf(account))) return false
    if (!(await things.knowsRecoveryCode(account.id, typed))) return false
    limiter.giveBack('recoveryCode', jidOf(account))
    await secondFactors.remove(account.id)
    return true
  }

  function codeForm(asked: Asked, wrong: string | undefined): Reply {
    const { language, to, query } = asked
    const texts = enteringTexts[language]
    const body: Html = html`<div class="beside"><article>
<h1>${texts.code}</h1>
<p class="lead">${texts.codeLead}</p>
${form(
  to('/login/code', { next: desk.whereTo(query.get('next') ?? undefined) }),
  html``,
  html`${field({ name: 'code', label: texts.codeLabel, hint: texts.codeHint, wrong, autocomplete: 'one-time-code' })}${submit(texts.enter)}`,
)}
</article>${hungKey}</div>`
    return { title: texts.code, body, at: 'login', status: wrong === undefined ? 200 : 403 }
  }

  return [
    login,
    code,
    desk.page({
      path: '/logout',
      post: me => ({ to: me.asked.to('/login', { said: 'signedOut' }), headers: desk.signOut(me.asked) }),
    }),
    desk.page({
      path: '/logout/everywhere',
      post(me) {
        sessions.endAll(me.account.id)
        return { to: me.asked.to('/login', { said: 'signedOut' }), headers: desk.signOut(me.asked) }
      },
    }),
  ]
}
