/** Account pages about leaving: to another address, and for good. */

import { parseBareJid } from '../../protocol/jid.ts'
import { html } from '../frame/html.ts'
import { dayInWords } from '../frame/language.ts'
import type { Reply } from '../frame/page.ts'
import type { AccountPage, Desk, Me } from './desk.ts'
import { choice, field, form, notice, submit } from './fields.ts'
import type { PortalParts } from './parts.ts'
import { done, type NotProven, passwordField, proven, sheet } from './sheet.ts'
import { thingTexts } from './texts/things.ts'

export function leavingPages(parts: PortalParts, desk: Desk): readonly AccountPage[] {
  return [...movingPages(parts), leavingPage(parts, desk)]
}

interface MovingFaults {
  readonly to?: string
  readonly password?: NotProven
  readonly all?: string
}

function movingPages({ things }: PortalParts): readonly AccountPage[] {
  const path = '/account/moving'
  const show = async (me: Me, faults: MovingFaults, typed?: string): Promise<Reply> => {
    const { language, to } = me.asked
    const texts = thingTexts[language]
    const moved = await things.movedTo(me.jid)
    const inside = html`<p class="lead">${texts.movingLead}</p><p>${texts.movingHow} <a href="${to('/account/export')}">${texts.exportTitle}</a></p>${notice(faults.all, 'bad')}${
      moved !== undefined &&
      html`<p><b>${texts.movingIs(moved)}</b></p>${form(to(`${path}/end`), me.token, submit(texts.movingBack, 'quiet'))}`
    }${form(
      to(path),
      me.token,
      html`${field({ name: 'to', label: texts.movingTo, wrong: faults.to, value: typed, most: 1000 })}${passwordField(me, faults.password)}${submit(texts.movingDo)}`,
    )}`
    return sheet(me, texts.movingTitle, inside, Object.keys(faults).length === 0 ? {} : { status: 422 })
  }
  return [
    {
      path,
      get: me => show(me, {}),
      post(me, filled) {
        const texts = thingTexts[me.asked.language]
        const typed = filled.text('to').trim()
        const to = parseBareJid(typed)
        if (to === undefined || to === me.jid) return show(me, { to: texts.movingWrong }, typed)
        return proven(
          me,
          filled,
          async () =>
            (await things.sayMoved(me.jid, to))
              ? done(me, path, 'moved')
              : show(me, { all: texts.movingFailed }, typed),
          password => show(me, { password }, typed),
        )
      },
    },
    {
      path: `${path}/end`,
      get: me => ({ to: me.asked.to(path) }),
      async post(me) {
        await things.sayMoved(me.jid, undefined)
        return done(me, path, 'stays')
      },
    },
  ]
}

function leavingPage({ accounts, settingsOf, today }: PortalParts, desk: Desk): AccountPage {
  const show = (me: Me, fault?: NotProven): Reply => {
    const { graceDays } = settingsOf(me.account.domain).accounts
    const texts = thingTexts[me.asked.language]
    const when = html`<fieldset>${choice({ name: 'when', type: 'radio', value: 'later', label: texts.leavingLater(graceDays), checked: true })}${choice({ name: 'when', type: 'radio', value: 'now', label: texts.leavingNow })}</fieldset>`
    const inside = html`<p class="lead">${texts.leavingLead(me.jid)}</p><ul class="ticks">${texts.leavingWhat.map(what => html`<li>${what}</li>`)}</ul><p>${texts.leavingStays}</p>${
      graceDays === 0 && notice(texts.leavingNobody, 'lamp')
    }${form(
      me.asked.to('/account/leaving'),
      me.token,
      html`${graceDays > 0 && when}${passwordField(me, fault)}${choice({ name: 'sure', label: texts.sure, required: true })}${submit(texts.leavingDo, 'danger')}`,
    )}`
    return sheet(me, texts.leavingTitle, inside, fault === undefined ? {} : { status: 422 })
  }
  return {
    path: '/account/leaving',
    get: me => show(me),
    post(me, filled) {
      if (!filled.has('sure')) return show(me)
      return proven(
        me,
        filled,
        async () => {
          const { language, to } = me.asked
          const texts = thingTexts[language]
          const removed = await accounts.remove(me.jid, { now: filled.text('when') === 'now' })
          const headers = desk.signOut(me.asked)
          if (!removed.done) return { to: to('/login'), headers }
          const said =
            removed.due === undefined
              ? texts.leftNow(me.jid, dayInWords(today(), language))
              : texts.leftLater(me.jid, dayInWords(removed.due, language))
          const body = html`<article class="narrow"><h1>${texts.leftTitle}</h1><p class="lead">${said}</p><p>${texts.leftThanks}</p><p class="small">${texts.leftKeep}</p></article>`
          return { title: texts.leftTitle, body, headers, signedIn: false }
        },
        fault => show(me, fault),
      )
    },
  }
}
