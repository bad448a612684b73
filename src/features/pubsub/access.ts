/** XEP-0060#accessmodels: who may read a node, and subscribe to it. */
import { bareOf, isBare, type Jid } from '../../protocol/jid.ts'
import { type Problem, problem } from '../../protocol/problems.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { Node } from './node.ts'
import { refusal } from './refusals.ts'

/**
 * May that address read the node?
 * @returns why not; undefined if it may
 */
export function refusedReading(account: LocalAccount, node: Node, reader: Jid): Problem | undefined {
  const bare = bareOf(reader)
  if (bare === account.jid) return undefined
  if (account.blocklist.blocks(reader)) return problem('service-unavailable')
  const affiliation = isBare(bare) ? node.affiliations.get(bare) : undefined
  if (affiliation === 'outcast') return problem('forbidden', 'The owner has excluded you from this node.')
  if (affiliation === 'member') return undefined
  const { accessModel, rosterGroups } = node.configuration
  switch (accessModel) {
    case 'open':
      return undefined
    case 'presence':
      if (account.roster.isSeenBy(bare)) return undefined
      return refusal('not-authorized', 'presence-subscription-required', 'Only contacts of the owner can read this.')
    case 'roster': {
      const groups = account.roster.get(bare)?.groups ?? []
      if (account.roster.isSeenBy(bare) && groups.some(group => rosterGroups.includes(group))) return undefined
      return refusal('not-authorized', 'not-in-roster-group', 'Only some contacts of the owner can read this.')
    }
    case 'authorize':
      if (subscribed(node, reader)) return undefined
      return refusal('not-authorized', 'not-subscribed', 'Subscribe first; the owner has to agree.')
    case 'whitelist':
      return refusal('not-allowed', 'closed-node', 'Only those named by the owner can read this.')
  }
}

export function mayRead(account: LocalAccount, node: Node, reader: Jid): boolean {
  return refusedReading(account, node, reader) === undefined
}

/** Has the address, or the person behind it, a subscription that is in force? */
function subscribed(node: Node, jid: Jid): boolean {
  return (
    node.subscriptions.get(jid)?.state === 'subscribed' || node.subscriptions.get(bareOf(jid))?.state === 'subscribed'
  )
}
