/** The node `storage:bookmarks` of XEP-0048: shows the bookmarks of XEP-0402 as one item, and holds what those cannot. */
import type { Child } from '../../protocol/xml/element.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import { type Bookmark, oldStorage, roomNamed } from './bookmark-conversion.ts'
import { initialConfiguration } from './configuration.ts'
import { payloadText } from './documents.ts'
import { known } from './names.ts'
import { type Item, Node } from './node.ts'

/** XEP-0223#pubsub: the one item of a node that holds one. */
export const currentId = 'current'

export class OldBookmarksNode extends Node {
  readonly #native: () => Node | undefined

  /** @param native the node with the bookmarks of XEP-0402 */
  constructor(native: () => Node | undefined) {
    super(known.oldBookmarks, initialConfiguration(known.oldBookmarks))
    this.#native = native
  }

  override *shown(): Iterable<Item> {
    const item = this.newest
    if (item !== undefined) yield item
  }

  override find(id: string): Item | undefined {
    return id === currentId ? this.newest : undefined
  }

  override get newest(): Item | undefined {
    const bookmarks = this.bookmarks()
    const rest = this.rest()
    if (bookmarks.length === 0 && rest.length === 0) return undefined
    const text = payloadText(oldStorage(bookmarks, rest))
    return { id: currentId, order: 0, bytes: Buffer.byteLength(text), text }
  }

  /** With the items that they are kept in; what is no bookmark there is none of ours. */
  bookmarks(): (Bookmark & { readonly item: Item })[] {
    const found = new Map<string, Bookmark & { readonly item: Item }>()
    for (const item of this.#native()?.items() ?? []) {
      const room = roomNamed(item.id)
      const conference = item.text === undefined || item.text === '' ? undefined : parseElement(item.text)
      if (room === undefined || conference === undefined || !conference.is('conference', known.bookmarks)) continue
      found.set(room, { room, conference, item })
    }
    return [...found.values()]
  }

  /** What is stored of this node itself: everything that is no bookmark of a room. */
  rest(): readonly Child[] {
    const text = this.get(currentId)?.text
    return text === undefined || text === '' ? [] : parseElement(text).children
  }
}
