/** All nodes of one account, in memory, and what has to be written when they change. */
import type { Change } from '../../accounts/documents.ts'
import { ownCopy } from '../../protocol/own-copy.ts'
import { initialConfiguration, type NodeConfiguration } from './configuration.ts'
import { collectionOf, itemKey, itemValue, largePayloadsCollection, nodeChange, nodesCollection } from './documents.ts'
import { known } from './names.ts'
import { type Item, Node } from './node.ts'
import { OldBookmarksNode } from './old-bookmarks.ts'

/** A longer payload is read from the store whenever somebody asks for it. Keys of OMEMO and pictures are. */
const longestInMemory = 4_096

/** What an item costs in memory beside its text. */
const overhead = 200

/**
 * The nodes of an account. Every method changes what is in memory at once and gives back what has to be written for it;
 * the caller hands that to the store.
 */
export class Shelf {
  readonly account: number
  readonly #nodes = new Map<string, Node>()
  #oldBookmarks: OldBookmarksNode | undefined
  /** Bytes of all payloads. */
  bytes = 0
  /** A guess at what the shelf costs in memory. */
  weight = overhead
  #order = 0
  /** Large payloads that are still on their way to the store. */
  #underway: Set<Item> | undefined

  constructor(account: number) {
    this.account = account
  }

  get size(): number {
    return this.#nodes.size
  }

  /** Listed as long as there are bookmarks at all. Made when somebody asks: most shelves of a crowd never need it. */
  get oldBookmarks(): OldBookmarksNode {
    this.#oldBookmarks ??= new OldBookmarksNode(() => this.#nodes.get(known.bookmarks))
    return this.#oldBookmarks
  }

  get(name: string): Node | undefined {
    if (name === known.oldBookmarks) return this.#nodes.has(known.bookmarks) ? this.oldBookmarks : undefined
    return this.#nodes.get(name)
  }

  *all(): IterableIterator<Node> {
    yield* this.#nodes.values()
    if (this.#nodes.has(known.bookmarks)) yield this.oldBookmarks
  }

  /** For the store, while it fills the shelf. */
  place(node: Node): void {
    this.#nodes.set(node.name, node)
    this.weight += overhead
  }

  /** For the store, while it fills the shelf, in the order of items. */
  placeItem(node: Node, item: Item): void {
    node.set(item)
    this.#order = Math.max(this.#order, item.order)
    this.#weigh(node, item, 1)
  }

  create(
    name: string,
    configuration: NodeConfiguration = initialConfiguration(name),
  ): { node: Node; changes: Change[] } {
    const node = new Node(ownCopy(name), configuration)
    this.place(node)
    return { node, changes: [nodeChange(node)] }
  }

  /** The node, its items and whatever else belongs to it. */
  remove(node: Node): Change[] {
    const changes = this.clear(node)
    this.#nodes.delete(node.name)
    this.weight -= overhead
    return [...changes, { collection: nodesCollection, key: node.name, value: undefined }]
  }

  /** Adds or replaces an item; the oldest leave where there is no room. */
  publish(node: Node, id: string, text: string, most: number): Change[] {
    const before = node.get(id)
    const changes = before === undefined ? [] : this.#withdraw(node, before)
    // Neither may keep the chunk alive that it came in.
    const item: Item = { id: ownCopy(id), order: ++this.#order, bytes: Buffer.byteLength(text), text: ownCopy(text) }
    node.set(item)
    this.#weigh(node, item, 1)
    changes.push({ collection: collectionOf(node), key: itemKey(node.name, id), value: kept(node, item) })
    if (isLarge(node, item)) {
      this.#underway ??= new Set()
      this.#underway.add(item)
      changes.push({ collection: largePayloadsCollection, key: itemKey(node.name, id), value: itemValue(item, text) })
    }
    const { maxItems } = node.configuration
    const room = maxItems === 'max' ? most : Math.min(maxItems, most)
    for (const oldest of node.items()) {
      if (node.size <= room) break
      changes.push(...this.#erase(node, oldest))
    }
    return changes
  }

  retract(node: Node, item: Item): Change[] {
    return this.#erase(node, item)
  }

  clear(node: Node): Change[] {
    return [...node.items()].flatMap(item => this.#erase(node, item))
  }

  /** Another configuration: items move to where its readers say they belong, and leave where there are too many. */
  configure(node: Node, configuration: NodeConfiguration, most: number): Change[] {
    const before = collectionOf(node)
    node.configuration = configuration
    const after = collectionOf(node)
    const changes = [nodeChange(node)]
    if (!configuration.persistItems)
      return [...changes, ...this.#eraseAll(node, before.name === after.name ? after : before)]
    const room = configuration.maxItems === 'max' ? most : configuration.maxItems
    for (const item of [...node.items()]) {
      const key = itemKey(node.name, item.id)
      if (before !== after) changes.push({ collection: before, key, value: undefined })
      if (node.size > room) changes.push(...this.#erase(node, item))
      else if (before !== after) changes.push({ collection: after, key, value: kept(node, item) })
    }
    return changes
  }

  /** Everything is in the store: what is large can be read from there. */
  lighten(): void {
    for (const item of this.#underway ?? []) item.text = undefined
    this.#underway = undefined
  }

  #eraseAll(node: Node, from: Change['collection']): Change[] {
    return [...node.items()].flatMap(item => [
      { collection: from, key: itemKey(node.name, item.id), value: undefined },
      ...this.#withdraw(node, item),
    ])
  }

  #erase(node: Node, item: Item): Change[] {
    const gone: Change = { collection: collectionOf(node), key: itemKey(node.name, item.id), value: undefined }
    return [gone, ...this.#withdraw(node, item)]
  }

  /** Takes it out of memory; what remains to be written is the large payload, if it had one. */
  #withdraw(node: Node, item: Item): Change[] {
    node.delete(item)
    this.#weigh(node, item, -1)
    if (!isLarge(node, item)) return []
    return [{ collection: largePayloadsCollection, key: itemKey(node.name, item.id), value: undefined }]
  }

  #weigh(node: Node, item: Item, sign: 1 | -1): void {
    this.bytes += sign * item.bytes
    this.weight += sign * (overhead + item.id.length + (isLarge(node, item) ? 0 : item.bytes))
  }
}

/** The bookmarks of XEP-0048 are made of the others: those all stay in memory. */
const allInMemory = new Set<string>([known.bookmarks, known.oldBookmarks, known.displayed])

function isLarge({ name }: Node, { bytes }: Item): boolean {
  return bytes > longestInMemory && !allInMemory.has(name)
}

function kept(node: Node, item: Item): string {
  return itemValue(item, isLarge(node, item) ? undefined : item.text)
}
