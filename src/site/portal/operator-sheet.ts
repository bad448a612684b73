/** What is around the content of an operator page. */

import { type Html, html } from '../frame/html.ts'
import type { Shown } from '../frame/page.ts'
import type { Me } from './desk.ts'
import { notice } from './fields.ts'
import { sheet } from './sheet.ts'
import { operatorTexts } from './texts/operators.ts'

export function operatorSheet(me: Me, title: string, inside: Html, status = 200): Shown {
  const texts = operatorTexts[me.asked.language]
  const said = texts.done[me.asked.query.get('done') ?? '']
  const back = { path: '/admin', name: texts.title }
  return sheet(me, title, html`${notice(said, 'done')}${inside}`, { status, back })
}
