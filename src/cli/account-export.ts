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
    'with-files': {
      type: 'boolean',
      help: 'Write a ZIP archive with the uploaded files as well, as far as their links are in messages that can be read.',
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
    const files = call.flag('with-files')
    await written(call, file, target =>
      withAccounts(settings, ask =>
        ask('account export', { jid, password, credentials, files }, piece => target.appendFile(bytesOf(piece))),
      ),
    )
    call.terminal.out(
      files
        ? `${file} holds what is kept of ${jid}; about.txt in it says which files are missing, since no link to them was found.`
        : `${file} holds what is kept of ${jid}, apart from uploaded files, which only their links open (--with-files).`,
    )
    call.terminal.out('It is not encrypted: keep it where nobody else can read it.')
    return 0
  },
}

/** Text as it is; what is none comes as `{ base64 }`, since the way here is one for JSON. */
function bytesOf(piece: unknown): string | Uint8Array {
  return typeof piece === 'string' ? piece : Buffer.from((piece as { base64: string }).base64, 'base64')
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
