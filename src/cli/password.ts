/** `sotto account passwd` and `sotto account recovery`: passwords, and the history that only they open. */

import type { Settings } from '../settings/schema.ts'
import { jidOf, passwordOption, passwordSent, withAccounts } from './accounts.ts'
import { type Call, type Command, configOption, WrongUse } from './command.ts'
import { settingsFor } from './config.ts'
import type { PasswordAnswer, RecoveryAnswer, SealAnswer } from './password-handlers.ts'

/** A new password, asked for twice where it was not sent. */
export async function newPassword(call: Call): Promise<string> {
  return (await passwordSent(call)) ?? askedPassword(call)
}

async function askedPassword({ terminal }: Call): Promise<string> {
  const password = await terminal.ask('New password: ', true)
  if (password === undefined || password === '') throw new WrongUse('No password was given; nothing was done.')
  if ((await terminal.ask('Once more: ', true)) !== password) {
    throw new WrongUse('The two passwords differ; nothing was done.')
  }
  return password
}

interface Wanted {
  readonly password: string
  readonly code?: string
}

export const passwd: Command = {
  name: 'account passwd',
  takes: ['JID'],
  summary: 'Give an account another password, whose owner has forgotten the old one.',
  options: {
    ...passwordOption,
    recovery: {
      type: 'boolean',
      help: 'Keep the history, with the recovery code of the account: asked for, or sent in the line after the password.',
    },
    yes: { type: 'boolean', help: 'Do not ask whether the history may be lost.' },
    ...configOption,
  },
  run: async call => {
    const { settings } = settingsFor(call)
    const { terminal } = call
    const jid = jidOf(call, settings)
    const sent = await passwordSent(call)
    const recovers = call.flag('recovery')
    if (!recovers && settings.archive.seal === 'owner') {
      terminal.err(await warning(jid, settings))
      const asks = sent === undefined && !call.flag('yes')
      if (asks && (await terminal.ask('Go on? Type yes: ', false)) !== 'yes') {
        terminal.err('Nothing was changed.')
        return 1
      }
    }
    const wanted = await passwordAndCode(call, sent, recovers)
    const { history } = (await withAccounts(settings, ask =>
      ask('account passwd', { jid, ...wanted }),
    )) as PasswordAnswer
    const kept = recovers && history === 'kept' ? ' Its history is kept.' : ''
    const older =
      recovers && history === 'lost' ? ' What the recovery code opens is kept; what came later is lost.' : ''
    terminal.out(`${jid} has a new password.${kept}${older}`)
    return 0
  },
}

async function passwordAndCode(call: Call, sent: string | undefined, recovers: boolean): Promise<Wanted> {
  if (!recovers) return { password: sent ?? (await askedPassword(call)) }
  if (sent === undefined) {
    const code = await call.terminal.ask('Recovery code: ', false)
    if (code === undefined || code === '') throw new WrongUse('No recovery code was given; nothing was done.')
    return { code, password: await askedPassword(call) }
  }
  const [password = '', code = '', ...others] = sent.split(/\r?\n/)
  if (password === '' || code === '' || others.length > 0) {
    throw new WrongUse('Standard input has to have two lines: the new password, and the recovery code.')
  }
  return { password, code }
}

/** Told before a password is reset: what the archive of this server is for. */
async function warning(jid: string, settings: Settings): Promise<string> {
  const { recovery } = (await withAccounts(settings, ask => ask('account seal', { jid }))) as SealAnswer
  const way = recovery ? 'With the recovery code it is kept: add --recovery.' : 'There is no recovery code for it.'
  return (
    `Warning: the history of ${jid} opens with its present password only; with a password that is given here nobody can ` +
    `read it any more. ${way} Who knows the present password changes it in an app instead, and keeps everything.`
  )
}

export const recovery: Command = {
  name: 'account recovery',
  takes: ['JID'],
  summary: 'Make a recovery code, which keeps the history when the password is forgotten. Needs the password.',
  options: { ...passwordOption, ...configOption },
  run: async call => {
    const { settings } = settingsFor(call)
    const { terminal } = call
    const jid = jidOf(call, settings)
    const password = (await passwordSent(call)) ?? (await terminal.ask(`Password of ${jid}: `, true))
    if (password === undefined || password === '') throw new WrongUse('No password was given; nothing was done.')
    const { code } = (await withAccounts(settings, ask => ask('account recovery', { jid, password }))) as RecoveryAnswer
    terminal.out(code)
    terminal.err('Print it or write it down: it is not shown again, and any earlier code is no longer good.')
    return 0
  },
}
