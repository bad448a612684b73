/** XEP-0163#notify-last: who comes online, or begins to want a node, is told what was published last. */
import { setImmediate as soon } from 'node:timers/promises'
import { type BareJid, bareOf, type FullJid, isBare } from '../../protocol/jid.ts'
import { xml } from '../../protocol/xml/element.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { Session } from '../../routing/session.ts'
import { mayRead } from './access.ts'
import type { Interests } from './caps.ts'
import { itemElement } from './documents.ts'
import type { Node } from './node.ts'
import { mayHear, Notice, type NoticeParts } from './notices.ts'
import type { Shelf } from './shelf.ts'
import type { Shelves } from './shelves.ts'

/** Contacts that are looked at before others get their turn. */
const atOnce = 10

export interface GreetingParts extends NoticeParts {
  readonly shelves: Shelves
}

/** What was published last, by the account itself and by the contacts it sees, for one device. */
export async function greet(parts: GreetingParts, session: Session, wanted: Interests): Promise<void> {
  const { account } = session
  const { shelves, post } = parts
  await tellLast(parts, account, await shelves.of(account.id), wanted, session)
  let looked = 0
  for (const { jid, subscription } of [...account.roster.all()]) {
    if ((subscription !== 'both' && subscription !== 'to') || !isBare(jid) || !post.isLocal(jid)) continue
    if (++looked % atOnce === 0) await soon()
    await greetFrom(parts, session, jid, wanted)
  }
}

/** What a contact here has published last, for a device of somebody who sees the contact. */
export async function greetFrom(
  parts: GreetingParts,
  session: Session,
  jid: BareJid,
  wanted: Interests,
): Promise<void> {
  const { account } = session
  if (account.blocklist.blocks(jid) || session.ended || !session.available) return
  const contact = await parts.post.account(jid)
  if (contact === undefined || !contact.roster.isSeenBy(account.jid)) return
  await tellLast(parts, contact, await parts.shelves.of(contact.id), wanted, session)
}

/** The same for a contact's device at another server, about one account of ours. */
export async function greetElsewhere(
  parts: GreetingParts,
  account: LocalAccount,
  device: FullJid,
  wanted: Interests,
): Promise<void> {
  const may = (node: Node): boolean => mayRead(account, node, bareOf(device))
  for (const notice of await lastOnes(parts, account, await parts.shelves.of(account.id), wanted, may)) {
    parts.post.route(notice.addressed(device), account.jid, device)
  }
}

async function tellLast(
  parts: GreetingParts,
  publisher: LocalAccount,
  shelf: Shelf,
  wanted: Interests,
  session: Session,
): Promise<void> {
  const may = (node: Node): boolean => publisher === session.account || mayHear(publisher, node, session.account)
  for (const notice of await lastOnes(parts, publisher, shelf, wanted, may)) if (session.available) notice.to(session)
}

async function lastOnes(
  { shelves, randomId }: GreetingParts,
  publisher: LocalAccount,
  shelf: Shelf,
  wanted: Interests,
  may: (node: Node) => boolean,
): Promise<Notice[]> {
  const found: Notice[] = []
  if (shelf.size === 0) return found
  for (const name of wanted) {
    const node = shelf.get(name)
    const item = node?.newest
    if (node === undefined || item === undefined) continue
    const { sendLast, deliverNotifications, deliverPayloads } = node.configuration
    if (sendLast !== 'on_sub_and_presence' || !deliverNotifications || !may(node)) continue
    const text = deliverPayloads ? await shelves.text(shelf, node, item) : ''
    if (text === undefined) continue
    const happened = xml('items', { node: node.name }, itemElement({ id: item.id, text }))
    found.push(new Notice(publisher, happened, randomId()))
  }
  return found
}
