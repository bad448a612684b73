import { type Jid, parseJid } from '../protocol/jid.ts'
import { errorReply, type Problem, problem } from '../protocol/problems.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { Session } from './session.ts'

/** XEP-0198#resumption: what the client never acknowledged is treated as if it had been sent to a resource that is not there. */
export function returnUnsent(session: Session, answer: (reply: Element, asker: Jid) => void): void {
  for (const { receipt, stanza } of session.takeUnsent()) {
    receipt?.returned()
    const type = stanza.attr('type')
    if (stanza.name !== 'iq' || (type !== 'get' && type !== 'set')) continue
    const asker = parseJid(stanza.attr('from') ?? '')
    const reply = errorReply(stanza, problem('service-unavailable'))
    if (asker !== undefined && reply !== undefined) answer(reply, asker)
  }
}

/** Refuses a stanza of a client of ours. */
export function sendBack(session: Session, stanza: Element, p: Problem): void {
  const reply = errorReply(stanza, p)
  if (reply !== undefined) session.sendStanza(reply)
}
