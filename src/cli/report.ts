/** `sotto report`: what people reported when they blocked somebody (XEP-0377). */

import { withAccounts } from './accounts.ts'
import { type Command, configOption, jsonOption } from './command.ts'
import { settingsFor } from './config.ts'
import type { ToldReport } from './report-handlers.ts'

const list: Command = {
  name: 'report list',
  takes: [],
  summary: 'List the reports of spam and abuse that are open.',
  options: { ...jsonOption, ...configOption },
  run: async call => {
    const reports = (await withAccounts(settingsFor(call).settings, ask => ask('report list'))) as ToldReport[]
    if (call.flag('json')) call.terminal.out(JSON.stringify(reports))
    else
      for (const { id, day, about, reason } of reports) call.terminal.out(`${id}  ${day}  ${about}  ${inWords(reason)}`)
    return 0
  },
}

const show: Command = {
  name: 'report show',
  takes: ['ID'],
  summary: 'Show one report: what its author wrote and attached.',
  options: { ...jsonOption, ...configOption },
  run: async call => {
    const [id] = call.words
    const { settings } = settingsFor(call)
    const report = (await withAccounts(settings, ask => ask('report show', { id }))) as ToldReport
    if (call.flag('json')) call.terminal.out(JSON.stringify(report))
    else for (const line of inFull(report)) call.terminal.out(line)
    return 0
  },
}

const done: Command = {
  name: 'report done',
  takes: ['ID'],
  summary: 'Say that a report has been dealt with: it is erased.',
  options: configOption,
  run: async call => {
    const [id] = call.words
    await withAccounts(settingsFor(call).settings, ask => ask('report done', { id }))
    call.terminal.out('The report is erased.')
    return 0
  },
}

function inFull({ about, from, day, reason, text, messages, allows }: ToldReport): string[] {
  return [
    `${about} was reported by ${from} on ${day}: ${inWords(reason)}.`,
    // Indented, so that nothing in it looks like what is said here.
    ...(text === undefined ? [] : ['', ...text.split('\n').map(line => `  ${harmless(line)}`)]),
    ...(messages.length === 0 ? [] : ['', 'It is about these messages:']),
    ...messages.map(({ by, id }) => `  ${harmless(id)}, numbered by ${harmless(by)}`),
    '',
    allows.includes('report-origin')
      ? 'The author agrees that the server of the other hears of it.'
      : 'The author did not agree that anybody else hears of it.',
    ...(allows.includes('third-party')
      ? ['The author agrees that it is given to those who collect such reports.']
      : []),
  ]
}

/** `urn:xmpp:reporting:spam` → `spam` */
function inWords(reason: string): string {
  return harmless(reason.replace(/^urn:xmpp:reporting:/, ''))
}

/** What a stranger wrote, on one line, and without what a terminal would take for an order or read backwards. */
function harmless(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}

export const reportCommands: readonly Command[] = [list, show, done]
