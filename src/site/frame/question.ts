/**
 * What a person answers in passing and a program has to be made for: a sum in words, of this site's own making. It keeps away
 * what fills in every form on the net; who writes a program against it meets the limits by network.
 */

import { createHmac, randomBytes } from 'node:crypto'
import type { InEach, Language } from './language.ts'

const numbers: InEach<readonly string[]> = {
  en: ['two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven'],
  de: ['zwei', 'drei', 'vier', 'fünf', 'sechs', 'sieben', 'acht', 'neun', 'zehn', 'elf'],
}

const sums: InEach<readonly ((one: string, other: string) => string)[]> = {
  en: [(one, other) => `How much is ${one} and ${other}?`, (one, other) => `What is ${one} taken from ${other}?`],
  de: [
    (one, other) => `Wie viel ist ${one} und ${other}?`,
    (one, other) => `Was bleibt, wenn man ${one} von ${other} wegnimmt?`,
  ],
}

export interface Question {
  readonly text: string
  readonly answer: number
}

/** Questions that follow from the token of a form, so that nothing has to be remembered of them. */
export class Questions {
  readonly #secret = randomBytes(32)

  of(token: string, language: Language): Question {
    const bytes = createHmac('sha256', this.#secret).update(token).digest()
    const words = numbers[language]
    const takes = bytes[0]! % 2 === 1
    const one = bytes[1]! % 5
    // What is taken from is the larger one.
    const other = takes ? 5 + (bytes[2]! % 5) : bytes[2]! % words.length
    const text = sums[language][takes ? 1 : 0]!(words[one]!, words[other]!)
    return { text, answer: takes ? other - one : one + 2 + (other + 2) }
  }

  /** In digits or in words, of any of our languages. */
  isRight(token: string, given: string): boolean {
    const { answer } = this.of(token, 'en')
    const said = given.trim().toLowerCase()
    return said === String(answer) || Object.values(numbers).some(words => words[answer - 2] === said)
  }
}
