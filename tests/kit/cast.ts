/**
 * Plays. `dialogue` makes a test out of a function that names its actors by destructuring:
 *
 *     test('RFC 6121 §8.5.2.1.1: …', dialogue(async ({ romeo, juliet, julietsPhone, server }) => { … }))
 *
 * Each name gets an account of its own (devices share the person's), is connected, has its roster and is available.
 */

import { after } from 'node:test'
import type { Actor, ConnectsOptions } from './actor.ts'
import { type ServerSettings, startTestServer, type TestServer } from './server.ts'
import { Stage } from './stage.ts'

export type Person = 'romeo' | 'juliet' | 'nurse' | 'mercutio' | 'benvolio' | 'tybalt' | 'paris' | 'rosaline'
export type Device = 'Phone' | 'Laptop' | 'Tablet'
export type Role = Person | `${Person}s${Device}`

export type Cast = { readonly [R in Role]: Actor } & { readonly server: TestServer; readonly stage: Stage }

export interface DialogueOptions extends ConnectsOptions {
  /** Pairs that see each other's presence before the play begins. */
  readonly friends?: readonly (readonly [Role, Role])[]
  /** Those who have an account but come later, by `connects()`. */
  readonly offline?: readonly Role[]
  /** A server of this play's own, with these settings. Otherwise all plays of a file share one. */
  readonly settings?: ServerSettings
}

export type Play = (cast: Cast) => Promise<void>

let borrowed: TestServer | undefined
let shared: Promise<TestServer> | undefined
after(async () => (await shared)?.stop())

/** Lets the plays of this file take place on that server, which the file itself starts and stops. */
export function useServer(server: TestServer): void {
  borrowed = server
}

/** The server that the plays of this file share. */
export function sharedServer(): Promise<TestServer> {
  if (borrowed !== undefined) return Promise.resolve(borrowed)
  shared ??= startTestServer()
  return shared
}

export function dialogue(play: Play): () => Promise<void>
export function dialogue(options: DialogueOptions, play: Play): () => Promise<void>
export function dialogue(first: DialogueOptions | Play, second?: Play): () => Promise<void> {
  const [options, play] = typeof first === 'function' ? [{}, first] : [first, second!]
  const names = namesIn(play)
  return async () => {
    const server = options.settings === undefined ? await sharedServer() : await startTestServer(options.settings)
    const stage = new Stage(server)
    try {
      await perform(stage, names, options, play)
      const bugs = server.bugs?.() ?? []
      if (bugs.length > 0) throw new Error(`The server met a mistake of its own:\n${bugs.join('')}`)
    } catch (error) {
      throw withRecord(error, stage)
    } finally {
      stage.ends()
      if (options.settings !== undefined) await server.stop()
    }
  }
}

async function perform(stage: Stage, names: readonly string[], options: DialogueOptions, play: Play): Promise<void> {
  const { friends = [], offline = [], settings: _, ...connects } = options
  const roles = names.filter(name => name !== 'server' && name !== 'stage') as Role[]
  const cast: Record<string, unknown> = { server: stage.server, stage }
  for (const role of roles) cast[role] = await stage.actor(role)
  const late = new Set<string>(offline)
  for (const [one, other] of friends) await befriend(stage, one, other, late, connects)
  for (const role of roles)
    if (!late.has(role) && !(cast[role] as Actor).online) await (cast[role] as Actor).connects(connects)
  await stage.clears()
  await play(cast as unknown as Cast)
}

/** Those who are to be offline when the play begins are connected for as long as it takes. */
async function befriend(
  stage: Stage,
  one: Role,
  other: Role,
  late: Set<string>,
  connects: ConnectsOptions,
): Promise<void> {
  const pair = [await stage.actor(one), await stage.actor(other)] as const
  for (const actor of pair) if (!actor.online) await actor.connects({ ...connects, roster: true, presence: true })
  await stage.befriend(...pair)
  for (const actor of pair) if (late.has(actor.role)) await actor.disconnects()
}

/** The names between the braces of the play's parameter. */
export function namesIn(play: (cast: never) => unknown): string[] {
  const found = /^(?:async\s*)?(?:function\s*\w*\s*)?\(\s*\{([^}]*)\}/.exec(String(play))
  if (found === null) throw new Error('A play names its actors: dialogue(async ({ romeo, juliet }) => { … })')
  return found[1]!
    .split(',')
    .map(name => name.split(':')[0]!.trim())
    .filter(name => name !== '')
}

function withRecord(error: unknown, stage: Stage): unknown {
  if (error instanceof Error) error.message += `\n\nWhat was said:\n${stage.record()}`
  return error
}
