/** RFC 8265: the PRECIS profiles that XMPP addresses and passwords use (RFC 7622 §3.3 and §3.4). */

import { isRightToLeft, keepsBidiRule } from './bidi.ts'
import { contextRules } from './context.ts'
import { derivedOf, mapWidth } from './properties.ts'

/** RFC 8264 §4.2: letters and digits of every script, safe in names. */
function isIdentifier(text: string): boolean {
  return everyPoint(text, false)
}

/** RFC 8264 §4.3: nearly everything that can be seen, and spaces. */
function isFreeform(text: string): boolean {
  return everyPoint(text, true)
}

function everyPoint(text: string, freeform: boolean): boolean {
  const points = Array.from(text, char => char.codePointAt(0)!)
  const inContext = contextRules(points)
  return points.every((cp, index) => {
    const derived = derivedOf(cp)
    if (derived === 'P') return true
    if (derived === 'F') return freeform
    return (derived === 'J' || derived === 'O') && inContext(index)
  })
}

/**
 * RFC 8265 §3.3, UsernameCaseMapped: the canonical form of a name, or undefined if it cannot be one. Compatibility
 * characters are judged before normalization as §3.3.2 asks, so U+212A KELVIN SIGN is refused although NFC makes it a K.
 */
export function usernameCaseMapped(text: string): string | undefined {
  const narrow = mapWidth(text)
  if (narrow === '' || !isIdentifier(narrow)) return undefined
  const name = narrow.toLowerCase().normalize('NFC')
  if (isRightToLeft(name) && !keepsBidiRule(name)) return undefined
  return name === narrow || isIdentifier(name) ? name : undefined
}

/** RFC 8265 §4.2, OpaqueString: case and width stay, every kind of space becomes U+0020; undefined if empty or refused. */
export function opaqueString(text: string): string | undefined {
  if (text === '' || !isFreeform(text)) return undefined
  const opaque = text.replace(/\p{Zs}/gu, ' ').normalize('NFC')
  return opaque === text || isFreeform(opaque) ? opaque : undefined
}
