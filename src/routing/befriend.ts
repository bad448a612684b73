import type { BareJid } from '../protocol/jid.ts'
import type { LocalAccount } from './account.ts'
import type { Post } from './post.ts'
import { showTo } from './presence.ts'
import { saveContact } from './roster-push.ts'

/**
 * Makes two accounts of ours contacts of each other, who both wanted it: nobody is asked (XEP-0401#preauth-ibr).
 * Their clients hear of it by roster pushes.
 * @returns when it is on disk; false if one of them is not there (any more), or has no room
 */
export async function befriend(post: Post, one: BareJid, other: BareJid, maxContacts: number): Promise<boolean> {
  const [first, second] = await Promise.all([post.account(one), post.account(other)])
  if (first === undefined || second === undefined || first === second) return false
  const pair = [
    [first, second],
    [second, first],
  ] as const
  if (pair.some(([owner, contact]) => owner.gone || !hasRoom(owner, contact.jid, maxContacts))) return false
  await Promise.all(pair.map(([owner, contact]) => saveContact(owner, mutual(owner, contact.jid))))
  for (const [owner, contact] of pair) showTo(post, owner, contact.jid)
  return true
}

function hasRoom({ roster }: LocalAccount, jid: BareJid, maxContacts: number): boolean {
  return roster.get(jid) !== undefined || roster.size < maxContacts
}

function mutual({ roster }: LocalAccount, jid: BareJid): Parameters<typeof saveContact>[1] {
  const before = roster.get(jid)
  return {
    jid,
    groups: before?.groups ?? [],
    subscription: 'both',
    ...(before?.name === undefined ? {} : { name: before.name }),
  }
}
