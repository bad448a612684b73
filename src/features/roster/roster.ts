/** RFC 6121 §2: the contact list, with versions (§2.6, XEP-0237). */
import { isVisible, type RosterItem } from '../../accounts/roster.ts'
import { itemElement } from '../../accounts/roster-element.ts'
import { NS } from '../../protocol/namespaces.ts'
import { problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { LocalAccount } from '../../routing/account.ts'
import { type Feature, iqGet, iqSet, type Question, rfc, xep } from '../../routing/feature.ts'
import type { Post } from '../../routing/post.ts'
import { hideFrom, presenceOf } from '../../routing/presence.ts'
import { dropContact, saveContact } from '../../routing/roster-push.ts'
import { contactIn, requestedChange } from './requested-change.ts'

export interface RosterParts {
  readonly post: Post
  /** Contacts of one account. */
  readonly maxContacts: number
}

export const roster = ({ post, maxContacts }: RosterParts): Feature => {
  /** RFC 6121 §2.5.2: with the contact go all subscriptions, in both directions. */
  async function remove(account: LocalAccount, query: Element): Promise<void> {
    const jid = contactIn(query)
    const item = account.roster.get(jid)
    if (item === undefined || !isVisible(item))
      throw problem('item-not-found', 'That address is not in your contact list.')
    const { subscription, ask, request } = item
    const sees = subscription === 'to' || subscription === 'both'
    const isSeen = subscription === 'from' || subscription === 'both'
    const removed = dropContact(account, jid)
    if (!account.blocklist.blocks(jid)) {
      const ends = (type: 'unsubscribe' | 'unsubscribed') =>
        post.route(presenceOf(account.jid, type).with({ to: jid }), account.jid, jid)
      if (sees || ask === true) ends('unsubscribe')
      if (isSeen || request !== undefined) ends('unsubscribed')
      if (isSeen) hideFrom(post, account, jid)
    }
    await removed
  }

  /** RFC 6121 §2.3 and §2.4: clients decide about names and groups, and about nothing else. */
  async function save(account: LocalAccount, query: Element): Promise<void> {
    const { jid, name, groups } = requestedChange(query)
    // The owner's devices see one another without being contacts.
    if (jid === account.jid) throw problem('not-allowed', 'You cannot be your own contact.')
    const { roster } = account
    const before = roster.get(jid)
    if ((before === undefined || !isVisible(before)) && roster.size - roster.requests >= maxContacts) {
      throw problem('resource-constraint', 'Your contact list is full.')
    }
    const { name: _, unlisted: __, ...rest } = before ?? ({ jid, subscription: 'none' } as const)
    const item: RosterItem = { ...rest, groups, ...(name === undefined ? {} : { name }) }
    await saveContact(account, item)
  }

  return {
    name: 'roster',
    implements: [rfc(6121, 'partial', 'managing the roster (§2)'), xep(237, '1.3', 'complete')],
    offers: [xml('ver', { xmlns: 'urn:xmpp:features:rosterver' })],
    answers: [
      iqGet(`{${NS.roster}}query`, ['self', 'account', 'nobody'], question => {
        const account = ownAccount(question)
        const { session, payload } = question
        if (session !== undefined) session.wantsRoster = true
        const known = payload.attr('ver')
        const { version } = account.roster
        // §2.6.3: an empty result, not an empty list. Pushes were sent as things changed, so there is nothing to catch up on.
        if (known === version) return undefined
        const items = Array.from(account.roster.visible(), itemElement)
        return xml('query', { xmlns: NS.roster, ver: known === undefined ? undefined : version }, items)
      }),
      iqSet(`{${NS.roster}}query`, ['self', 'account', 'nobody'], question => {
        const account = ownAccount(question)
        const { payload } = question
        const removes = payload.child('item')?.attr('subscription') === 'remove'
        return removes ? remove(account, payload) : save(account, payload)
      }),
    ],
  }
}

/** RFC 6121 §2.3.3: a contact list is nobody's business but its owner's. */
function ownAccount({ session, account }: Question): LocalAccount {
  if (account === undefined || session?.account !== account) {
    throw problem('forbidden', 'This contact list belongs to somebody else.')
  }
  return account
}
