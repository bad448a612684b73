import { isFull, type Jid, resourceOf } from '../protocol/jid.ts'
import type { MessageType } from '../protocol/stanza.ts'
import type { LocalAccount } from './account.ts'
import type { Session } from './session.ts'

/** Who gets a message: some devices, nobody for now, or it is refused. */
export type Recipients =
  | { readonly to: 'devices'; readonly sessions: readonly Session[] }
  /** Kept if it was kept, dropped in silence if not. */
  | { readonly to: 'nobody' }
  | { readonly to: 'sender' }

const nobody: Recipients = { to: 'nobody' }
const backToSender: Recipients = { to: 'sender' }

/**
 * RFC 6121 §8.5: which devices of an account a message goes to.
 * To a bare address it goes to every device with a non-negative priority, which that section allows and which carbons expect.
 */
export function recipients(account: LocalAccount, to: Jid, type: MessageType): Recipients {
  if (isFull(to)) {
    const session = account.session(resourceOf(to) as string)
    // Directed presence lets an unavailable resource be written to, too (RFC 6121 §4.6.1).
    if (session !== undefined) return { to: 'devices', sessions: [session] }
    if (type === 'groupchat') return backToSender
    if (type === 'headline' || type === 'error') return nobody
    // §8.5.3.2.1: a chat message for a device that is gone goes where one to the bare address would.
  }
  if (type === 'groupchat') return backToSender
  if (type === 'error') return nobody
  const sessions = account.sessions.filter(session => session.available && session.priority >= 0)
  return sessions.length > 0 ? { to: 'devices', sessions } : nobody
}
