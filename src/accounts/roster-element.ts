import { NS } from '../protocol/namespaces.ts'
import { type Element, xml } from '../protocol/xml/element.ts'
import { parseElement } from '../protocol/xml/parser.ts'
import { isVisible, type RosterItem } from './roster.ts'

/** `<item/>` (RFC 6121 §2.1.2). */
export function itemElement(item: RosterItem): Element {
  return xml(
    'item',
    {
      jid: item.jid,
      name: item.name,
      subscription: item.subscription,
      ask: item.ask === true ? 'subscribe' : undefined,
      approved: item.approved,
    },
    item.groups.map(group => xml('group', null, group)),
  )
}

/** A contact list as XEP-0227#rosters has it, and the requests that wait for an answer (XEP-0227#incoming-subscription-requests). */
export function exportedRoster(items: readonly RosterItem[]): Element[] {
  const visible = items.filter(isVisible)
  const requests = items.flatMap(({ request, jid }) =>
    request === undefined ? [] : [parseElement(request).with({ from: jid })],
  )
  return [...(visible.length === 0 ? [] : [xml('query', { xmlns: NS.roster }, visible.map(itemElement))]), ...requests]
}
