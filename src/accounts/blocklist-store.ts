import { collection } from '../privacy/catalogue.ts'
import { type Jid, parseJid } from '../protocol/jid.ts'
import { type Element, xml } from '../protocol/xml/element.ts'
import type { BlocklistStore } from './blocklist.ts'
import type { Documents } from './documents.ts'

export const blocklistCollection = collection('blocklist', {
  why: 'the addresses that the account wants to hear nothing from',
  keep: 'until the owner unblocks the address',
  reader: 'owner',
  exported: blocked =>
    blocked.length === 0 ? [] : [xml('blocklist', { xmlns: 'urn:xmpp:blocking' }, blocked.map(itemOf))],
})

/** XEP-0191: XEP-0227 knows only the older privacy lists, and lets exports carry what it does not know. */
function itemOf({ key }: { readonly key: string }): Element {
  return xml('item', { jid: key })
}

/** Block lists as documents: one for each address, with nothing in it but that it is there. */
export function blocklistStore(documents: Documents): BlocklistStore {
  const change = (account: number, jids: readonly Jid[], value: string | undefined) =>
    documents.change(
      account,
      jids.map(jid => ({ collection: blocklistCollection, key: jid, value })),
    )

  return {
    async load(account) {
      return (await documents.list(account, blocklistCollection)).flatMap(({ key }) => parseJid(key) ?? [])
    },
    add: (account, jids) => change(account, jids, ''),
    remove: (account, jids) => change(account, jids, undefined),
  }
}
