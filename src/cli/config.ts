/** `sotto config`: validate, show what is in force, print the manual. */

import { loadSettings } from '../settings/load.ts'
import { effective, manual } from '../settings/manual.ts'
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

export const configCommands: readonly Command[] = [check, print, docs]
