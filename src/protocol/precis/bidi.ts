/** RFC 5893 §2: the Bidi Rule, which keeps right-to-left text readable next to the punctuation around it. */

import { bidiOf } from './properties.ts'

/** Something in it is written from right to left: Bidi_Class R, AL or AN (RFC 5893 §1.4). */
export function isRightToLeft(text: string): boolean {
  if (/^[\0-\u058f]*$/.test(text)) return false
  return Array.from(text).some(char => 'RAN'.includes(bidiOf(char.codePointAt(0)!)))
}

/**
 * The six conditions of RFC 5893 §2 for one string or label. The caller knows when to ask: for a localpart if it is
 * right-to-left itself, for a domain's label if any of the labels is.
 */
export function keepsBidiRule(text: string): boolean {
  const classes = Array.from(text, char => bidiOf(char.codePointAt(0)!)).join('')
  if (/^L/.test(classes)) return /^[LESCTOBM]*[LE]M*$/.test(classes)
  return /^[RA][RANESCTOBM]*$/.test(classes) && /[RAEN]M*$/.test(classes) && !(/E/.test(classes) && /N/.test(classes))
}
