/** Names for whom the one they wanted is taken. */

import { randomInt } from 'node:crypto'
import { prepareLocalpart, registrable } from '../../protocol/jid.ts'

const enough = 3

/**
 * Names like the one that was wanted, which can be had.
 * @param isFree is asked for a few names at most
 */
export async function similarNames(
  wanted: string,
  isFree: (localpart: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const stem = wanted.slice(0, 50).replace(/[\d._-]+$/, '') || 'friend'
  const digits = (): number => randomInt(10, 100)
  const candidates = [
    `${stem}.${digits()}`,
    `${stem}-${digits()}`,
    `${digits()}${stem}`,
    `${stem}${randomInt(100, 1000)}`,
  ]
  const found: string[] = []
  for (const candidate of candidates) {
    if (found.length >= enough) break
    if (registrable(candidate) === true && prepareLocalpart(candidate) === candidate && (await isFree(candidate)))
      found.push(candidate)
  }
  return found
}
