/** Passwords: making good ones, and telling bad ones, without asking anybody else. */

import { randomInt } from 'node:crypto'

const consonants = 'bdfghjklmnprstvz'
const vowels = 'aeiou'

/** Four words that mean nothing in any language: `bafotu-limeka-rosine-duvapo`. Twelve syllables of 6.3 bits: 75 bits. */
export function freshPassphrase(): string {
  const of = (letters: string): string => letters[randomInt(letters.length)]!
  const word = (): string => Array.from({ length: 3 }, () => of(consonants) + of(vowels)).join('')
  return Array.from({ length: 4 }, word).join('-')
}

export type Weakness = 'short' | 'name' | 'usual' | 'plain'

/** Pieces that the most usual passwords are made of, in any order and with any digits around them. */
const usual = new Set(
  (
    'password passwort passwd pass kennwort geheim secret letmein welcome willkommen hallo hello iloveyou ichliebedich qwerty ' +
    'qwertz qwertyuiop qwertzuiop asdf asdfgh asdfghjkl yxcv zxcv yxcvbnm zxcvbnm abc abcd abcdef abcdefgh admin root login ' +
    'master dragon monkey football fussball baseball sunshine princess prinzessin schatz superman batman starwars pokemon ' +
    'shadow michael jennifer daniel charlie test guest summer sommer winter spring herbst liebe love baby angel engel'
  ).split(' '),
)

/**
 * What is wrong with a password, if something is: short, made of the name or the domain, one of the usual, or of too few
 * different characters.
 * @param taboo what everybody knows: the name, the domain, what the service is called
 */
export function weakness(password: string, taboo: readonly string[]): Weakness | undefined {
  const characters = [...password]
  if (characters.length < 8) return 'short'
  const folded = password.toLowerCase()
  const bare = folded.replace(/[^\p{L}]/gu, '')
  for (const known of taboo) {
    const word = known.toLowerCase()
    // What is left of it has to be a password of its own.
    if (word.length >= 3 && folded.includes(word) && folded.replaceAll(word, '').length < 8) return 'name'
  }
  if (usual.has(bare) && characters.length < 16) return 'usual'
  if (new Set(characters).size < 5) return 'plain'
  if (/^\d+$/.test(password) && characters.length < 14) return 'plain'
  if (isRun(folded)) return 'plain'
  return undefined
}

/** Characters that follow each other: `abcdefgh`, `87654321`. */
function isRun(text: string): boolean {
  const steps = [...text].slice(1).map((character, i) => character.codePointAt(0)! - text.codePointAt(i)!)
  return steps.filter(step => Math.abs(step) === 1).length > steps.length * 0.7
}
