import { type Accounts, jidOf } from './accounts.ts'
import type { Domains } from './domains.ts'
import type { Invitations } from './invitations.ts'

export interface DomainEndParts {
  readonly domains: Domains
  readonly accounts: Accounts
  readonly invitations: Invitations
}

/**
 * Ends a domain with everything in it: from the first step on nobody signs in, then its accounts are erased one by one,
 * and at last it is not served any more. Yields how many accounts are gone so far.
 */
export async function* endDomain(
  { domains, accounts, invitations }: DomainEndParts,
  name: string,
): AsyncGenerator<number> {
  await domains.close(name)
  let gone = 0
  // Somebody may have been in the middle of making an account.
  for (let left = await accounts.list(name); left.length > 0; left = await accounts.list(name)) {
    for (const account of left) {
      const removed = await accounts.remove(jidOf(account), { now: true })
      if (!removed.done && removed.because !== 'unknown') throw new Error('An account of a domain could not be erased.')
      yield ++gone
    }
    await accounts.settled()
  }
  await invitations.endDomain(name)
  await domains.drop(name)
}

/** Goes on with removals that were interrupted. */
export async function finishDomains(parts: DomainEndParts): Promise<void> {
  for (const { name, leaving } of [...parts.domains]) {
    if (leaving) for await (const _ of endDomain(parts, name));
  }
}
