/** XEP-0359: Unique and Stable Stanza IDs. Our mark on a message is ours alone: forged ones are taken off. */
import type { MessageIds } from '../accounts/message-ids.ts'
import { NS } from '../protocol/namespaces.ts'
import { type Child, type Element, xml } from '../protocol/xml/element.ts'
import { type Feature, type Passing, xep } from '../routing/feature.ts'

/**
 * @param wanted does somebody keep the message, so that an id has something to point at?
 */
export const stableIds = (ids: MessageIds, wanted: (message: Element) => boolean): Feature => ({
  name: 'stable-ids',
  implements: [xep(359, '0.7.0', 'complete')],
  advertises: { server: [NS.stanzaIds], account: [NS.stanzaIds] },
  message: {
    stamp(passing) {
      const { message, account, side } = passing
      const forged = message.children.some(child => claims(child, account.jid))
      const mark = side === 'receiving' && wanted(message)
      if (!forged && !mark) return
      const children = forged ? message.children.filter(child => !claims(child, account.jid)) : [...message.children]
      if (mark) {
        passing.id = ids.next()
        children.push(stanzaId(passing, passing.id.id))
      }
      passing.message = message.with({}, children)
    },
  },
})

/** XEP-0359#rules: a stanza-id by us that we did not put there. */
function claims(child: Child, by: string): boolean {
  return typeof child !== 'string' && child.is('stanza-id', NS.stanzaIds) && child.attr('by') === by
}

function stanzaId({ account }: Passing, id: string): Element {
  return xml('stanza-id', { xmlns: NS.stanzaIds, by: account.jid, id })
}
