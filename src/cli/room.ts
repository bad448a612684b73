/** `sotto room forget`: what people of other services can ask those who run this one for. */

import { parseBareJid } from '../protocol/jid.ts'
import { withAccounts } from './accounts.ts'
import { type Command, configOption, WrongUse } from './command.ts'
import { settingsFor } from './config.ts'

const forget: Command = {
  name: 'room forget',
  takes: ['JID'],
  summary: 'Erase what somebody of another service has said in rooms here, at their wish.',
  options: configOption,
  run: async call => {
    const jid = parseBareJid(call.words[0] ?? '')
    if (jid === undefined) throw new WrongUse('Name the address of somebody, like romeo@example.org.')
    const { settings } = settingsFor(call)
    const { erased } = (await withAccounts(settings, ask => ask('room forget', { jid }))) as { erased: boolean }
    call.terminal.out(
      erased
        ? `What ${jid} has said in rooms here cannot be read any more.`
        : `Nothing that ${jid} has said is kept in rooms here.`,
    )
    return 0
  },
}

export const roomCommands: readonly Command[] = [forget]
