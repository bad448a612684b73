/** What a language has to say. */

import type { ContactRole, PolicyFacts } from './facts.ts'
import type { PromiseId } from './promises.ts'
import type { Thing } from './things.ts'

/** Something that is kept, as its owner is told of it. */
export interface Told {
  readonly what: string
  /** What exactly is kept. */
  readonly holds: string
  readonly why: string
  readonly kept: string
  readonly read: string
  readonly erased: string
}

type Says<T> = (facts: PolicyFacts) => T

export interface Wording {
  readonly title: Says<string>
  readonly opening: Says<readonly string[]>
  readonly short: string
  readonly promises: Readonly<Record<PromiseId, Says<string>>>
  readonly thingsTitle: string
  readonly thingsOpening: Says<readonly string[]>
  readonly things: Readonly<Record<Thing, Says<Told>>>
  /** The names of what is told about each thing. */
  readonly names: Readonly<Record<Exclude<keyof Told, 'what'>, string>>
  readonly choicesTitle: string
  readonly choices: Says<readonly string[]>
  readonly limitsTitle: string
  readonly limits: Says<readonly string[]>
  readonly contactTitle: string
  readonly contact: Readonly<Record<ContactRole, string>>
  /** Instead of addresses, where none are set. */
  readonly noContact: string
}
