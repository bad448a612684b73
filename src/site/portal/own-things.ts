/** Account pages about what is kept: history, files, the copy to take along. */

import type { Habit } from '../../accounts/archive-preferences.ts'
import { type Html, html } from '../frame/html.ts'
import { dayInWords } from '../frame/language.ts'
import type { Reply } from '../frame/page.ts'
import type { AccountPage, Me } from './desk.ts'
import { choice, form, notice, submit } from './fields.ts'
import type { OwnFile, PortalParts } from './parts.ts'
import { done, type NotProven, passwordField, sheet } from './sheet.ts'
import { accountTexts } from './texts/account.ts'
import { thingTexts } from './texts/things.ts'

const habits = ['always', 'roster', 'never'] as const satisfies readonly Habit[]

export function ownThingsPages(parts: PortalParts): readonly AccountPage[] {
  return [...historyPages(parts), ...filesPages(parts), exportPage(parts)]
}

function historyPages({ things, ownRetention, settingsOf, today }: PortalParts): readonly AccountPage[] {
  const show = async (me: Me, fault?: string): Promise<Reply> => {
    const { language, to } = me.asked
    const texts = thingTexts[language]
    const { save } = accountTexts[language]
    const now = (await things.preferences(me.jid))?.now
    const own = await ownRetention.of(me.account.id)
    const exceptions = (now?.always.length ?? 0) + (now?.never.length ?? 0)
    const habit = (name: Habit): Html =>
      choice({ name: 'habit', type: 'radio', value: name, label: texts.habits[name], checked: now?.habit === name })
    const days = (value: number | undefined, label: string): Html =>
      choice({
        name: 'days',
        type: 'radio',
        value: value === undefined ? 'usual' : String(value),
        label,
        checked: own === value,
      })
    const inside = html`${form(
      to('/account/history'),
      me.token,
      html`<fieldset><legend>${texts.historyWith}</legend>${habits.map(habit)}${exceptions > 0 && html`<p class="small">${texts.exceptions(exceptions)}</p>`}</fieldset>${submit(save)}`,
    )}
${
  ownRetention.choices.length > 0 &&
  form(
    to('/account/history/days'),
    me.token,
    html`<fieldset><legend>${texts.howLong}</legend>${days(undefined, texts.usual(settingsOf(me.account.domain).retention.days))}${ownRetention.choices.map(value => days(value, texts.days(value)))}<p class="small">${texts.shorter}</p></fieldset>${submit(save)}`,
  )
}
<h2>${texts.empty}</h2><p>${texts.emptyLead}</p>${notice(fault, 'bad')}${form(
      to('/account/history/empty'),
      me.token,
      html`${choice({ name: 'sure', label: texts.sure, required: true })}${submit(texts.emptyDo, 'danger')}`,
    )}`
    return sheet(me, texts.historyTitle, inside, fault === undefined ? {} : { status: 422 })
  }
  const back = (me: Me): Reply => ({ to: me.asked.to('/account/history') })
  return [
    {
      path: '/account/history',
      get: me => show(me),
      async post(me, filled) {
        const habit = habits.find(name => name === filled.text('habit'))
        const preferences = await things.preferences(me.jid)
        if (habit === undefined || preferences === undefined) return show(me)
        await preferences.set({ ...preferences.now, habit })
        return done(me, '/account/history', 'archive')
      },
    },
    {
      path: '/account/history/days',
      get: back,
      async post(me, filled) {
        const days = ownRetention.choices.find(each => String(each) === filled.text('days'))
        if (days === undefined && filled.text('days') !== 'usual') return show(me)
        await ownRetention.set(me.account.id, days, today())
        return done(me, '/account/history', 'retention')
      },
    },
    {
      path: '/account/history/empty',
      get: back,
      async post(me, filled) {
        if (!filled.has('sure')) return show(me, thingTexts[me.asked.language].unsure)
        await things.purgeHistory(me.account.id)
        return done(me, '/account/history', 'purged')
      },
    },
  ]
}

/** Files in one form. */
const listedAtOnce = 50
/** Digits that tell a file from its owner's others. */
const shortDigits = 8

function filesPages({ things }: PortalParts): readonly AccountPage[] {
  const show = async (me: Me, fault?: string): Promise<Reply> => {
    const { language, to } = me.asked
    const texts = thingTexts[language]
    const all = await things.files(me.account.id)
    const shown = all.slice(0, listedAtOnce)
    const row = ({ blob, day, kib }: OwnFile): Html => {
      const short = blob.slice(0, shortDigits)
      return html`<tr><td>${choice({ name: `file-${short}`, label: short })}</td><td>${dayInWords(day, language)}</td><td class="number">${texts.size(kib)}</td></tr>`
    }
    const list = html`${byDay(all, me)}${form(
      to('/account/files'),
      me.token,
      html`<div class="scroll" tabindex="0" role="region" aria-label="${texts.filesTitle}"><table><thead><tr><th scope="col">${texts.choose}</th><th scope="col">${texts.day}</th><th scope="col" class="number">${texts.sizeName}</th></tr></thead><tbody>${shown.map(row)}</tbody></table></div>${shown.length < all.length && html`<p class="small">${texts.filesMore(shown.length)}</p>`}${notice(fault, 'bad')}${submit(texts.deleteChosen, 'danger')}`,
    )}${form(
      to('/account/files/all'),
      me.token,
      html`<h2>${texts.deleteAll}</h2>${choice({ name: 'sure', label: texts.sure, required: true })}${submit(texts.deleteAll, 'danger')}`,
    )}`
    const inside = html`<p class="lead">${texts.filesLead}</p>${all.length === 0 ? html`<p>${texts.filesNone}</p>` : list}`
    return sheet(me, texts.filesTitle, inside, fault === undefined ? {} : { status: 422 })
  }
  return [
    {
      path: '/account/files',
      get: me => show(me),
      async post(me, filled) {
        const all = await things.files(me.account.id)
        const chosen = all.filter(({ blob }) => filled.has(`file-${blob.slice(0, shortDigits)}`))
        if (chosen.length === 0) return show(me, thingTexts[me.asked.language].chosenNone)
        await things.removeFiles(
          me.account.id,
          chosen.map(({ blob }) => blob),
        )
        return done(me, '/account/files', 'files')
      },
    },
    {
      path: '/account/files/all',
      get: me => ({ to: me.asked.to('/account/files') }),
      async post(me, filled) {
        if (!filled.has('sure')) return show(me, thingTexts[me.asked.language].unsure)
        const all = await things.files(me.account.id)
        await things.removeFiles(
          me.account.id,
          all.map(({ blob }) => blob),
        )
        return done(me, '/account/files', 'files')
      },
    },
  ]
}

function byDay(all: readonly OwnFile[], { asked: { language } }: Me): Html {
  const texts = thingTexts[language]
  const sum = (files: readonly OwnFile[]): number => files.reduce((kib, file) => kib + file.kib, 0)
  const days = [...Map.groupBy(all, ({ day }) => day)]
  return html`<p><b>${texts.filesAll(all.length, texts.size(sum(all)))}</b></p>${
    days.length > 1 &&
    html`<table><thead><tr><th scope="col">${texts.day}</th><th scope="col" class="number">${texts.count}</th><th scope="col" class="number">${texts.sizeName}</th></tr></thead><tbody>${days.map(
      ([day, files]) =>
        html`<tr><td>${dayInWords(day, language)}</td><td class="number">${files.length}</td><td class="number">${texts.size(sum(files))}</td></tr>`,
    )}</tbody></table>`
  }`
}

function exportPage({ things, limiter }: PortalParts): AccountPage {
  const show = (me: Me, fault?: NotProven | 'often'): Reply => {
    const texts = thingTexts[me.asked.language]
    const which = (value: string, label: string): Html =>
      choice({ name: 'what', type: 'radio', value, label, checked: value === 'all' })
    const inside = html`<p class="lead">${texts.exportLead}</p><p>${texts.exportFiles}</p>${notice(texts.exportKeep, 'lamp')}${
      fault === 'often' && notice(texts.exportOften, 'bad')
    }${form(
      me.asked.to('/account/export'),
      me.token,
      html`<fieldset><legend>${texts.exportWhat}</legend>${which('all', texts.exportAll)}${which('portable', texts.exportPortable)}</fieldset>${passwordField(me, fault === 'often' ? undefined : fault)}${submit(texts.exportDo)}`,
    )}`
    return sheet(me, texts.exportTitle, inside, fault === undefined ? {} : { status: 422 })
  }
  return {
    path: '/account/export',
    get: me => show(me),
    async post(me, filled) {
      const opened = await me.prove(filled.text('password'))
      if ('because' in opened) return show(me, opened.because === 'later' ? 'later' : 'wrong')
      if (!limiter.allow('export', me.jid)) {
        opened.clientKey.key.fill(0)
        return show(me, 'often')
      }
      // The key is wiped when the first piece has been asked for.
      if (filled.text('what') === 'all') {
        return {
          type: 'application/zip',
          pieces: things.bundled(opened, me.asked.language),
          headers: { 'content-disposition': 'attachment; filename="account.zip"' },
        }
      }
      return {
        type: 'application/xml; charset=utf-8',
        pieces: things.exported(opened),
        headers: { 'content-disposition': 'attachment; filename="account.xml"' },
      }
    },
  }
}
