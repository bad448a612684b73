/** Which shelves are in memory: those that were needed last, within a bound. */
import type { Change, Documents } from '../../accounts/documents.ts'
import {
  itemKey,
  itemOf,
  largePayloadsCollection,
  nodeOf,
  nodesCollection,
  ownItemsCollection,
  sharedItemsCollection,
} from './documents.ts'
import type { Item, Node } from './node.ts'
import { Shelf } from './shelf.ts'

/** Bytes that all shelves in memory may weigh together. */
const heaviest = 64 * 1024 * 1024

export class Shelves {
  readonly #documents: Documents
  readonly #heaviest: number
  /** Least recently used first. */
  readonly #shelves = new Map<number, Shelf>()
  /** What each of them was last known to weigh. */
  readonly #weights = new Map<number, number>()
  readonly #loading = new Map<number, Promise<Shelf>>()
  /** Writes that are on their way, by account: until they are on disk the shelf must stay. */
  readonly #writing = new Map<number, number>()
  #weight = 0

  constructor(documents: Documents, limit = heaviest) {
    this.#documents = documents
    this.#heaviest = limit
  }

  /** What is in memory, in bytes. */
  get weight(): number {
    return this.#weight
  }

  /** The nodes of an account; a promise only where they have to be loaded. */
  of(account: number): Shelf | Promise<Shelf> {
    const shelf = this.#shelves.get(account)
    if (shelf === undefined) return this.#loading.get(account) ?? this.#load(account)
    this.#shelves.delete(account)
    this.#shelves.set(account, shelf)
    return shelf
  }

  #load(account: number): Promise<Shelf> {
    const loading = this.#read(account)
      .then(shelf => {
        // An account that was erased meanwhile has lost its place.
        if (this.#loading.get(account) === loading) {
          this.#shelves.set(account, shelf)
          this.#weigh(shelf)
          this.#makeRoom()
        }
        return shelf
      })
      .finally(() => {
        if (this.#loading.get(account) === loading) this.#loading.delete(account)
      })
    this.#loading.set(account, loading)
    return loading
  }

  async #read(account: number): Promise<Shelf> {
    const shelf = new Shelf(account)
    const nodes = await this.#documents.list(account, nodesCollection)
    for (const stored of nodes) shelf.place(nodeOf(stored))
    if (nodes.length === 0) return shelf
    const lists = [sharedItemsCollection, ownItemsCollection].map(where => this.#documents.list(account, where))
    const items = (await Promise.all(lists)).flat().map(itemOf)
    for (const { node: name, ...item } of items.sort((one, other) => one.order - other.order)) {
      const node = shelf.get(name)
      if (node !== undefined) shelf.placeItem(node, item)
    }
    return shelf
  }

  /** Resolves when a change that the shelf has made is on disk. Where it cannot get there the shelf is read anew. */
  async write(shelf: Shelf, changes: readonly Change[]): Promise<void> {
    const { account } = shelf
    this.#writing.set(account, (this.#writing.get(account) ?? 0) + 1)
    this.#weigh(shelf)
    try {
      await this.#documents.change(account, changes)
    } catch (thrown) {
      this.forget(account)
      throw thrown
    } finally {
      const left = (this.#writing.get(account) ?? 1) - 1
      if (left > 0) this.#writing.set(account, left)
      else this.#settled(shelf)
    }
  }

  #settled(shelf: Shelf): void {
    const { account } = shelf
    this.#writing.delete(account)
    // Whoever changed a shelf that had left memory meanwhile has changed the store alone.
    if (this.#shelves.get(account) !== shelf) this.forget(account)
    shelf.lighten()
    this.#makeRoom()
  }

  /** The payload of an item; undefined if it is gone by now. */
  async text(shelf: Shelf, node: Node, item: Item): Promise<string | undefined> {
    if (item.text !== undefined) return item.text
    const stored = await this.#documents.get(shelf.account, largePayloadsCollection, itemKey(node.name, item.id))
    return stored === undefined ? undefined : stored.slice(stored.indexOf('\n') + 1)
  }

  /** The account is gone, or what is in memory cannot be trusted. */
  forget(account: number): void {
    this.#loading.delete(account)
    this.#shelves.delete(account)
    this.#weight -= this.#weights.get(account) ?? 0
    this.#weights.delete(account)
  }

  #weigh(shelf: Shelf): void {
    const { account, weight } = shelf
    if (this.#shelves.get(account) !== shelf) return
    this.#weight += weight - (this.#weights.get(account) ?? 0)
    this.#weights.set(account, weight)
  }

  #makeRoom(): void {
    for (const account of this.#shelves.keys()) {
      if (this.#weight <= this.#heaviest) return
      if (!this.#writing.has(account)) this.forget(account)
    }
  }
}
