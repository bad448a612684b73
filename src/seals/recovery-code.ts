/** The code that opens an account's history when the password is forgotten: printed once, and kept by its owner. */

import { randomInt } from 'node:crypto'
import { deriveKey } from './envelope.ts'

/** Crockford's base 32: no letter that looks like a digit. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const groups = 6
const groupLength = 5

/** A new code of 150 random bits: `7KQ2M-…`, too many to try, hence no stretching. */
export function freshRecoveryCode(): string {
  const letter = () => alphabet[randomInt(alphabet.length)]
  return Array.from({ length: groups }, () => Array.from({ length: groupLength }, letter).join('')).join('-')
}

/** What a typed code comes down to; undefined if it cannot be one. Case, spaces and hyphens do not matter, nor O for 0. */
export function recoveryKey(typed: string): Buffer | undefined {
  const code = typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  if (code.length !== groups * groupLength) return undefined
  for (const letter of code) if (!alphabet.includes(letter)) return undefined
  return deriveKey(Buffer.from(code), 'sotto recovery code')
}
