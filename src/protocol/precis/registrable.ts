/**
 * Names for new accounts: fewer than addresses allow.
 *
 * Much of the network still prepares localparts with the Nodeprep profile of stringprep (RFC 6122), which folds ß to ss
 * and forbids all that came after Unicode 3.2, whereas RFC 7622 took PRECIS. A name is only given away if both make
 * the same of it. Of the letters for which that holds only Latin ones are offered: other scripts have letters that cannot be told
 * from Latin ones, and a name made of them alone could pass for somebody else's.
 */

import { usernameCaseMapped } from './profiles.ts'

const longestName = 64

/**
 * Whether an account may be registered under this name: true, or a sentence for the person who chose it. Letters may
 * come in upper case: what is judged, and must be stored, is what `prepareLocalpart` makes of them.
 *
 * Allowed are a–z, lower-case Latin letters up to U+017E that both preparations keep, digits, dot, hyphen and underscore;
 * up to 64 of them. Dots and hyphens neither begin nor end a name, and two dots never meet: such names get mangled when
 * people write them into a sentence.
 */
export function registrable(localpart: string): true | string {
  if (localpart === '') return 'Please choose a name.'
  if (localpart.length > longestName) return `Please choose a name of at most ${longestName} characters.`
  const name = usernameCaseMapped(localpart)
  if (name === undefined || !Array.from(name).every(isOffered))
    return 'A name may have Latin letters, digits, dots, hyphens and underscores: anything else would not work in every app.'
  if (name.length > longestName) return `Please choose a name of at most ${longestName} characters.`
  if (/^[.-]|[.-]$/.test(name)) return 'A name must not begin or end with a dot or a hyphen.'
  return !name.includes('..') || 'A name must not have two dots next to each other.'
}

function isOffered(char: string): boolean {
  if (/^[a-z0-9._-]$/.test(char)) return true
  // ĸ (U+0138) is stable, but hard to tell from k.
  if (!/^[\u00df-\u017e]$/.test(char) || !/^\p{Script=Latin}$/u.test(char) || char === '\u0138') return false
  // Nodeprep folds case (RFC 3454 table B.2) and normalizes with NFKC; a letter that comes back unharmed from both is safe.
  return char.normalize('NFKC') === char && char.toUpperCase().toLowerCase() === char
}
