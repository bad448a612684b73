/** From words on the command line to a command and its call. */

import { parseArgs } from 'node:util'
import { suggestion } from '../settings/nearest.ts'
import { type Call, type Command, type Option, WrongUse } from './command.ts'
import type { Terminal } from './terminal.ts'

export type Parsed = { readonly help: string } | { readonly command: Command; readonly call: Call }

/** Understands the command line, or throws `WrongUse` with a sentence. */
export function parse(words: readonly string[], commands: readonly Command[], terminal: Terminal): Parsed {
  const [first] = words
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    return { help: overview(commands, first === 'help' ? words.slice(1).join(' ') : '') }
  }
  const command = commands
    .filter(({ name }) => name === words.slice(0, name.split(' ').length).join(' '))
    .sort((a, b) => b.name.length - a.name.length)[0]
  if (command === undefined) return unknownCommand(words, commands)
  const { positionals, values } = understood(command, words.slice(command.name.split(' ').length))
  if (values.help === true) return { help: usage(command) }
  checkCount(command, positionals)
  return {
    command,
    call: {
      words: positionals,
      text: option => (typeof values[option] === 'string' ? values[option] : undefined),
      flag: option => values[option] === true,
      terminal,
    },
  }
}

function unknownCommand(words: readonly string[], commands: readonly Command[]): Parsed {
  const group = commands.filter(({ name }) => name.startsWith(`${words[0]} `))
  if (group.length > 0 && (words[1] === undefined || words[1].startsWith('-'))) {
    if (words.includes('--help') || words.includes('-h')) return { help: overview(commands, words[0]!) }
    const choices = group.map(({ name }) => name.split(' ')[1]).join(', ')
    throw new WrongUse(`"sotto ${words[0]}" needs to know what to do: ${choices}.`)
  }
  const said = words.slice(0, group.length > 0 ? 2 : 1).join(' ')
  const known =
    group.length > 0 ? group.map(({ name }) => name) : [...new Set(commands.map(({ name }) => name.split(' ')[0]!))]
  throw new WrongUse(`There is no command "${said}".${suggestion(said, known)} "sotto help" lists all commands.`)
}

function understood(command: Command, words: readonly string[]) {
  const options = { ...command.options, help: { type: 'boolean', short: 'h', help: '' } } satisfies Record<
    string,
    Option
  >
  const plain = Object.fromEntries(
    Object.entries(options).map(([name, option]: [string, Option]) => [
      name,
      option.short === undefined ? { type: option.type } : { type: option.type, short: option.short },
    ]),
  )
  try {
    return parseArgs({ args: [...words], options: plain, allowPositionals: true, strict: true })
  } catch (error) {
    throw new WrongUse(complaint(error, command))
  }
}

function complaint(error: unknown, command: Command): string {
  const { code, message } = error as NodeJS.ErrnoException
  const named = /'(--?[^' ]+)/.exec(message)?.[1] ?? ''
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const known = Object.keys(command.options).map(name => `--${name}`)
    return `"sotto ${command.name}" has no option ${named}.${suggestion(named, known)}`
  }
  const option = command.options[/--([\w-]+)/.exec(message)?.[1] ?? '']
  if (option?.type === 'string') return `The option ${named.replace(/^-., /, '')} needs a value: ${option.value}.`
  return `The option ${named} takes no value.`
}

function checkCount({ name, takes }: Command, given: readonly string[]): void {
  const needed = takes.filter(word => !word.startsWith('['))
  if (given.length < needed.length)
    throw new WrongUse(`"sotto ${name}" needs ${needed.slice(given.length).join(' and ')}.`)
  if (given.length > takes.length) {
    throw new WrongUse(`"sotto ${name}" does not know what to do with "${given[takes.length]}".`)
  }
}

/** All commands, or those of one group. */
function overview(commands: readonly Command[], group: string): string {
  const shown = commands.filter(({ name }) => group === '' || name === group || name.startsWith(`${group} `))
  if (shown.length === 0) {
    throw new WrongUse(`There is no command "${group}". "sotto help" lists all commands.`)
  }
  const [only] = shown
  if (shown.length === 1 && only !== undefined && group !== '') return usage(only)
  const width = Math.max(...shown.map(command => synopsis(command).length))
  return [
    'Sotto, a private messaging service.',
    '',
    ...shown.map(command => `  ${synopsis(command).padEnd(width)}   ${command.summary}`),
    '',
    'Each command tells more with --help. Exit codes: 0 done, 1 found problems, 2 not understood.',
  ].join('\n')
}

function synopsis({ name, takes }: Command): string {
  return ['sotto', name, ...takes].join(' ')
}

function usage(command: Command): string {
  const rows = Object.entries(command.options).map(([name, option]) => {
    const shown = `--${name}${option.value === undefined ? '' : ` ${option.value}`}`
    return [shown, option.help] as const
  })
  const width = Math.max(0, ...rows.map(([shown]) => shown.length))
  return [
    `${synopsis(command)}${rows.length > 0 ? ' [options]' : ''}`,
    '',
    command.summary,
    ...(rows.length > 0 ? ['', ...rows.map(([shown, help]) => `  ${shown.padEnd(width)}   ${help}`)] : []),
  ].join('\n')
}
