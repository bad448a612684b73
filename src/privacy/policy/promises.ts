/** The promises that are told in short. Which of them are true follows from the catalogue. */

import type { PolicyFacts } from './facts.ts'

const always = (): boolean => true
const messages = ({ keeps }: PolicyFacts): boolean => keeps('spool') || keeps('waiting')

/**
 * The ids are those of `sotto audit`. A promise without a condition holds for whatever is built on the catalogue: it knows no
 * kind of column for an address of the network or for a time, and erases all that it lists.
 */
export const promises = {
  P1: always,
  P2: ({ keeps }: PolicyFacts) => keeps('recovery-address'),
  P3: messages,
  P4: ({ historyFor }: PolicyFacts) => historyFor !== undefined,
  P5: ({ keeps }: PolicyFacts) => keeps('archive-preferences'),
  P6: ({ keeps }: PolicyFacts) => keeps('files'),
  P7: ({ keeps }: PolicyFacts) => keeps('roster'),
  P8: messages,
  P9: always,
  P10: always,
  P13: always,
  P15: always,
  P16: ({ keeps }: PolicyFacts) => keeps('pep-shared'),
} as const satisfies Readonly<Record<string, (facts: PolicyFacts) => boolean>>

export type PromiseId = keyof typeof promises

export function promisesKept(facts: PolicyFacts): PromiseId[] {
  return (Object.keys(promises) as PromiseId[]).filter(id => promises[id](facts))
}
