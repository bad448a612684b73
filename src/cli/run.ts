/** Runs one command line to its exit code. Everything that goes wrong becomes a sentence on standard error. */

import { type Command, WrongUse } from './command.ts'
import { parse } from './parse.ts'
import { sentencesFor } from './sentences.ts'
import type { Terminal } from './terminal.ts'

/** Exit code 0: done. 1: problems were found, or it could not be done. 2: the command line was not understood. */
export async function run(words: readonly string[], commands: readonly Command[], terminal: Terminal): Promise<number> {
  try {
    const parsed = parse(words, commands, terminal)
    if ('help' in parsed) {
      terminal.out(parsed.help)
      return 0
    }
    return await parsed.command.run(parsed.call)
  } catch (error) {
    for (const sentence of sentencesFor(error)) terminal.err(sentence)
    return error instanceof WrongUse ? 2 : 1
  }
}
