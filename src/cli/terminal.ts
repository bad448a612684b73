/** The person or program at the other end of the command line. Tests bring their own. */

import { text } from 'node:stream/consumers'

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly directory: string
  /** Whether a person can be asked. */
  readonly interactive: boolean
  /** One line of what was asked for. */
  out(line: string): void
  /** One line about what went wrong or deserves attention. */
  err(line: string): void
  /** Asks for one line; `hidden` keeps it off the screen. Undefined if the person would rather not. */
  ask(question: string, hidden: boolean): Promise<string | undefined>
  /** Everything on standard input. */
  input(): Promise<string>
}

/** The process's own terminal. */
export function processTerminal(): Terminal {
  return {
    env: process.env,
    directory: process.cwd(),
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    out: line => void process.stdout.write(`${line}\n`),
    err: line => void process.stderr.write(`${line}\n`),
    ask,
    input: () => text(process.stdin),
  }
}

/** Questions go to standard error, so that the answer of the command can be piped away. */
function ask(question: string, hidden: boolean): Promise<string | undefined> {
  const { stdin, stderr } = process
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  stdin.resume()
  return new Promise(resolve => {
    let line = ''
    const finish = (answer: string | undefined) => {
      stdin.off('data', take)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
      resolve(answer)
    }
    const take = (typed: string) => {
      for (const key of typed) {
        if (key === '\r' || key === '\n') return finish(line)
        if (key === '\u0003' || key === '\u0004') return finish(undefined)
        if (key === '\u007f' || key === '\b') {
          if (line !== '' && !hidden) stderr.write('\b \b')
          line = [...line].slice(0, -1).join('')
        } else if (key >= ' ') {
          line += key
          if (!hidden) stderr.write(key)
        }
      }
    }
    stdin.on('data', take)
  })
}
