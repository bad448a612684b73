/** RFC 5892 appendix A: code points that are right in some company only. RFC 8264 §4.2.2 takes the same rules. */

import { isVirama, joiningOf } from './properties.ts'

/**
 * Tells for an index whether the code point there, which is CONTEXTJ or CONTEXTO, keeps its rule. What a rule asks of
 * the whole string is found out once, so that judging all of its code points stays linear.
 *
 * @param points the whole string (for a domain: the whole label) as code points
 */
export function contextRules(points: readonly number[]): (index: number) => boolean {
  const hasJapanese = once(() => points.some(isJapanese))
  const hasBothDigits = once(() => points.some(isArabicDigit) && points.some(isExtendedArabicDigit))
  return index => {
    const cp = points[index]!
    const before = points[index - 1]
    const after = points[index + 1]
    if (cp === 0x200c) return follows(before, isVirama) || joins(points, index)
    if (cp === 0x200d) return follows(before, isVirama)
    if (cp === 0xb7) return before === 0x6c && after === 0x6c
    if (cp === 0x375) return follows(after, isGreek)
    if (cp === 0x5f3 || cp === 0x5f4) return follows(before, isHebrew)
    if (cp === 0x30fb) return hasJapanese()
    return (isArabicDigit(cp) || isExtendedArabicDigit(cp)) && !hasBothDigits()
  }
}

function once(find: () => boolean): () => boolean {
  let found: boolean | undefined
  return () => (found ??= find())
}

/** RFC 5892 §A.1: ZERO WIDTH NON-JOINER where letters would otherwise join: (L|D) T* ZWNJ T* (R|D). */
function joins(points: readonly number[], index: number): boolean {
  let before = index - 1
  while (before >= 0 && joiningOf(points[before]!) === 'T') before--
  let after = index + 1
  while (after < points.length && joiningOf(points[after]!) === 'T') after++
  if (before < 0 || after === points.length) return false
  const left = joiningOf(points[before]!)
  const right = joiningOf(points[after]!)
  return (left === 'L' || left === 'D') && (right === 'R' || right === 'D')
}

function follows(cp: number | undefined, is: (cp: number) => boolean): boolean {
  return cp !== undefined && is(cp)
}

const isGreek = (cp: number) => /\p{Script=Greek}/u.test(String.fromCodePoint(cp))
const isHebrew = (cp: number) => /\p{Script=Hebrew}/u.test(String.fromCodePoint(cp))
const isJapanese = (cp: number) =>
  /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(String.fromCodePoint(cp))
const isArabicDigit = (cp: number) => cp >= 0x660 && cp <= 0x669
const isExtendedArabicDigit = (cp: number) => cp >= 0x6f0 && cp <= 0x6f9
