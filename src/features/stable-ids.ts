/** XEP-0359: Unique and Stable Stanza IDs. Our mark on a message is ours alone: forged ones are taken off. */
import type { MessageIds } from '../accounts/message-ids.ts'
import { bareOf } from '../protocol/jid.ts'
import { NS } from '../protocol/namespaces.ts'
import { stanzaId } from '../protocol/stanza.ts'
import type { Child, Element } from '../protocol/xml/element.ts'
import { type Feature, xep } from '../routing/feature.ts'

/** What is kept of messages, by their looks alone. */
export interface Keeping {
  /** Until a device of the recipient has it. */
  waits(message: Element): boolean
  /** In the history of those concerned, if they want that. */
  stays(message: Element): boolean
}

/** Decides what is kept of a message, and gives what is kept a number: one for both sides. */
export const stableIds = (ids: MessageIds, keeping: Keeping): Feature => ({
  name: 'stable-ids',
  implements: [xep(359, '0.7.0', 'complete')],
  advertises: { server: [NS.stanzaIds], account: [NS.stanzaIds] },
  message: {
    stamp(passing) {
      const { message, account, side, from, to } = passing
      const sending = side === 'sending'
      passing.waits = !sending && keeping.waits(message)
      // What somebody writes to themselves is in their history once (XEP-0313#business-storeret-user-archives).
      const once = sending && bareOf(to) === account.jid
      passing.archived = !once && keeping.stays(message) && account.archive.wants(sending ? to : from)
      if (passing.waits || passing.archived) passing.id ??= ids.next()

      const forged = message.children.some(child => claims(child, account.jid))
      // XEP-0313#archives_id: only where it leads somewhere, and only for those who may go there.
      const mark = !sending && passing.archived
      if (!forged && !mark) return
      const children = forged ? message.children.filter(child => !claims(child, account.jid)) : [...message.children]
      if (mark && passing.id !== undefined) children.push(stanzaId(account.jid, passing.id.id))
      passing.message = message.with({}, children)
    },
  },
})

/** XEP-0359#rules: a stanza-id by us that we did not put there. */
function claims(child: Child, by: string): boolean {
  return typeof child !== 'string' && child.is('stanza-id', NS.stanzaIds) && child.attr('by') === by
}
