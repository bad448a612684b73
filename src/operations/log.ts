/**
 * The log: one JSON object a line, and no way to put a person into it. Events are literal strings; facts are plain
 * numbers, booleans and members of string unions written in the code. Addresses, ids of accounts, names and texts are
 * strings at large or branded, and none of them compiles here. An error is told by its class, its code and the places
 * in our own source, never by its message, which may quote what somebody sent.
 *
 * Lines carry no time: when people use the service is not to be stored. Whoever collects the lines may add one.
 */

import { fileURLToPath } from 'node:url'

export type LogLevel = 'debug' | 'info' | 'warning' | 'error'

const order: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warning: 2, error: 3 }

/** The type itself if every member of it is a string literal; never for `string`, patterns and branded strings. */
type Literal<T> = T extends string ? (Record<never, never> extends Record<T, 1> ? never : T) : never

/** What a fact may be: a number without a brand, a boolean, a literal. */
type Loggable<T> = T extends number
  ? [keyof T] extends [keyof number]
    ? T
    : never
  : T extends boolean | undefined
    ? T
    : Literal<T>

/** The facts themselves if all their names and values may be logged. */
type Facts<F> = string extends keyof F ? never : { readonly [K in keyof F]: Loggable<F[K]> }

export interface Log {
  debug<const E extends string, const F>(event: Literal<E>, facts?: Facts<F>): void
  info<const E extends string, const F>(event: Literal<E>, facts?: Facts<F>): void
  /** Something an operator should look at one day. `thrown` is reduced before it is written. */
  warning<const E extends string, const F>(event: Literal<E>, facts?: Facts<F>, thrown?: unknown): void
  /** Something an operator should look at now. */
  error<const E extends string, const F>(event: Literal<E>, facts?: Facts<F>, thrown?: unknown): void
  /** Something the code did not foresee: a mistake of ours. */
  bug<const E extends string, const F>(event: Literal<E>, thrown: unknown, facts?: Facts<F>): void
}

export interface LogOptions {
  readonly level: LogLevel
  /** Takes one line with its line feed. */
  readonly write?: (line: string) => void
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
  /** Called for every bug, before any limit. */
  readonly onBug?: () => void
}

/** Lines of one event that may be written at once, and how fast that allowance grows back. */
const burst = 20
const perSecond = 0.5

/** A log that writes to standard error unless told otherwise. */
export function openLog(options: LogOptions): Log {
  const { level, write = line => void process.stderr.write(line), now = () => performance.now(), onBug } = options
  const least = order[level]
  const allowances = new Map<string, { left: number; at: number; unsaid: number }>()

  function say(importance: LogLevel, event: string, facts: object | undefined, error: object | undefined): void {
    if (order[importance] < least) return
    const time = now()
    let allowance = allowances.get(event)
    if (allowance === undefined) {
      // Events are literals, so the code bounds the size of this table.
      allowance = { left: burst, at: time, unsaid: 0 }
      allowances.set(event, allowance)
    }
    allowance.left = Math.min(burst, allowance.left + ((time - allowance.at) / 1000) * perSecond)
    allowance.at = time
    if (allowance.left < 1) {
      allowance.unsaid++
      return
    }
    allowance.left--
    const unsaid = allowance.unsaid === 0 ? undefined : { unsaid: allowance.unsaid }
    allowance.unsaid = 0
    write(`${JSON.stringify({ level: importance, event, ...facts, ...error, ...unsaid })}\n`)
  }

  return {
    debug: (event, facts) => say('debug', event, facts, undefined),
    info: (event, facts) => say('info', event, facts, undefined),
    warning: (event, facts, thrown) => say('warning', event, facts, reduced(thrown)),
    error: (event, facts, thrown) => say('error', event, facts, reduced(thrown)),
    bug: (event, thrown, facts) => {
      onBug?.()
      say('error', event, { bug: true, ...(facts as object | undefined) }, reduced(thrown))
    },
  }
}

/** A log that says nothing: for tools and tests that do not look at it. */
export const silentLog: Log = openLog({ level: 'error', write: () => undefined })

export interface ReducedError {
  readonly error: string
  readonly code?: string
  readonly at?: readonly string[]
  readonly because?: ReducedError
}

const ourSource = fileURLToPath(new URL('../', import.meta.url)).replaceAll('\\', '/')

/** What may be said about something thrown; undefined for undefined. Nothing of its message is in the result. */
export function reduced(thrown: unknown, depth = 0): ReducedError | undefined {
  if (thrown === undefined) return undefined
  if (!(thrown instanceof Error)) return { error: typeof thrown }
  // A class name is code; the property `name` of an error is only a property, so it must at least look like one.
  const name = /^[A-Z][A-Za-z]{0,40}$/.test(thrown.name) ? thrown.name : 'Error'
  const code = (thrown as NodeJS.ErrnoException).code
  const at = framesOf(thrown)
  const because = thrown.cause === undefined || depth > 2 ? undefined : reduced(thrown.cause, depth + 1)
  return {
    error: name,
    ...(typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? { code } : undefined),
    ...(at.length > 0 ? { at } : undefined),
    ...(because === undefined ? undefined : { because }),
  }
}

/** The places of our own source in a stack, such as "routing/router.ts:12". */
function framesOf(error: Error): string[] {
  const { stack, message } = error
  if (typeof stack !== 'string') return []
  // The stack begins with the message, and a message could look like a stack.
  const start = message === '' ? 0 : stack.indexOf(message) + message.length
  if (message !== '' && start < message.length) return []
  const frames: string[] = []
  for (const line of stack.slice(start).split('\n')) {
    const place = line.slice(line.indexOf(ourSource) + ourSource.length)
    const found = line.includes(ourSource) ? /^([a-z0-9/-]+(?:\.test)?\.[tj]s):(\d+)/.exec(place) : null
    if (found) frames.push(`${found[1]}:${found[2]}`)
    if (frames.length === 6) break
  }
  return frames
}
