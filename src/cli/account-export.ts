/** `sotto account export`: everything that is kept of an account, as a file for its owner (XEP-0227). */

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Refused } from '../operations/control.ts'
import { jidOf, passwordOption, passwordSent, withAccounts } from './accounts.ts'
import { type Call, type Command, configOption, WrongUse } from './command.ts'
import { settingsFor } from './config.ts'

export const accountExport: Command = {
  name: 'account export',
  takes: ['JID', 'FILE'],
  summary: 'Write what is kept of an account into a file (XEP-0227). Needs its password, which opens what is sealed.',
  options: {
    'with-credentials': {
      type: 'boolean',
      help: 'Put in what recognises the password, so that the account can move with it. Whoever has the file can then try passwords.',
    },
    force: { type: 'boolean', help: 'Replace the file if it is there.' },
    ...passwordOption,
    ...configOption,
  },
  run: async call => {
    const { settings } = settingsFor(call)
    const jid = jidOf(call, settings)
    const file = resolve(call.terminal.directory, call.words[1]!)
    insistOnRoom(call, file)
    const password = (await passwordSent(call)) ?? (await call.terminal.ask(`Password of ${jid}: `, true))
    if (password === undefined || password === '') throw new WrongUse('No password was given; nothing was written.')
    const credentials = call.flag('with-credentials')
    await written(call, file, target =>
      withAccounts(settings, ask =>
        ask('account export', { jid, password, credentials }, piece => target.appendFile(piece as string)),
      ),
    )
    call.terminal.out(`${file} holds what is kept of ${jid}, apart from uploaded files, which only their links open.`)
    call.terminal.out('It is not encrypted: keep it where nobody else can read it.')
    return 0
  },
}

function insistOnRoom(call: Call, file: string): void {
  if (existsSync(file) && !call.flag('force')) {
    throw new Refused(`${file} is there already. Choose another name, or add --force to replace it.`)
  }
}

/** Writes a file that only its maker can read. It gets its name when it is complete; where that fails nothing is left. */
async function written(call: Call, file: string, write: (target: FileHandle) => Promise<unknown>): Promise<void> {
  const unfinished = `${file}.${randomBytes(4).toString('hex')}.part`
  const target = await open(unfinished, 'wx', 0o600)
  try {
    await write(target)
    await target.sync()
    await target.close()
    insistOnRoom(call, file)
    await rename(unfinished, file)
  } catch (error) {
    await target.close()
    await rm(unfinished, { force: true })
    throw error
  }
}
