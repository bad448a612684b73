/** How nodes and items are kept: as documents of the account, in collections by who may read them. */
import type { Change, Document } from '../../accounts/documents.ts'
import { type CollectionDeclaration, collection } from '../../privacy/catalogue.ts'
import { type BareJid, isBare, type Jid, parseJid } from '../../protocol/jid.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import { write } from '../../protocol/xml/write.ts'
import { configurationForm, type NodeConfiguration, usual } from './configuration.ts'
import { pubsub, pubsubOwner } from './names.ts'
import { type Affiliation, type Item, Node, type Subscription } from './node.ts'

const keep = 'until the owner’s apps replace or remove it'

export const nodesCollection = collection('pep-nodes', {
  why: 'which nodes apps of the account publish to (pictures, keys, bookmarks …), who may read each, and who asked to be told of changes',
  keep,
  reader: 'owner',
  exported: stored =>
    stored.length === 0 ? [] : [xml('pubsub', { xmlns: pubsubOwner }, stored.map(nodeOf).flatMap(exportedNode))],
})

export const sharedItemsCollection = collection('pep-shared', {
  why: 'what apps of the account publish to others: a picture, a nickname, encryption keys; the owner decides for each node who may read it',
  keep,
  reader: 'public',
  exported: exportedItems,
})

export const ownItemsCollection = collection('pep-private', {
  why: 'what apps of the account publish for its own devices alone: bookmarks, what has been read, settings',
  keep,
  reader: 'owner',
  exported: exportedItems,
})

export const largePayloadsCollection = collection('pep-large', {
  why: 'what is published and too large to stay in memory, such as pictures; read by whoever may read the item it belongs to',
  keep,
  reader: 'public',
  exported: exportedItems,
})

export const pepCollections = [nodesCollection, sharedItemsCollection, ownItemsCollection, largePayloadsCollection]

interface KeptNode {
  readonly configuration: NodeConfiguration
  readonly subscriptions?: readonly (readonly [Jid, Subscription])[]
  readonly affiliations?: readonly (readonly [BareJid, Affiliation])[]
}

/** The change that keeps a node as it is now. */
export function nodeChange({ name, configuration, subscriptions, affiliations }: Node): Change {
  const kept: KeptNode = {
    configuration,
    ...(subscriptions.size > 0 ? { subscriptions: [...subscriptions] } : {}),
    ...(affiliations.size > 0 ? { affiliations: [...affiliations] } : {}),
  }
  return { collection: nodesCollection, key: name, value: JSON.stringify(kept) }
}

export function nodeOf({ key, value }: Document): Node {
  const kept = JSON.parse(value) as KeptNode
  const node = new Node(key, { ...usual, ...kept.configuration })
  for (const [jid, subscription] of kept.subscriptions ?? []) {
    const subscriber = parseJid(jid)
    if (subscriber !== undefined) node.subscriptions.set(subscriber, subscription)
  }
  for (const [jid, affiliation] of kept.affiliations ?? []) {
    const entity = parseJid(jid)
    if (entity !== undefined && isBare(entity)) node.affiliations.set(entity, affiliation)
  }
  return node
}

/** Where a node's items are kept, apart from payloads that are too large. */
export function collectionOf(node: Node): CollectionDeclaration {
  return node.configuration.accessModel === 'whitelist' ? ownItemsCollection : sharedItemsCollection
}

export function itemKey(node: string, id: string): string {
  return JSON.stringify([node, id])
}

/** An item as it is kept: its place in the order and its size, then the payload unless that is kept apart. */
export function itemValue({ order, bytes }: Item, text: string | undefined): string {
  return `${order} ${bytes}\n${text ?? ''}`
}

export interface KeptItem extends Item {
  readonly node: string
}

export function itemOf({ key, value }: Document): KeptItem {
  const [node = '', id = ''] = JSON.parse(key) as string[]
  const end = value.indexOf('\n')
  const [order, bytes] = value.slice(0, end).split(' ').map(Number)
  const text = value.slice(end + 1)
  return { node, id, order: order ?? 0, bytes: bytes ?? 0, text: text === '' && bytes !== 0 ? undefined : text }
}

/** XEP-0227#pep-config */
function exportedNode(node: Node): Element[] {
  const { name, configuration, affiliations, subscriptions } = node
  const list = (kind: string, children: Element[]) =>
    children.length === 0 ? [] : [xml(kind, { node: name }, children)]
  return [
    xml('configure', { node: name }, configurationForm(configuration)),
    ...list(
      'affiliations',
      Array.from(affiliations, ([jid, affiliation]) => xml('affiliation', { jid, affiliation })),
    ),
    ...list(
      'subscriptions',
      Array.from(subscriptions, ([jid, { state, id }]) => xml('subscription', { jid, subscription: state, subid: id })),
    ),
  ]
}

/** XEP-0227#pep-items */
function exportedItems(stored: readonly Document[]): Element[] {
  const nodes = new Map<string, KeptItem[]>()
  for (const item of stored.map(itemOf)) {
    if (item.text === undefined) continue
    const items = nodes.get(item.node)
    if (items === undefined) nodes.set(item.node, [item])
    else items.push(item)
  }
  if (nodes.size === 0) return []
  const lists = Array.from(nodes, ([node, items]) =>
    xml('items', { node }, items.sort((one, other) => one.order - other.order).map(itemElement)),
  )
  return [xml('pubsub', { xmlns: pubsub }, lists)]
}

/** No element is in this namespace, so that every payload names its own. */
const nowhere = 'urn:sotto:nowhere'

/** A payload as it is kept: text that means the same wherever it is put. */
export function payloadText(payload: Element): string {
  return write(payload, nowhere)
}

/** `<item/>` in whatever namespace it is put. */
export function itemElement({ id, text = '' }: Pick<Item, 'id' | 'text'>): Element {
  return xml('item', { id }, text === '' ? undefined : parseElement(text))
}
