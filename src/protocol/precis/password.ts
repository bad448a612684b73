/**
 * Passwords, in the one form from which verifiers are derived.
 *
 * With SCRAM the client hashes the password alone, so server and client must arrive at the same string without talking
 * about it. RFC 5802 §2.2 names SASLprep (RFC 4013); RFC 8265 §4.2 would replace it by OpaqueString, but clients never
 * moved as a body. They do one of three things: SASLprep, only its NFKC, or nothing. All agree on ASCII and on most
 * composed letters. Where they differ (ª, fullwidth letters, spaces beyond U+0020), SASLprep is what the
 * mechanism's own specification says, hence it wins wherever it is defined. It is not defined for code points that
 * came after Unicode 3.2, emoji above all, and for some mixtures of right-to-left and other text; there OpaqueString
 * decides. For an emoji all ways lead to the same string. What OpaqueString refuses as well (emoji glued by invisible
 * joiners, control characters) is no password here: clients would disagree about it.
 *
 * PLAIN hands over what was typed, and the same function makes the same string of it, whatever the client did before:
 * preparing twice changes nothing.
 */

import { opaqueString } from './profiles.ts'
import { bidiOf, isAssignedInUnicode32 } from './properties.ts'

/** More than anybody types, and little enough that normalization cannot be used to keep the server busy. */
const longestPassword = 1024

/** The canonical form of a password; undefined if it is empty, too long (1024 UTF-16 units) or not allowed. */
export function preparePassword(text: string): string | undefined {
  if (text === '' || text.length > longestPassword) return undefined
  if (/^[ -~]*$/.test(text)) return text
  // NFC first: it may turn code points that SASLprep does not know into ones that it does, and changes nothing else.
  const composed = text.normalize('NFC')
  const prepared = saslprep(composed) ?? opaqueString(composed)
  return prepared === '' ? undefined : prepared
}

/** RFC 3454 table C.1.2. U+200B is in B.1 too; RFC 4013 §2.1 names the spaces first. */
const spaces = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g
/** RFC 3454 table B.1 */
const mappedToNothing = /[\u00ad\u1806\u200c\u2060\ufeff]|[\u180b-\u180d]|[\ufe00-\ufe0f]|\u034f|\u200d/g
/** RFC 3454 tables C.2.1, C.2.2, C.3 to C.9, as RFC 4013 §2.3 lists them. */
const prohibited = new RegExp(
  '[\\u0000-\\u001f\\u007f-\\u009f\\u06dd\\u070f\\u180e\\u200c-\\u200f\\u2028-\\u202e\\u2060-\\u2063\\u206a-\\u206f' +
    '\\u0340\\u0341\\u2ff0-\\u2ffb\\ufeff\\ufff9-\\ufffd\\u{1d173}-\\u{1d17a}\\u{e0001}\\u{e0020}-\\u{e007f}' +
    '\\p{Co}\\p{Cs}\\p{Noncharacter_Code_Point}]',
  'u',
)

/** RFC 4013, for stored strings: undefined where it is not defined. */
function saslprep(text: string): string | undefined {
  const prepared = text.replace(spaces, ' ').replace(mappedToNothing, '').normalize('NFKC')
  if (prohibited.test(prepared)) return undefined
  const points = Array.from(prepared, char => char.codePointAt(0)!)
  return points.every(isAssignedInUnicode32) && keepsOldBidi(points) ? prepared : undefined
}

/** RFC 3454 §6, the stricter ancestor of the Bidi Rule. */
function keepsOldBidi(points: readonly number[]): boolean {
  const classes = points.map(bidiOf).join('')
  return !/[RA]/.test(classes) || (!/L/.test(classes) && /^[RA](?:.*[RA])?$/.test(classes))
}
