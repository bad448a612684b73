/** `sotto invite`: lets somebody in who has no account yet. */

import { renderUnicodeCompact } from 'uqr'
import { withAccounts } from './accounts.ts'
import { type Call, type Command, configOption, jsonOption, WrongUse } from './command.ts'
import { settingsFor } from './config.ts'
import type { MadeInvitation } from './invite-handlers.ts'

const create: Command = {
  name: 'invite create',
  takes: [],
  summary: 'Make a link with which somebody can make an account.',
  options: {
    contact: { type: 'string', value: 'JID', help: 'An account here: the guest and it become contacts of each other.' },
    name: { type: 'string', value: 'NAME', help: 'The user name of the guest. It is kept for them meanwhile.' },
    domain: {
      type: 'string',
      value: 'NAME',
      help: 'The domain of the account; else that of the contact, or the first one.',
    },
    uses: { type: 'string', value: 'N', help: 'How many guests may come with it; 1 if not said.' },
    days: {
      type: 'string',
      value: 'N',
      help: 'On how many days it is good, today included; else as the settings say.',
    },
    ...jsonOption,
    ...configOption,
  },
  run: async call => {
    const { settings } = settingsFor(call)
    const request = {
      uses: numberIn(call, 'uses') ?? 1,
      days: numberIn(call, 'days') ?? settings.registration.invitationDays,
      ...given(call, 'contact'),
      ...given(call, 'name'),
      ...given(call, 'domain'),
    }
    const made = (await withAccounts(settings, ask => ask('invite create', request))) as MadeInvitation
    if (call.flag('json')) call.terminal.out(JSON.stringify(made))
    else for (const line of told(made)) call.terminal.out(line)
    return 0
  },
}

function given(call: Call, option: string): Readonly<Record<string, string>> {
  const text = call.text(option)
  return text === undefined ? {} : { [option]: text }
}

function numberIn(call: Call, option: string): number | undefined {
  const text = call.text(option)
  if (text === undefined) return undefined
  if (!/^\d{1,4}$/.test(text)) throw new WrongUse(`--${option} has to be a number, not "${text}".`)
  return Number(text)
}

function told({ uri, landing, last, uses }: MadeInvitation): string[] {
  return [
    uri,
    ...(landing === undefined ? [] : [landing]),
    '',
    renderUnicodeCompact(landing ?? uri, { border: 2 }),
    '',
    `Good until the end of ${last} (UTC), for ${uses === 1 ? 'one guest' : `${uses} guests`}. Who has the link can use it.`,
  ]
}

export const inviteCommands: readonly Command[] = [create]
