/** What the commands about accounts share: the way to the accounts, their addresses, and passwords. */

import { openHouse } from '../house.ts'
import { type ControlClient, openControl, Pieces } from '../operations/control.ts'
import { localpartOf, parseBareJid, parseJid } from '../protocol/jid.ts'
import { webAddress } from '../settings/load.ts'
import type { Settings } from '../settings/schema.ts'
import { type Call, type Option, WrongUse } from './command.ts'
import { houseHandlers } from './house-handlers.ts'

type Ask = ControlClient['ask']

/** Hands over how to have things done to accounts, and closes what was opened for it. */
export async function withAccounts<T>(settings: Settings, use: (ask: Ask) => Promise<T>): Promise<T> {
  const client = await openControl(settings.service.data)
  if (client !== undefined) {
    try {
      return await use(client.ask)
    } finally {
      client.close()
    }
  }
  const house = await openHouse(settings)
  try {
    const { https } = settings.listen
    const handlers = houseHandlers(house, domain =>
      https === false ? undefined : webAddress(settings, https, house.domains.setting(domain, 'webAddress')),
    )
    return await use(async (command, request = {}, take) => {
      const answer = await handlers[command]!(request)
      if (!(answer instanceof Pieces)) return answer
      for await (const piece of answer.each) await take?.(piece)
      return null
    })
  } finally {
    await house.close()
  }
}

/** The address on the command line, prepared. A name alone is not guessed into an address, but the guess is told. */
export function jidOf(call: Call, settings: Settings): string {
  const said = call.words[0]!
  const jid = parseBareJid(said)
  if (jid !== undefined) return jid
  const guess = parseBareJid(`${said}@${settings.service.domain}`)
  const asked = parseJid(said)
  const meant =
    asked !== undefined && localpartOf(asked) === undefined && guess !== undefined ? ` Did you mean ${guess}?` : ''
  throw new WrongUse(`"${said}" is not the address of an account, such as romeo@${settings.service.domain}.${meant}`)
}

export const passwordOption = {
  'password-stdin': { type: 'boolean', help: 'Read the password from standard input instead of asking for it.' },
} as const satisfies Record<string, Option>

/** The password on standard input, where that was said; undefined where a person is there to be asked. */
export async function passwordSent(call: Call): Promise<string | undefined> {
  if (call.flag('password-stdin')) {
    const password = (await call.terminal.input()).replace(/\r?\n$/, '')
    if (password === '') throw new WrongUse('There was no password on standard input.')
    return password
  }
  if (!call.terminal.interactive) {
    throw new WrongUse('Nobody is here to be asked for a password. Send it to standard input and add --password-stdin.')
  }
  return undefined
}
