/** The privacy policy as text: made from the catalogue and the settings in force, in the languages there are. */

import type { Database } from '../../storage/database.ts'
import type { Day } from '../day.ts'
import type { Block, Contents } from './blocks.ts'
import { html, markdown } from './blocks.ts'
import { english } from './english.ts'
import type { PolicyFacts } from './facts.ts'
import { german } from './german.ts'
import { promisesKept } from './promises.ts'
import { things, thingsKept } from './things.ts'
import { PolicyVersions } from './versions.ts'
import type { Told, Wording } from './wording.ts'

const parts = ['holds', 'why', 'kept', 'read', 'erased'] as const

const wordings = { en: english, de: german } as const satisfies Readonly<Record<string, Wording>>

export type PolicyLanguage = keyof typeof wordings

export const policyLanguages = Object.keys(wordings) as readonly PolicyLanguage[]

export function policyMarkdown(facts: PolicyFacts, language: PolicyLanguage): string {
  return markdown(blocks(facts, wordings[language]))
}

/** A fragment to be put into a page. */
export function policyHtml(facts: PolicyFacts, language: PolicyLanguage, contents?: Contents): string {
  return html(blocks(facts, wordings[language]), language, contents)
}

/** The policy without whom to ask: what becomes a version of its own when it changes. */
export function policyBlocks(facts: PolicyFacts, language: PolicyLanguage): readonly Block[] {
  return promised(facts, wordings[language])
}

/** The versions that there were, today's among them. */
export function policyVersions(db: Database, today: Day, facts: PolicyFacts): Promise<PolicyVersions> {
  const texts = policyLanguages.map(language => [language, policyBlocks(facts, language)] as const)
  return PolicyVersions.keep(db, today, Object.fromEntries(texts))
}

/** A kind of things that is kept, in words, with its names in the catalogue. */
export interface ToldThing {
  readonly names: readonly string[]
  readonly told: Told
  /** What is told of it besides what it is, with the word for that. */
  readonly labels: readonly (readonly [key: Exclude<keyof Told, 'what'>, label: string])[]
}

/** What the policy tells of, one by one: for a page that shows how much of each there is. */
export function toldThings(facts: PolicyFacts, language: PolicyLanguage): readonly ToldThing[] {
  const wording: Wording = wordings[language]
  const labels = parts.map(part => [part, wording.names[part]] as const)
  return thingsKept(facts).map(thing => ({ names: things[thing], told: wording.things[thing](facts), labels }))
}

function blocks(facts: PolicyFacts, wording: Wording): Block[] {
  return [
    ...promised(facts, wording),
    { heading: wording.contactTitle, level: 2 },
    facts.contact.length === 0
      ? { text: wording.noContact }
      : { links: facts.contact.map(([role, uris]) => [wording.contact[role], uris] as const) },
  ]
}

function promised(facts: PolicyFacts, wording: Wording): Block[] {
  return [
    { heading: wording.title(facts), level: 1 },
    ...wording.opening(facts).map(text => ({ text })),
    { heading: wording.short, level: 2 },
    { list: promisesKept(facts).map(id => ({ id, text: wording.promises[id](facts) })) },
    { heading: wording.thingsTitle, level: 2 },
    ...wording.thingsOpening(facts).map(text => ({ text })),
    ...thingsKept(facts).flatMap(thing => told(wording, wording.things[thing](facts))),
    { heading: wording.choicesTitle, level: 2 },
    { list: wording.choices(facts).map(text => ({ text })) },
    { heading: wording.limitsTitle, level: 2 },
    { list: wording.limits(facts).map(text => ({ text })) },
  ]
}

function told({ names }: Wording, { what, ...facts }: Told): Block[] {
  return [{ heading: what, level: 3 }, { named: parts.map(part => [names[part], facts[part]] as const) }]
}
