/** `sotto config`: validate, show what is in force, print the manual, announce what may not change silently. */

import { existsSync } from 'node:fs'
import { catalogue } from '../catalogue.ts'
import { databasePath } from '../house.ts'
import { schemaOf } from '../privacy/catalogue.ts'
import { promiseRetention, retentionState } from '../privacy/retention.ts'
import { loadSettings } from '../settings/load.ts'
import { effective, manual } from '../settings/manual.ts'
import { openSqlite } from '../storage/sqlite/open.ts'
import { type Call, type Command, configOption } from './command.ts'

/** The settings that a command works with. */
export function settingsFor(call: Call) {
  return loadSettings({ file: call.text('config'), env: call.terminal.env, directory: call.terminal.directory })
}

const check: Command = {
  name: 'config check',
  takes: [],
  summary: 'Say whether the settings can be used, and what is wrong with them if not.',
  options: configOption,
  run: async call => {
    const { file, warnings } = settingsFor(call)
    for (const warning of warnings) call.terminal.err(`Warning: ${warning}`)
    call.terminal.out(
      file === undefined ? 'The settings can be used (no file; all defaults).' : `The settings in ${file} can be used.`,
    )
    return 0
  },
}

const print: Command = {
  name: 'config print',
  takes: [],
  summary: 'Show the settings in force: defaults, file and environment taken together.',
  options: configOption,
  run: async call => {
    call.terminal.out(effective(settingsFor(call).settings).trimEnd())
    return 0
  },
}

const docs: Command = {
  name: 'config docs',
  takes: [],
  summary: 'Print the manual of all settings.',
  options: {},
  run: async call => {
    call.terminal.out(manual().trimEnd())
    return 0
  },
}

const announce: Command = {
  name: 'config announce',
  takes: [],
  summary: 'Confirm that people were told of a longer retention.days; without it the service does not start with one.',
  options: configOption,
  run: async call => {
    const { service, retention } = settingsFor(call).settings
    const file = databasePath(service.data)
    if (!existsSync(file)) {
      call.terminal.out(
        'Nothing is kept yet, so nobody was promised anything: the service starts with any retention.days.',
      )
      return 0
    }
    const db = await openSqlite(file, schemaOf(catalogue))
    try {
      const { promised = retention.days } = await retentionState(db)
      if (retention.days <= promised) {
        call.terminal.out(
          `There is nothing to announce: ${retention.days} days are not longer than the ${promised} that were promised.`,
        )
        return 0
      }
      await promiseRetention(db, retention.days, true)
      call.terminal.out(
        `From the next start messages and files may be kept for ${retention.days} days instead of ${promised}.`,
      )
      return 0
    } finally {
      await db.close()
    }
  },
}

export const configCommands: readonly Command[] = [check, print, docs, announce]
