/** XEP-0060#subscriber and #entity: what everybody may ask of somebody's nodes, for themselves. */
import { bareOf, isBare, type Jid, parseJid } from '../../protocol/jid.ts'
import { type Problem, problem } from '../../protocol/problems.ts'
import { xml } from '../../protocol/xml/element.ts'
import { refusedReading } from './access.ts'
import { itemElement } from './documents.ts'
import { pubsub } from './names.ts'
import type { Node } from './node.ts'
import { Notice } from './notices.ts'
import { refusal, unsupported } from './refusals.ts'
import { type Handlers, isOwner, nodeNamed, type PubsubRequest } from './request.ts'
import { askOwner, insistOnRoom, setSubscription, subscriptionElement, subscriptionsOf } from './subscribers.ts'

export const subscriberSets: Handlers = {
  async subscribe(request) {
    const { service, account, pubsub: all } = request
    const shelf = await service.shelf(account)
    const node = service.node(shelf, nodeNamed(request))
    const jid = ownAddress(request)
    if (all.child('options') !== undefined) throw unsupported('subscription-options')
    const waits = insistOnAccess(request, node)
    const before = node.subscriptions.get(jid)
    if (before === undefined) insistOnRoom(shelf, node)
    const subscription = await setSubscription(service, shelf, node, jid, waits ? 'pending' : 'subscribed')
    if (waits) askOwner(service, account, node, jid)
    else if (before === undefined) await sendLast(request, node, jid)
    return xml('pubsub', { xmlns: pubsub }, subscriptionElement(node.name, jid, subscription))
  },

  async unsubscribe(request) {
    const { service, account, verb } = request
    const shelf = await service.shelf(account)
    const node = service.node(shelf, nodeNamed(request))
    // XEP-0060#subscriber-unsubscribe-error-forbidden
    const jid = ownAddress(request, problem('forbidden', 'That subscription is somebody else’s.'))
    const subscription = node.subscriptions.get(jid)
    if (subscription === undefined) {
      throw refusal('unexpected-request', 'not-subscribed', 'There is no such subscription.', { type: 'cancel' })
    }
    const id = verb.attr('subid')
    if (id !== undefined && id !== subscription.id) throw refusal('not-acceptable', 'invalid-subid')
    await setSubscription(service, shelf, node, jid, undefined)
    return undefined
  },

  async options() {
    throw unsupported('subscription-options')
  },
}

export const subscriberGets: Handlers = {
  async subscriptions({ service, account, asker, verb }) {
    const shelf = await service.shelf(account)
    const only = verb.attr('node')
    const nodes = [...shelf.all()].filter(({ name }) => only === undefined || name === only)
    const found = nodes.flatMap(node =>
      Array.from(subscriptionsOf(node, asker), ([jid, subscription]) =>
        subscriptionElement(node.name, jid, subscription),
      ),
    )
    return xml('pubsub', { xmlns: pubsub }, xml('subscriptions', { node: only }, found))
  },

  async affiliations(request) {
    const { service, account, asker, verb } = request
    const shelf = await service.shelf(account)
    const only = verb.attr('node')
    const bare = bareOf(asker)
    const found = [...shelf.all()].flatMap(node => {
      if (only !== undefined && node.name !== only) return []
      const affiliation = isOwner(request) ? 'owner' : isBare(bare) ? node.affiliations.get(bare) : undefined
      return affiliation === undefined ? [] : [xml('affiliation', { node: node.name, affiliation })]
    })
    return xml('pubsub', { xmlns: pubsub }, xml('affiliations', { node: only }, found))
  },

  async options() {
    throw unsupported('subscription-options')
  },

  async default() {
    throw unsupported('retrieve-default-sub')
  },
}

/** XEP-0060#subscriber-subscribe-error-nomatch: everybody subscribes for themselves. */
function ownAddress({ verb, asker }: PubsubRequest, foreign = invalidJid()): Jid {
  const jid = parseJid(verb.attr('jid') ?? '')
  if (jid === undefined) throw invalidJid()
  if (bareOf(jid) !== bareOf(asker)) throw foreign
  return jid
}

function invalidJid(): Problem {
  return refusal('bad-request', 'invalid-jid', 'Everybody subscribes with an address of their own.')
}

/** @returns whether the owner has to agree first */
function insistOnAccess({ account, asker }: PubsubRequest, node: Node): boolean {
  const refused = refusedReading(account, node, asker)
  if (refused === undefined) return false
  const mustAsk = node.configuration.accessModel === 'authorize' && refused.condition === 'not-authorized'
  if (!mustAsk) throw refused
  for (const [, { state }] of subscriptionsOf(node, asker)) {
    if (state === 'pending') {
      throw refusal('not-authorized', 'pending-subscription', 'The owner has not answered yet.')
    }
  }
  return true
}

/** XEP-0060#subscriber-subscribe-last */
async function sendLast({ service, account }: PubsubRequest, node: Node, jid: Jid): Promise<void> {
  const { sendLast: when, deliverPayloads } = node.configuration
  const item = node.newest
  if (when === 'never' || item === undefined) return
  const { shelves, post, randomId } = service.parts
  const text = deliverPayloads ? await shelves.text(await service.shelf(account), node, item) : ''
  if (text === undefined) return
  const happened = xml('items', { node: node.name }, itemElement({ id: item.id, text }))
  post.route(new Notice(account, happened, randomId()).addressed(jid), account.jid, jid)
}
