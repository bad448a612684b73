/** `sotto account`: done by the running service where there is one, else on the store directly. */

import { inWords } from '../features/files/quota.ts'
import { givenTo } from '../privacy/readers.ts'
import { accountExport } from './account-export.ts'
import type { AccountDetails, AccountSummary } from './account-handlers.ts'
import { accountImport } from './account-import.ts'
import { jidOf, passwordOption, withAccounts } from './accounts.ts'
import { type Command, configOption, jsonOption, WrongUse } from './command.ts'
import { settingsFor } from './config.ts'
import { newPassword, passwd, recovery } from './password.ts'
import type { Terminal } from './terminal.ts'

const create: Command = {
  name: 'account create',
  takes: ['JID'],
  summary: 'Make an account.',
  options: { ...passwordOption, ...configOption },
  run: async call => {
    const { settings } = settingsFor(call)
    const jid = jidOf(call, settings)
    const password = await newPassword(call)
    await withAccounts(settings, ask => ask('account create', { jid, password }))
    call.terminal.out(`${jid} can sign in now.`)
    return 0
  },
}

/** The end of an account as the service tells it: without a day it has come. */
interface End {
  readonly leaves?: string
}

async function isSure(terminal: Terminal, jid: string): Promise<boolean> {
  if (!terminal.interactive) {
    throw new WrongUse(`Everything about ${jid} would be erased for good. Add --now if that is what you want.`)
  }
  return (await terminal.ask(`Erase ${jid} and everything kept about it for good? Type the address: `, false)) === jid
}

const remove: Command = {
  name: 'account delete',
  takes: ['JID'],
  summary: 'Erase an account and everything that is kept about it.',
  options: {
    now: { type: 'boolean', help: 'Erase at once: without asking, and without the days of accounts.grace_days.' },
    ...configOption,
  },
  run: async call => {
    const { settings } = settingsFor(call)
    const jid = jidOf(call, settings)
    const now = call.flag('now')
    const final = settings.accounts.graceDays === 0
    if (final && !now && !(await isSure(call.terminal, jid))) {
      call.terminal.err('Nothing was erased.')
      return 1
    }
    const { leaves } = (await withAccounts(settings, ask => ask('account delete', { jid, now }))) as End
    call.terminal.out(
      leaves === undefined
        ? `${jid} and everything kept about it is erased.`
        : `Nobody can sign in to ${jid} any more. It is erased on ${leaves}; until then "sotto account restore ${jid}" brings it back.`,
    )
    return 0
  },
}

const restore: Command = {
  name: 'account restore',
  takes: ['JID'],
  summary: 'Let an account stay that was deleted, as long as it is not erased (see accounts.grace_days).',
  options: configOption,
  run: async call => {
    const { settings } = settingsFor(call)
    const jid = jidOf(call, settings)
    await withAccounts(settings, ask => ask('account restore', { jid }))
    call.terminal.out(`${jid} stays, and can sign in again.`)
    return 0
  },
}

const list: Command = {
  name: 'account list',
  takes: [],
  summary: 'List all accounts.',
  options: { ...jsonOption, ...configOption },
  run: async call => {
    const accounts = (await withAccounts(settingsFor(call).settings, ask => ask('account list'))) as AccountSummary[]
    if (call.flag('json')) call.terminal.out(JSON.stringify(accounts))
    else for (const { jid, leaves } of accounts) call.terminal.out(`${jid}${leaving(leaves)}`)
    return 0
  },
}

const show: Command = {
  name: 'account show',
  takes: ['JID'],
  summary: 'Tell what is kept about an account: how much, not what.',
  options: { ...jsonOption, ...configOption },
  run: async call => {
    const { settings } = settingsFor(call)
    const jid = jidOf(call, settings)
    const account = (await withAccounts(settings, ask => ask('account show', { jid }))) as AccountDetails
    if (call.flag('json')) {
      call.terminal.out(JSON.stringify(account))
      return 0
    }
    for (const line of inventory(account)) call.terminal.out(line)
    return 0
  },
}

function leaving(day: string | undefined): string {
  return day === undefined ? '' : ` (is erased on ${day})`
}

/** What is held, to be read: first what there is, then what there could be. */
function inventory({ jid, created, leaves, holds, takes }: AccountDetails): string[] {
  const there = holds.filter(({ count }) => count > 0)
  const absent = holds.filter(({ count }) => count === 0).map(({ what }) => what)
  return [
    `${jid}, made on ${created}${leaving(leaves)}. It takes up ${inWords(takes.documents)}, messages ${inWords(takes.history)}, files ${inWords(takes.files)}. What is kept about it:`,
    ...there.flatMap(({ what, count, why, keep, reader }) => [
      '',
      `${what}: ${count}`,
      ...why.map(reason => `  ${reason}`),
      `  Kept: ${keep}. Given to: ${givenTo[reader]}.`,
    ]),
    ...(absent.length > 0 ? ['', `None of: ${absent.join(', ')}.`] : []),
  ]
}

export const accountCommands: readonly Command[] = [
  create,
  passwd,
  recovery,
  remove,
  restore,
  list,
  show,
  accountExport,
  accountImport,
]
