/** XEP-0280: Message Carbons. All devices of an account see both sides of a conversation. */
import { NS } from '../../protocol/namespaces.ts'
import { stanzaId } from '../../protocol/stanza.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { type Feature, iqSet, type Passing, xep } from '../../routing/feature.ts'
import { Parcel } from '../../routing/parcel.ts'
import type { Session } from '../../routing/session.ts'
import { shouldCopy } from './eligible.ts'

const ns = 'urn:xmpp:carbons:2'

export const carbons: Feature = {
  name: 'carbons',
  implements: [xep(280, '1.0.1', 'complete'), xep(297, '1.0', 'complete')],
  advertises: { server: [ns, 'urn:xmpp:carbons:rules:0'], account: [ns, 'urn:xmpp:carbons:rules:0'] },
  answers: [
    iqSet(`{${ns}}enable`, ['self', 'server'], ({ session }) => {
      if (session !== undefined) session.carbons = true
    }),
    iqSet(`{${ns}}disable`, ['self', 'server'], ({ session }) => {
      if (session !== undefined) session.carbons = false
    }),
  ],
  bind: [
    {
      feature: ns,
      request: `{${ns}}enable`,
      // XEP-0280#bind2: nothing to answer with.
      enable(_stream, session) {
        session.carbons = true
        return undefined
      },
    },
  ],
  message: {
    deliver(passing, reached) {
      const others = passing.account.sessions.filter(session => wantsCopy(session, passing, reached))
      if (others.length === 0 || !shouldCopy(passing.message, passing.side, passing.from).copy) return
      const forwarded = xml('forwarded', { xmlns: NS.forward }, withId(passing))
      const direction = passing.side === 'sending' ? 'sent' : 'received'
      const type = passing.message.attr('type')
      for (const session of others) {
        const carbon = xml(
          'message',
          { xmlns: NS.client, from: passing.account.jid, to: session.jid, type },
          xml(direction, { xmlns: ns }, forwarded),
        )
        session.send(new Parcel(carbon))
      }
    },
  },
}

/** XEP-0313#archives_id: what the account sent has its id in the copies for the account's own devices, and nowhere else. */
function withId({ message, side, account, archived, id }: Passing): Element {
  if (side === 'receiving' || !archived || id === undefined) return message
  return message.with({}, [...message.children, stanzaId(account.jid, id.id)])
}

function wantsCopy(session: Session, passing: Passing, reached: readonly Session[]): boolean {
  return session.carbons && session !== passing.session && !reached.includes(session)
}
