/** The account page by which people bring along what they had elsewhere (XEP-0227), and what it then tells them. */

import type { ImportReport, Tally } from '../../accounts/import-report.ts'
import { parseBareJid } from '../../protocol/jid.ts'
import type { Filled } from '../frame/form.ts'
import { type Html, html } from '../frame/html.ts'
import type { Reply } from '../frame/page.ts'
import type { AccountPage, Me } from './desk.ts'
import { choice, field, form, notice, submit } from './fields.ts'
import type { PortalParts } from './parts.ts'
import { type NotProven, passwordField, proven, sheet } from './sheet.ts'
import { bringingTexts } from './texts/bringing.ts'

interface Faults {
  readonly password?: NotProven
  readonly from?: string
  readonly file?: string
  readonly all?: string
}

/** Of a file whose sender may not go on, as much is read as lets the browser hear why. */
const readInVain = 64 * 1024 * 1024

export function bringingPage({ things, limiter }: PortalParts): AccountPage {
  const path = '/account/import'
  const show = (me: Me, faults: Faults, from?: string): Reply => {
    const { language, to } = me.asked
    const texts = bringingTexts[language]
    const fileField = html`<div class="field"><label for="file">${texts.file}</label><span class="hint" id="file-hint">${texts.fileHint}</span><input id="file" name="file" type="file" accept=".xml,application/xml,text/xml" required aria-describedby="file-hint${faults.file !== undefined && html` file-wrong`}">${
      faults.file !== undefined && html`<span class="wrong" id="file-wrong">${faults.file}</span>`
    }</div>`
    // What is needed to judge the file stands before it: it is read while it arrives.
    const inside = html`<p class="lead">${texts.lead}</p><ul class="ticks">${texts.what.map(what => html`<li>${what}</li>`)}</ul><p>${texts.where}</p>${notice(faults.all, 'bad')}${form(
      to(path),
      me.token,
      html`${passwordField(me, faults.password)}${field({ name: 'from', label: texts.from, hint: texts.fromHint, wrong: faults.from, value: from, optional: true, most: 1000 })}${choice({ name: 'tells', label: texts.tells })}<p class="small">${texts.tellsHint}</p>${fileField}${submit(texts.bring)}`,
      'file',
    )}<p class="small">${texts.not}</p>`
    return sheet(me, texts.title, inside, Object.keys(faults).length === 0 ? {} : { status: 422 })
  }

  async function bring(me: Me, filled: Filled): Promise<Reply> {
    const texts = bringingTexts[me.asked.language]
    const typed = filled.text('from').trim()
    const from = parseBareJid(typed)
    if (typed !== '' && from === undefined) return show(me, { from: texts.fromWrong }, typed)
    const { file } = filled
    if (file === undefined) return show(me, { file: texts.fileMissing }, typed)
    return proven(
      me,
      filled,
      async opened => {
        if (!limiter.allow('import', me.jid)) return show(me, { all: texts.often }, typed)
        const tells = filled.has('tells')
        const report = await things.imported(opened, file, { tells, ...(from === undefined ? {} : { from }) })
        return typeof report === 'string' ? show(me, { all: texts.noImport[report] }, typed) : brought(me, report)
      },
      password => show(me, { password }, typed),
    )
  }

  return {
    path,
    takesFile: true,
    get: me => show(me, {}),
    async post(me, filled) {
      const reply = await bring(me, filled)
      if (filled.file !== undefined) await readOn(filled.file)
      return reply
    },
  }
}

async function readOn(file: AsyncIterable<Uint8Array>): Promise<void> {
  let left = readInVain
  for await (const { length } of file) {
    left -= length
    if (left < 0) return
  }
}

/** What was taken and what was not: nothing of a file goes unsaid. */
function brought(me: Me, report: ImportReport): Reply {
  const { language, to } = me.asked
  const texts = bringingTexts[language]
  const { contacts, history, broken } = report
  const number = new Intl.NumberFormat(language)
  const row = (name: string, tally: Tally, ...more: (string | false)[]): Html => {
    const { taken, there, left } = tally
    const said = [there > 0 && texts.there(there), left > 0 && texts.left(left), ...more].filter(each => each !== false)
    if (taken === 0 && said.length === 0) return html``
    return html`<tr><th scope="row">${name}</th><td class="number">${number.format(taken)}</td><td>${said.join(' ')}</td></tr>`
  }
  const rows = html`${row(
    texts.contacts,
    contacts,
    contacts.asked > 0 && texts.asked(contacts.asked),
    contacts.unasked > 0 && texts.unasked(contacts.unasked),
  )}${row(
    texts.history,
    history,
    history.old > 0 && texts.old(history.old),
    history.overlapping > 0 && texts.overlapping(history.overlapping),
    history.unwanted > 0 && texts.unwanted(history.unwanted),
    history.shut > 0 && texts.shut(history.shut),
  )}${row(texts.waiting, report.waiting)}${row(texts.card, report.card)}${row(texts.settings, report.settings)}${row(texts.published, report.published, report.bound > 0 && texts.bound(report.bound))}${row(texts.blocked, report.blocked)}`
  const others = [
    report.requests > 0 && texts.requests(report.requests),
    report.others > 0 && texts.others(report.others),
    report.unknown > 0 && texts.unknown(report.unknown),
  ].filter(each => each !== false)
  const nothing = report.from === ''
  const inside = html`${
    broken !== undefined
      ? notice(`${texts.broken[broken]} ${nothing ? texts.nothingTaken : texts.halfTaken}`, 'bad')
      : nothing && notice(texts.nobody, 'bad')
  }${
    !nothing &&
    html`<p class="lead">${texts.from2(report.from)}</p><div class="scroll" tabindex="0" role="region" aria-label="${texts.result}"><table><thead><tr><th scope="col">${texts.kind}</th><th scope="col" class="number">${texts.taken}</th><th scope="col">${texts.besides}</th></tr></thead><tbody>${rows}</tbody></table></div>`
  }${others.length > 0 && html`<ul>${others.map(each => html`<li>${each}</li>`)}</ul>`}<p class="actions"><a class="button quiet" href="${to('/account/import')}">${texts.another}</a></p>`
  return sheet(me, texts.result, inside, broken !== undefined || nothing ? { status: 422 } : {})
}
