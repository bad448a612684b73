/** `sotto account admin`, `disable` and `enable`: what sets an account apart from the others. */

import { jidOf, withAccounts } from './accounts.ts'
import { type Command, configOption, WrongUse } from './command.ts'
import { settingsFor } from './config.ts'

const admin: Command = {
  name: 'account admin',
  takes: ['JID', 'on|off'],
  summary: 'Let an account look after others from within an app (XEP-0133), or no longer.',
  options: configOption,
  run: async call => {
    const { settings } = settingsFor(call)
    const jid = jidOf(call, settings)
    const said = call.words[1]
    if (said !== 'on' && said !== 'off')
      throw new WrongUse(`"sotto account admin JID" is followed by on or off, not by "${said}".`)
    const on = said === 'on'
    await withAccounts(settings, ask => ask('account admin', { jid, on }))
    call.terminal.out(on ? `${jid} can look after accounts now.` : `${jid} can no longer look after accounts.`)
    return 0
  },
}

const disable: Command = {
  name: 'account disable',
  takes: ['JID'],
  summary: 'Let nobody sign in to an account. Everything else stays as it is.',
  options: configOption,
  run: async call => {
    const { settings } = settingsFor(call)
    const jid = jidOf(call, settings)
    await withAccounts(settings, ask => ask('account disable', { jid, on: true }))
    call.terminal.out(`Nobody can sign in to ${jid} any more. "sotto account enable" takes that back.`)
    return 0
  },
}

const enable: Command = {
  name: 'account enable',
  takes: ['JID'],
  summary: 'Let the owner of a disabled account sign in again.',
  options: configOption,
  run: async call => {
    const { settings } = settingsFor(call)
    const jid = jidOf(call, settings)
    await withAccounts(settings, ask => ask('account disable', { jid, on: false }))
    call.terminal.out(`${jid} can sign in again.`)
    return 0
  },
}

export const markCommands: readonly Command[] = [admin, disable, enable]
