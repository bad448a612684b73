/** What can be done to an account's nodes, whoever asks for it: clients, or other features in their name. */
import type { Change } from '../../accounts/documents.ts'
import type { ReceivedForm } from '../../protocol/data-forms.ts'
import { problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { LocalAccount } from '../../routing/account.ts'
import {
  configurationForm,
  configuredByOptions,
  initialConfiguration,
  insistOnPreconditions,
  type NodeConfiguration,
} from './configuration.ts'
import { payloadText } from './documents.ts'
import { longestItemId, longestNode } from './names.ts'
import type { Item, Node } from './node.ts'
import { type NoticeParts, tellAll } from './notices.ts'
import { noSuchNode, refusal } from './refusals.ts'
import type { Shelf } from './shelf.ts'
import type { Shelves } from './shelves.ts'

export interface Limits {
  /** Nodes of one account. */
  readonly nodes: number
  /** Items of one node. */
  readonly items: number
  /** Bytes of one payload, and of all payloads of an account. */
  readonly itemBytes: number
  readonly accountBytes: number
}

export interface ServiceParts extends NoticeParts {
  readonly shelves: Shelves
  readonly limits: Limits
}

export interface Publication {
  readonly id: string
  readonly payload: Element | undefined
}

/** Told when the items of a node have changed, after that is on disk. */
export type NodeWatcher = (account: LocalAccount, shelf: Shelf, node: string) => void

export class PubsubService {
  readonly parts: ServiceParts
  readonly watchers: NodeWatcher[] = []

  constructor(parts: ServiceParts) {
    this.parts = parts
  }

  get limits(): Limits {
    return this.parts.limits
  }

  shelf(account: LocalAccount): Shelf | Promise<Shelf> {
    return this.parts.shelves.of(account.id)
  }

  /** @throws Problem where there is no such node */
  node(shelf: Shelf, name: string): Node {
    const node = shelf.get(name)
    if (node === undefined) throw noSuchNode()
    return node
  }

  /** @returns the node, not yet on disk, and what puts it there */
  create(shelf: Shelf, name: string, configuration?: NodeConfiguration): { node: Node; changes: Change[] } {
    if (Buffer.byteLength(name) > longestNode) throw problem('not-acceptable', 'The name of this node is too long.')
    if (shelf.size >= this.limits.nodes) {
      throw refusal('conflict', 'max-nodes-exceeded', 'Your account cannot have more nodes. Delete one first.')
    }
    return shelf.create(name, configuration)
  }

  /**
   * XEP-0060#publisher-publish: publishes items, in a node that is made where there is none.
   * @param options what the publisher takes for granted about the node
   * @param made what a new node is like where there are no options
   * @throws Problem, and then nothing has changed
   */
  async publish(
    account: LocalAccount,
    name: string,
    publications: readonly Publication[],
    options?: ReceivedForm,
    made: NodeConfiguration = initialConfiguration(name),
  ): Promise<void> {
    const shelf = await this.shelf(account)
    const existing = shelf.get(name)
    const { items } = this.limits
    if (existing !== undefined && options !== undefined) insistOnPreconditions(existing.configuration, options, items)
    const configuration =
      existing?.configuration ?? (options === undefined ? made : configuredByOptions(name, options, items))
    const ready = publications.map(publication => this.#ready(publication, configuration))
    if (configuration.persistItems) this.#insistOnRoom(shelf, existing, ready)
    const { node, changes } =
      existing === undefined ? this.create(shelf, name, configuration) : { node: existing, changes: [] }
    if (configuration.persistItems) {
      for (const { id, text } of ready) changes.push(...shelf.publish(node, id, text, items))
    }
    if (changes.length > 0) await this.parts.shelves.write(shelf, changes)
    const shown = ready.map(({ id, payload }) =>
      xml('item', { id }, configuration.deliverPayloads ? payload : undefined),
    )
    tellAll(this.parts, account, node, xml('items', { node: name }, shown))
    this.#changed(account, shelf, name)
  }

  #ready(
    { id, payload }: Publication,
    configuration: NodeConfiguration,
  ): { id: string; payload?: Element; text: string } {
    const { persistItems, deliverPayloads } = configuration
    if (Buffer.byteLength(id) > longestItemId) throw problem('not-acceptable', 'The id of this item is too long.')
    if (payload === undefined) {
      // XEP-0060#events: only a notice without payload needs none.
      if (deliverPayloads) throw refusal('bad-request', 'payload-required', 'An item of this node has a payload.')
      return { id, text: '' }
    }
    if (!persistItems && !deliverPayloads) {
      throw refusal('bad-request', 'item-forbidden', 'This node tells that something happened, and nothing more.')
    }
    const text = payloadText(payload)
    if (Buffer.byteLength(text) > this.limits.itemBytes) {
      const { itemBytes } = this.limits
      throw refusal('not-acceptable', 'payload-too-big', `An item can have up to ${itemBytes} bytes.`, {
        type: 'modify',
      })
    }
    return { id, payload, text }
  }

  #insistOnRoom(shelf: Shelf, node: Node | undefined, ready: readonly { id: string; text: string }[]): void {
    let bytes = shelf.bytes
    const leaving = new Set<Item>()
    for (const { id, text } of ready) {
      bytes += Buffer.byteLength(text)
      const replaced = node?.get(id)
      if (replaced !== undefined) leaving.add(replaced)
    }
    for (const { bytes: freed } of leaving) bytes -= freed
    if (bytes <= this.limits.accountBytes) return
    // The oldest items of a full node leave anyway.
    const { maxItems = 1 } = node?.configuration ?? {}
    const room = maxItems === 'max' ? this.limits.items : maxItems
    let surplus = (node?.size ?? 0) - leaving.size + ready.length - room
    for (const item of node?.items() ?? []) {
      if (surplus-- <= 0) break
      if (!leaving.has(item)) bytes -= item.bytes
    }
    if (bytes > this.limits.accountBytes) {
      throw problem('resource-constraint', 'The space of your account is used up. Remove something else first.')
    }
  }

  /**
   * XEP-0060#publisher-delete
   * @param notify whether to tell others even of a node that does not
   */
  async retract(account: LocalAccount, name: string, ids: readonly string[], notify: boolean): Promise<void> {
    const { shelf, node } = await this.#find(account, name)
    const items = ids.flatMap(id => node.get(id) ?? [])
    await this.parts.shelves.write(
      shelf,
      items.flatMap(item => shelf.retract(node, item)),
    )
    if (notify || node.configuration.notifyRetract) {
      const gone = ids.map(id => xml('retract', { id }))
      tellAll(this.parts, account, node, xml('items', { node: node.name }, gone))
    }
    this.#changed(account, shelf, node.name)
  }

  /** XEP-0060#owner-purge */
  async purge(account: LocalAccount, name: string): Promise<void> {
    const { shelf, node } = await this.#find(account, name)
    await this.parts.shelves.write(shelf, shelf.clear(node))
    if (node.configuration.notifyRetract) tellAll(this.parts, account, node, xml('purge', { node: node.name }))
    this.#changed(account, shelf, node.name)
  }

  /** XEP-0060#owner-delete */
  async remove(account: LocalAccount, name: string): Promise<void> {
    const { shelf, node } = await this.#find(account, name)
    await this.parts.shelves.write(shelf, shelf.remove(node))
    if (node.configuration.notifyDelete) tellAll(this.parts, account, node, xml('delete', { node: node.name }), true)
    this.#changed(account, shelf, node.name)
  }

  /** XEP-0060#owner-configure */
  async configure(account: LocalAccount, name: string, configuration: NodeConfiguration): Promise<void> {
    const { shelf, node } = await this.#find(account, name)
    await this.parts.shelves.write(shelf, shelf.configure(node, configuration, this.limits.items))
    if (configuration.notifyConfig) {
      const shown = configuration.deliverPayloads ? configurationForm(configuration, 'result') : undefined
      tellAll(this.parts, account, node, xml('configuration', { node: node.name }, shown))
    }
    this.#changed(account, shelf, node.name)
  }

  /** Whoever waited for something in between may hold a node that has left memory: the name leads to the one that counts. */
  async #find(account: LocalAccount, name: string): Promise<{ shelf: Shelf; node: Node }> {
    const shelf = await this.shelf(account)
    return { shelf, node: this.node(shelf, name) }
  }

  #changed(account: LocalAccount, shelf: Shelf, node: string): void {
    for (const watcher of this.watchers) watcher(account, shelf, node)
  }
}
