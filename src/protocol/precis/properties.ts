/** What Unicode and the RFCs say about one code point, looked up in the generated tables. */

import { bidiRuns, idnaRuns, joiningRuns, oldRuns, plainForms, precisRuns, viramaRuns, wideForms } from './tables.ts'

/** RFC 8264 §8 and §9: P valid, F valid in the FreeformClass only, J and O by context, D disallowed, U unassigned. */
export type Derived = 'P' | 'F' | 'J' | 'O' | 'D' | 'U'
/** The Bidi_Class: L, R, A (AL), N (AN), E (EN), S (ES), C (CS), T (ET), O (ON), B (BN), M (NSM), X any other. */
export type Bidi = 'L' | 'R' | 'A' | 'N' | 'E' | 'S' | 'C' | 'T' | 'O' | 'B' | 'M' | 'X'
/** The Joining_Type, as far as a rule asks for it; N any other. */
export type Joining = 'L' | 'R' | 'D' | 'T' | 'N'

/** RFC 8264 §8: the derived property behind both string classes. */
export const derivedOf: (cp: number) => Derived = table(precisRuns)
/** RFC 5892 §3: the derived property for internationalised domain names; never F or U. */
export const idnaOf: (cp: number) => Derived = table(idnaRuns)
export const bidiOf: (cp: number) => Bidi = table(bidiRuns)
export const joiningOf: (cp: number) => Joining = table(joiningRuns)
const viramaOf: (cp: number) => 'V' | 'N' = table(viramaRuns)
const oldOf: (cp: number) => 'A' | 'N' = table(oldRuns)

/** Canonical_Combining_Class is Virama. */
export function isVirama(cp: number): boolean {
  return viramaOf(cp) === 'V'
}

/** Stringprep knows this code point: it is assigned in Unicode 3.2 (RFC 3454 §7, table A.1 has the others). */
export function isAssignedInUnicode32(cp: number): boolean {
  return oldOf(cp) === 'A'
}

let widths: Map<string, string> | undefined

/** RFC 8264 §5.2.1: fullwidth and halfwidth forms become what they decompose to. */
export function mapWidth(text: string): string {
  if (!/[\u3000\uff00-\uffef]/.test(text)) return text
  widths ??= new Map(Array.from(wideForms, (wide, i) => [wide, plainForms[i]!]))
  return text.replace(/[\u3000\uff00-\uffef]/g, char => widths!.get(char) ?? char)
}

/** Unpacks at the first question, since a server whose users write ASCII never asks. */
function table<Letter extends string>(runs: string): (cp: number) => Letter {
  let starts: Uint32Array | undefined
  let letters = ''
  return cp => {
    if (starts === undefined) {
      const unpacked = unpack(runs)
      starts = unpacked.starts
      letters = unpacked.letters
    }
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle]! <= cp) low = middle
      else high = middle - 1
    }
    return letters[low] as Letter
  }
}

function unpack(runs: string): { starts: Uint32Array; letters: string } {
  const starts: number[] = []
  let letters = ''
  let next = 0
  for (const [, length, letter] of runs.matchAll(/([0-9a-z]*)([A-Z])/g)) {
    starts.push(next)
    letters += letter
    next += length === '' ? 1 : Number.parseInt(length!, 36)
  }
  return { starts: Uint32Array.from(starts), letters }
}
