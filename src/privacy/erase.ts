/** The end of an account: one loop over the catalogue. */

import type { Database, Step } from '../storage/database.ts'
import type { Catalogue } from './catalogue.ts'

/** The statements that erase an account from every table, the account itself last. */
export function eraseSteps({ tables, accounts }: Catalogue, account: number): Step[] {
  return [...tables.filter(table => table !== accounts), accounts]
    .filter(table => table.owner !== undefined)
    .map(table => [`DELETE FROM ${table.name} WHERE ${table.owner} = ?`, [account]])
}

/**
 * Erases an account from every table at once, then from the write-ahead log. `besides` is done in the same moment.
 * Resolves with false if there was no such account.
 */
export async function eraseAccount(
  db: Database,
  catalogue: Catalogue,
  account: number,
  besides: readonly Step[] = [],
): Promise<boolean> {
  // Said beforehand too, so that it is known to be due if the process ends between the rows and what is left of them.
  await db.erasePages()
  const steps = eraseSteps(catalogue, account)
  const changes = await db.unit([...steps, ...besides])
  await db.erasePages()
  return (changes[steps.length - 1] ?? 0) > 0
}
