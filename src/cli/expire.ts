/** `sotto expire`: has the running service erase what is too old, without waiting for the next day. */

import { openControl, Refused } from '../operations/control.ts'
import { farDays, type Look } from '../privacy/retention.ts'
import { type Command, configOption } from './command.ts'
import { settingsFor } from './config.ts'

export const expire: Command = {
  name: 'expire',
  takes: [],
  summary: 'Erase now what is too old; the service does so by itself at its start and every day.',
  options: {
    now: {
      type: 'boolean',
      help: 'Believe the clock, however far it is from where it was before. It has to be right.',
    },
    ...configOption,
  },
  run: async call => {
    const { data } = settingsFor(call).settings.service
    const client = await openControl(data)
    if (client === undefined) {
      throw new Refused(`No service runs on ${data}. Start it: it erases what is too old before it lets anybody in.`)
    }
    try {
      const { believed, dropped } = (await client.ask('expire', { sure: call.flag('now') })) as Look
      call.terminal.out(dropped === 0 ? 'Nothing is too old.' : `Everything from ${dropped} days is erased.`)
      if (believed) return 0
      call.terminal.err(
        `The clock of this machine is more than ${farDays} days from where it was, so nothing is erased by it yet. ` +
          'If it is right, run "sotto expire --now"; if it is wrong, set it.',
      )
      return 1
    } finally {
      client.close()
    }
  },
}
