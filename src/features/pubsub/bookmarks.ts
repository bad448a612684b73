/** Bookmarks: kept as XEP-0402 has it, shown as XEP-0048 had it in PEP and in private XML, and taken from both. */
import type { Change } from '../../accounts/documents.ts'
import { problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { ElementView } from '../../routing/views.ts'
import { readOldStorage, saysTheSame } from './bookmark-conversion.ts'
import { itemElement, payloadText } from './documents.ts'
import { known } from './names.ts'
import { tellAll } from './notices.ts'
import { currentId } from './old-bookmarks.ts'
import { refusal } from './refusals.ts'
import type { PubsubService } from './service.ts'
import type { Shelf } from './shelf.ts'

/**
 * A client that knows XEP-0048 alone has written all its bookmarks: those that are new or different are published, those
 * that are missing are retracted, and nobody hears of the others (XEP-0402#publishing-legacy).
 */
export async function replaceBookmarks(
  service: PubsubService,
  account: LocalAccount,
  storage: Element | undefined,
): Promise<void> {
  const wanted = storage ?? xml('storage', { xmlns: known.oldBookmarks })
  if (!wanted.is('storage', known.oldBookmarks)) {
    throw refusal('bad-request', 'invalid-payload', 'Bookmarks come in an element named storage.')
  }
  const shelf = await service.shelf(account)
  const before = new Map(shelf.oldBookmarks.bookmarks().map(bookmark => [bookmark.room, bookmark]))
  const { bookmarks, rest } = readOldStorage(wanted, room => before.get(room)?.conference)
  if (bookmarks.length > service.limits.items) {
    throw refusal('conflict', 'max-items-exceeded', `There can be ${service.limits.items} bookmarks.`)
  }
  const publications = bookmarks
    .map(({ room, conference }) => ({ id: before.get(room)?.item.id ?? room, room, payload: conference }))
    .filter(({ room, payload }) => {
      const old = before.get(room)
      return old === undefined || !saysTheSame(old.conference, payload)
    })
  for (const { room } of bookmarks) before.delete(room)
  replacing.add(account)
  try {
    // What is new goes first: whatever happens in between, nothing is lost.
    if (publications.length > 0) await service.publish(account, known.bookmarks, publications)
    const missing = Array.from(before.values(), ({ item }) => item.id)
    if (missing.length > 0) await service.retract(account, known.bookmarks, missing, true)
    await keepRest(service, account, rest)
  } finally {
    replacing.delete(account)
  }
  if (publications.length > 0 || before.size > 0) tellOld(service, account, await service.shelf(account))
}

/** Accounts whose bookmarks are being replaced: devices that see all of them as one item are told when it is done. */
const replacing = new WeakSet<LocalAccount>()

async function keepRest(service: PubsubService, account: LocalAccount, rest: readonly Element['children'][number][]) {
  const shelf = await service.shelf(account)
  const node = shelf.oldBookmarks
  const text = rest.length === 0 ? '' : payloadText(xml('storage', { xmlns: known.oldBookmarks }, rest))
  if (text === (node.get(currentId)?.text ?? '')) return
  if (Buffer.byteLength(text) > service.limits.itemBytes) {
    throw refusal('not-acceptable', 'payload-too-big', `An item can have up to ${service.limits.itemBytes} bytes.`)
  }
  if (shelf.bytes + Buffer.byteLength(text) > service.limits.accountBytes) {
    throw problem('resource-constraint', 'The space of your account is used up. Remove something else first.')
  }
  // What is no bookmark belongs to the same node: it is there as long as that is.
  const changes: Change[] =
    shelf.get(known.bookmarks) === undefined ? service.create(shelf, known.bookmarks).changes : []
  if (text === '') changes.push(...shelf.clear(node))
  else changes.push(...shelf.publish(node, currentId, text, 1))
  await service.parts.shelves.write(shelf, changes)
}

/**
 * What clients ask who remove the old bookmarks. They tidy up behind them when they move to XEP-0402: that must not take
 * the bookmarks with it, so only what is no bookmark goes.
 */
export async function forgetOldBookmarks(service: PubsubService, account: LocalAccount): Promise<void> {
  const shelf = await service.shelf(account)
  await service.parts.shelves.write(shelf, shelf.clear(shelf.oldBookmarks))
}

/** Devices that know XEP-0048 in PEP hear of every change, as one item with everything. */
export function tellOld(service: PubsubService, account: LocalAccount, shelf: Shelf): void {
  const { oldBookmarks: node } = shelf
  if (replacing.has(account)) return
  if (!account.sessions.some(session => service.parts.audience.wants(session, node.name))) return
  const { newest } = node
  const happened = newest === undefined ? xml('retract', { id: currentId }) : itemElement(newest)
  tellAll(service.parts, account, node, xml('items', { node: node.name }, happened))
}

/** XEP-0049 and XEP-0411: the same bookmarks as an element of private XML. */
export function bookmarksInPrivateXml(service: PubsubService): ElementView {
  return {
    element: `{${known.oldBookmarks}}storage`,
    async read(account) {
      const { newest } = (await service.shelf(account)).oldBookmarks
      return newest?.text === undefined ? undefined : parseElement(newest.text)
    },
    write: (account, element) => replaceBookmarks(service, account, element),
  }
}
