/** Names of occupants: which are allowed, and which are the same for those who read them. */

/**
 * What two nicks have in common that people would take for each other (RFC 8266 §2.3, for comparison): width and
 * compatibility forms, upper and lower case, runs of spaces.
 */
export function nickKey(nick: string): string {
  return nick.normalize('NFKC').replace(/\s+/gu, ' ').trim().toLowerCase().normalize('NFKC')
}

/** Characters that show nothing, or turn what stands after them around: they would make two nicks look the same. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/u

/** @returns what is wrong with a nick: a sentence */
export function nickRefused(nick: string, longest: number): string | undefined {
  if (nickKey(nick) === '') return 'A nick has at least one character that can be seen.'
  if (nick !== nick.trim() || /\s{2}/u.test(nick)) return 'A nick has no spaces at its ends, nor two of them in a row.'
  if (invisible.test(nick)) return 'A nick has no invisible characters.'
  if (nick.length > longest) return `A nick has at most ${longest} characters.`
  return undefined
}
