/** What a command of the command line is, and what it is given. */

import type { ParseArgsOptionDescriptor } from 'node:util'
import type { Terminal } from './terminal.ts'

export interface Option extends ParseArgsOptionDescriptor {
  /** What happens because of it. */
  readonly help: string
  /** What stands for its value in the help, such as FILE. */
  readonly value?: string
}

export interface Call {
  /** What stood on the command line besides options, as many as the command asked for. */
  readonly words: readonly string[]
  text(option: string): string | undefined
  flag(option: string): boolean
  readonly terminal: Terminal
}

export interface Command {
  /** The words that call it: `account create`. */
  readonly name: string
  /** What may follow, as shown in the help: `JID`, `[DOMAIN]`. */
  readonly takes: readonly string[]
  readonly summary: string
  readonly options: Readonly<Record<string, Option>>
  /** Resolves with the exit code: 0 done, 1 found problems. Throws what `run.ts` turns into sentences. */
  run(call: Call): Promise<number>
}

/** The command line was not understood: exit code 2. The message says what would be. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}

export const configOption = {
  config: {
    type: 'string',
    value: 'FILE',
    help: 'The settings file; else SOTTO_CONFIG, else sotto.toml if it is there.',
  },
} as const satisfies Record<string, Option>

export const jsonOption = {
  json: { type: 'boolean', help: 'Answer in JSON, for programs.' },
} as const satisfies Record<string, Option>
