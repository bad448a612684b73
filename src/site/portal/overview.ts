/** The first page of an account, with the ways to everything else; and what is kept, counted. */

import { toldThings } from '../../privacy/policy/policy.ts'
import { type Html, html } from '../frame/html.ts'
import { dayInWords } from '../frame/language.ts'
import type { AccountPage } from './desk.ts'
import { form, notice } from './fields.ts'
import type { PortalParts } from './parts.ts'
import { sheet } from './sheet.ts'
import { accountTexts } from './texts/account.ts'

/** The pages, by what they have to do with. Each is at `/account/` and its name. */
const groups = [
  ['safe', ['password', 'email', 'codes', 'recovery']],
  ['things', ['held', 'history', 'files', 'export', 'import']],
  ['others', ['devices', 'invitations', 'domain']],
  ['leave', ['moving', 'leaving']],
] as const

export const overviewPage = (parts: PortalParts): AccountPage => ({
  path: '/account',
  get(me) {
    const { language, to, query } = me.asked
    const texts = accountTexts[language]
    const card = (name: string, path = `/account/${name}`): Html => {
      const [title = '', says = ''] = texts.pages[name] ?? []
      return html`<li><h3><a href="${to(path)}">${title}</a></h3><p class="small">${says}</p></li>`
    }
    const body = html`<h1>${texts.title}</h1>
<p class="lead"><b>${me.jid}</b><br>${texts.made(dayInWords(me.account.created, language))}</p>
${notice(texts.done[query.get('done') ?? ''], 'done')}
<div class="actions">${form(to('/logout'), me.token, html`<button class="button quiet slight">${texts.signOut}</button>`)}${form(to('/logout/everywhere'), me.token, html`<button class="button quiet slight">${texts.signOutAll}</button>`)}<span class="small">${texts.browsers(parts.sessions.count(me.account.id))}</span></div>
${groups.map(([group, names]) => html`<section><h2>${texts.groups[group]}</h2><ul class="menu">${names.map(name => card(name))}</ul></section>`)}
${me.looksAfter !== 'nobody' && html`<section><h2>${texts.groups.run}</h2><ul class="menu">${card('operators', '/admin')}</ul></section>`}`
    return { title: texts.title, body }
  },
})

/** The things of the privacy policy, each with how much of it there is. Looks through the whole store, so not too often. */
export const heldPage = ({ things, limiter }: PortalParts): AccountPage => ({
  path: '/account/held',
  async get(me) {
    const { language } = me.asked
    const texts = accountTexts[language]
    if (!limiter.allow('held', me.jid)) return sheet(me, texts.held, notice(texts.later, 'bad'), { status: 429 })
    const counts = new Map((await things.holdings(me.account)).map(({ what, count }) => [what, count]))
    const all = toldThings(things.facts(me.account.domain), language)
      // What is about nobody who has an account is told on the page of the policy.
      .filter(({ names }) => names.some(name => counts.has(name)))
      .map(thing => ({ ...thing, count: thing.names.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0) }))
    const none = all.filter(({ count }) => count === 0).map(({ told }) => told.what)
    const some = all.filter(({ count }) => count > 0)
    const inside = html`<p class="lead">${texts.heldLead}</p>${some.map(
      ({ told, labels, count }) =>
        html`<details><summary>${told.what}: ${texts.entries(count)}</summary><dl>${labels.map(
          ([key, label]) => html`<dt>${label}</dt><dd>${told[key]}</dd>`,
        )}</dl></details>`,
    )}${none.length > 0 && html`<div class="notice"><p>${texts.heldNone} ${none.join(' · ')}</p></div>`}`
    return sheet(me, texts.held, inside)
  },
})
