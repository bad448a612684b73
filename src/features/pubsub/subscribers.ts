/** Explicit subscriptions to a node (XEP-0060#subscriber): who has one, and how those hear of it who are concerned. */
import { randomBytes } from 'node:crypto'
import { form } from '../../protocol/data-forms.ts'
import { bareOf, type Jid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { LocalAccount } from '../../routing/account.ts'
import { refusedReading } from './access.ts'
import { nodeChange } from './documents.ts'
import { pubsub } from './names.ts'
import type { Node, Subscription } from './node.ts'
import { Notice } from './notices.ts'
import { refusal } from './refusals.ts'
import type { PubsubService } from './service.ts'
import type { Shelf } from './shelf.ts'

/** Strangers can subscribe to open nodes. */
const mostOfNode = 500
const mostOfAccount = 2_000

const idBytes = 6

export const authorization = `${pubsub}#subscribe_authorization`

export function insistOnRoom(shelf: Shelf, node: Node): void {
  let all = 0
  for (const { subscriptions, affiliations } of shelf.all()) all += subscriptions.size + affiliations.size
  if (node.subscriptions.size + node.affiliations.size < mostOfNode && all < mostOfAccount) return
  throw refusal('policy-violation', 'too-many-subscriptions', 'There are too many subscriptions.', { type: 'wait' })
}

/** `<subscription/>` */
export function subscriptionElement(
  node: string,
  jid: string | undefined,
  subscription: Subscription | undefined,
): Element {
  const { state = 'none', id } = subscription ?? {}
  return xml('subscription', { node, jid, subscription: state, subid: id })
}

/** Resolves when it is on disk. Undefined ends the subscription. */
export async function setSubscription(
  service: PubsubService,
  shelf: Shelf,
  node: Node,
  jid: Jid,
  state: Subscription['state'] | undefined,
): Promise<Subscription | undefined> {
  const before = node.subscriptions.get(jid)
  if (before?.state === state) return before
  if (state === undefined) node.subscriptions.delete(jid)
  else node.subscriptions.set(jid, { state, id: before?.id ?? randomBytes(idBytes).toString('base64url') })
  await service.parts.shelves.write(shelf, [nodeChange(node)])
  return node.subscriptions.get(jid)
}

/** XEP-0060#impl-subchange: the subscriber hears what the owner, or a change of who may read, has made of it. */
export function tellSubscriber(service: PubsubService, account: LocalAccount, node: Node, jid: Jid): void {
  const { post, randomId } = service.parts
  const changed = subscriptionElement(node.name, jid, node.subscriptions.get(jid)).with({ subid: undefined })
  post.route(new Notice(account, changed, randomId()).addressed(jid), account.jid, jid)
}

/**
 * XEP-0163#impl-subscriptions: who may read has changed, or may have. Whoever may not any longer is not subscribed any longer,
 * and whoever need not wait for the owner's word any more is.
 */
export async function recalculate(service: PubsubService, account: LocalAccount, node: Node): Promise<void> {
  for (const [jid, { state }] of [...node.subscriptions]) {
    const due = dueState(account, node, jid, state)
    if (due === state) continue
    await setSubscription(service, await service.shelf(account), node, jid, due)
    tellSubscriber(service, account, node, jid)
  }
}

function dueState(
  account: LocalAccount,
  node: Node,
  jid: Jid,
  state: Subscription['state'],
): Subscription['state'] | undefined {
  // What is blocked is told nothing, and may be unblocked.
  if (account.blocklist.blocks(jid)) return state
  const refused = refusedReading(account, node, jid)
  if (refused === undefined) return 'subscribed'
  return node.configuration.accessModel === 'authorize' && refused.condition === 'not-authorized' ? state : undefined
}

/** XEP-0060#owner-subreq: the owner's devices are asked. Who is away finds the request in the list of subscriptions. */
export function askOwner(service: PubsubService, account: LocalAccount, node: Node, jid: Jid): void {
  const fields = [
    { name: 'pubsub#node', type: 'text-single', label: 'Node', values: [node.name] },
    { name: 'pubsub#subscriber_jid', type: 'jid-single', label: 'Who wants to subscribe', values: [jid] },
    { name: 'pubsub#allow', type: 'boolean', label: 'Allow it?', values: ['0'] },
  ] as const
  const { post, randomId } = service.parts
  const title = 'Somebody wants to subscribe'
  const message = xml(
    'message',
    { xmlns: NS.client, type: 'headline', from: account.jid, to: account.jid, id: randomId() },
    form({ type: 'form', means: authorization, title, fields }),
  )
  post.route(message, account.jid, account.jid)
}

/** The subscriptions of one person, whatever device they named. */
export function* subscriptionsOf(node: Node, person: Jid): IterableIterator<readonly [Jid, Subscription]> {
  for (const [jid, subscription] of node.subscriptions) if (bareOf(jid) === bareOf(person)) yield [jid, subscription]
}
