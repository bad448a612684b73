import { bareOf, isFull, type Jid, resourceOf } from '../../protocol/jid.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { Post } from '../../routing/post.ts'
import { presenceOf } from '../../routing/presence.ts'

/** RFC 6121 §4.3.2: somebody asks whether the account's devices are there. Only who may know is told anything. */
export function answerProbe(post: Post, account: LocalAccount, from: Jid, to: Jid): void {
  const asker = bareOf(from)
  if (asker !== account.jid && !account.roster.isSeenBy(asker)) {
    // From the bare address: a full one would say which devices there are.
    post.route(presenceOf(account.jid, 'unsubscribed').with({ to: asker }), account.jid, asker)
    return
  }
  if (account.blocklist.blocks(from)) return
  const asked = isFull(to)
    ? account.sessions.filter(({ resource }) => resource === resourceOf(to))
    : [...account.sessions]
  const present = asked.filter(({ available }) => available)
  if (present.length === 0) post.route(presenceOf(to, 'unavailable').with({ to: from }), to, from)
  for (const { presence, jid } of present) {
    if (presence !== undefined) post.route(presence.with({ to: from }), jid, from)
  }
}
