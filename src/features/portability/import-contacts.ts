/**
 * Contacts from a file. That somebody may see somebody else is something that two servers know of each other, and a file
 * proves to neither: a contact is added without a subscription, and asked (RFC 6121 §3.1). That the owner let them see the
 * old account is the owner's own word, so their request will be answered at once (§3.4).
 */

import type { ImportReport } from '../../accounts/import-report.ts'
import type { ContactJid, RosterItem } from '../../accounts/roster.ts'
import { isVisible } from '../../accounts/roster.ts'
import { isFull, type Jid, parseJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { ownCopy } from '../../protocol/own-copy.ts'
import { Problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { OnBehalf } from '../../routing/on-behalf.ts'
import { saveContact } from '../../routing/roster-push.ts'

export interface ContactImport {
  readonly account: LocalAccount
  readonly onBehalf: OnBehalf
  readonly report: ImportReport
  readonly maxContacts: number
  /** The account in the file; undefined where it has no address. */
  readonly old: Jid | undefined
  /** Contacts are told which account they know is behind the request (XEP-0283#publish-notification). */
  readonly tells: boolean
  /** The subscriptions of the file hold: the account was here before, under this address. */
  readonly trusts: boolean
  /** May one more contact be asked now? */
  mayAsk(): boolean
}

/** In bytes of UTF-8. */
const longestName = 1_023
const longestContact = 4_096
const mostGroups = 50

const moved = 'urn:xmpp:moved:1'

/** Takes one `<item/>` (RFC 6121 §2.1.2). @returns whom to ask, once it is known who else is blocked */
export async function importContact(way: ContactImport, item: Element): Promise<ContactJid | undefined> {
  const { account, report, trusts } = way
  const counted = report.contacts
  const read = contactIn(item)
  if (read === undefined || read.jid === account.jid || read.jid === way.old) {
    counted.left++
    return undefined
  }
  const { jid, subscription, asked } = read
  const { roster } = account
  const before = roster.get(jid)
  const listed = before !== undefined && isVisible(before)
  if (!listed && roster.size - roster.requests >= way.maxContacts) {
    counted.left++
    return undefined
  }
  if (listed) counted.there++
  else {
    const seen = subscription === 'from' || subscription === 'both'
    const { unlisted: _, ...rest } = before ?? { jid, subscription: 'none' as const }
    const known: RosterItem = { ...rest, groups: read.groups, ...(read.name === undefined ? {} : { name: read.name }) }
    if (trusts) await saveContact(account, { ...known, subscription, ...(asked ? { ask: true } : {}) })
    else await saveContact(account, seen && known.request === undefined ? { ...known, approved: true } : known)
    counted.taken++
    if (trusts) return undefined
  }
  const wanted = subscription === 'to' || subscription === 'both' || asked
  return wanted && !roster.sees(jid) && roster.get(jid)?.ask !== true ? jid : undefined
}

/** RFC 6121 §3.1.1: asks a contact. */
export async function askContact(
  { account, onBehalf, report, old, tells, mayAsk }: ContactImport,
  jid: ContactJid,
): Promise<void> {
  if (account.blocklist.blocks(jid)) return
  if (!mayAsk()) {
    report.contacts.unasked++
    return
  }
  const note = tells && old !== undefined ? xml('moved', { xmlns: moved }, xml('old-jid', null, old)) : undefined
  try {
    await onBehalf.subscribes(account, xml('presence', { xmlns: NS.client, type: 'subscribe' }, note), jid)
    report.contacts.asked++
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    report.contacts.unasked++
  }
}

interface ReadContact {
  readonly jid: ContactJid
  readonly name: string | undefined
  readonly groups: readonly string[]
  readonly subscription: RosterItem['subscription']
  readonly asked: boolean
}

function contactIn(item: Element): ReadContact | undefined {
  const parsed = parseJid(item.attr('jid') ?? '')
  const said = item.attr('subscription') ?? 'none'
  if (!item.is('item', NS.roster) || parsed === undefined || isFull(parsed) || said === 'remove') return undefined
  const subscription = said === 'to' || said === 'from' || said === 'both' ? said : 'none'
  const fits = (text: string): boolean => text !== '' && Buffer.byteLength(text) <= longestName
  const name = item.attr('name')
  let room = longestContact
  const groups = new Set<string>()
  for (const child of item.elements()) {
    const group = child.is('group', NS.roster) ? child.text() : ''
    room -= Buffer.byteLength(group)
    if (fits(group) && room >= 0 && groups.size < mostGroups) groups.add(ownCopy(group))
  }
  return {
    jid: ownCopy(parsed) as ContactJid,
    name: name !== undefined && fits(name) ? ownCopy(name) : undefined,
    groups: [...groups],
    subscription,
    asked: item.attr('ask') === 'subscribe',
  }
}

/** XEP-0016 and XEP-0191: whom the owner wanted to hear nothing from, in either form. */
export function blockedIn(element: Element): readonly Jid[] {
  if (element.is('blocklist', 'urn:xmpp:blocking') || element.is('block', 'urn:xmpp:blocking')) {
    return element.elements().flatMap(item => parseJid(item.attr('jid') ?? '') ?? [])
  }
  const used = element.child('default')?.attr('name')
  const lists = element.elements().filter(child => child.is('list', element.ns))
  const list = lists.find(each => each.attr('name') === used)
  // A rule for some kinds of stanzas only is not a block.
  const denies = (item: Element): boolean =>
    item.attr('type') === 'jid' && item.attr('action') === 'deny' && item.elements().length === 0
  return (list?.elements() ?? []).filter(denies).flatMap(item => parseJid(item.attr('value') ?? '') ?? [])
}

/** Blocks those who are not yet. */
export async function importBlocked(
  { account, onBehalf, report }: Pick<ContactImport, 'account' | 'onBehalf' | 'report'>,
  jids: readonly Jid[],
): Promise<void> {
  for (const jid of jids) {
    if (account.blocklist.has(jid)) {
      report.blocked.there++
      continue
    }
    const block = xml('block', { xmlns: 'urn:xmpp:blocking' }, xml('item', { jid }))
    const answer = await onBehalf.asks(account, xml('iq', { xmlns: NS.client, type: 'set' }, block))
    if (answer.attr('type') === 'result') report.blocked.taken++
    else report.blocked.left++
  }
}
