/** Operator pages for telling everybody something: those who are connected now, and those who look at the pages. */

import { longestNotice } from '../../accounts/notices.ts'
import { type Html, html } from '../frame/html.ts'
import { dayInWords } from '../frame/language.ts'
import type { Reply } from '../frame/page.ts'
import type { AccountPage, Me } from './desk.ts'
import { form, notice, submit } from './fields.ts'
import { operatorSheet } from './operator-sheet.ts'
import type { PortalParts } from './parts.ts'
import { done } from './sheet.ts'
import { operatorTexts } from './texts/operators.ts'

/** Characters of an announcement. */
const longest = 5000

const path = '/admin/announce'

export function announcePages({ things, notices }: PortalParts): readonly AccountPage[] {
  const area = (name: string, label: string, hint: string, most: number): Html =>
    html`<div class="field"><label for="${name}">${label}</label><span class="hint" id="${name}-hint">${hint}</span><textarea id="${name}" name="${name}" maxlength="${most}" aria-describedby="${name}-hint" required></textarea></div>`

  const show = (me: Me, said: Html, status = 200): Reply => {
    const { language, to } = me.asked
    const texts = operatorTexts[language]
    const standing = notices.of(me.account.domain)
    const inside = html`${said}${form(
      to(path),
      me.token,
      html`${area('text', texts.announceLabel, texts.announceHint, longest)}${submit(texts.announceDo)}`,
    )}<h2>${texts.notice}</h2>${
      standing !== undefined &&
      html`<div class="notice lamp"><p><b>${dayInWords(standing.day, language)}:</b> ${standing.text}</p></div>${form(to(`${path}/notice/end`), me.token, submit(texts.noticeEnd, 'quiet'))}`
    }${form(
      to(`${path}/notice`),
      me.token,
      html`${area('notice', texts.noticeLabel, texts.noticeHint, longestNotice)}${submit(texts.noticeDo)}`,
    )}`
    return operatorSheet(me, texts.pages.announce[0] ?? '', inside, status)
  }

  return [
    {
      path,
      operators: 'its domain',
      get: me => show(me, html``),
      post(me, filled) {
        const texts = operatorTexts[me.asked.language]
        const text = filled.text('text').trim().slice(0, longest)
        if (text === '') return show(me, notice(texts.announceEmpty, 'bad'), 422)
        return show(me, notice(texts.announced(things.announce(me.account.domain, text)), 'done'))
      },
    },
    {
      path: `${path}/notice`,
      operators: 'its domain',
      get: me => ({ to: me.asked.to(path) }),
      async post(me, filled) {
        const text = filled.text('notice').toWellFormed().trim()
        if (text === '' || text.length > longestNotice)
          return show(me, notice(operatorTexts[me.asked.language].noticeUnfit(longestNotice), 'bad'), 422)
        await notices.put(me.account.domain, text)
        return done(me, path, 'notice')
      },
    },
    {
      path: `${path}/notice/end`,
      operators: 'its domain',
      get: me => ({ to: me.asked.to(path) }),
      async post(me) {
        await notices.takeAway(me.account.domain)
        return done(me, path, 'nonotice')
      },
    },
  ]
}
