/** XEP-0060#owner: making, configuring, emptying and deleting nodes, and saying who may read them. */
import { randomBytes } from 'node:crypto'
import { type BareJid, isBare, type Jid, parseBareJid, parseJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { type Problem, problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { forgetOldBookmarks } from './bookmarks.ts'
import {
  configurationForm,
  configured,
  initialConfiguration,
  type NodeConfiguration,
  submittedForm,
  usual,
} from './configuration.ts'
import { nodeChange } from './documents.ts'
import { known, pubsub, pubsubOwner } from './names.ts'
import type { Affiliation, Node, Subscription } from './node.ts'
import { ListChange } from './owner-lists.ts'
import { nodeRequired, refusal, unsupported } from './refusals.ts'
import { type Handlers, insistOnOwner, nodeNamed, type PubsubRequest } from './request.ts'
import { insistOnRoom, recalculate, setSubscription, subscriptionElement, tellSubscriber } from './subscribers.ts'

const idBytes = 12

/** In the namespace of XEP-0060 itself. */
export const creatorSets: Handlers = {
  async create(request) {
    insistOnOwner(request)
    const { service, account, verb, pubsub: all } = request
    const shelf = await service.shelf(account)
    // XEP-0060#owner-create: without a name the service gives one.
    const asked = verb.attr('node') || undefined
    const name = asked ?? randomBytes(idBytes).toString('base64url')
    if (shelf.get(name) !== undefined) throw problem('conflict', 'There is such a node already.')
    const configure = all.child('configure')
    const form = configure?.child('x', NS.dataForms)
    const configuration =
      configure === undefined || form === undefined
        ? initialConfiguration(name)
        : configured(name, initialConfiguration(name), submittedForm(configure, 'Configurations'), service.limits.items)
    // The node of XEP-0048 is a view of the other one.
    const { changes } =
      name === known.oldBookmarks ? service.create(shelf, known.bookmarks) : service.create(shelf, name, configuration)
    await service.parts.shelves.write(shelf, changes)
    return asked === undefined ? xml('pubsub', { xmlns: pubsub }, xml('create', { node: name })) : undefined
  },
}

export const ownerGets: Handlers = {
  async default(request) {
    insistOnOwner(request)
    return xml('pubsub', { xmlns: pubsubOwner }, xml('default', null, configurationForm(usual)))
  },

  async configure(request) {
    const node = await ownNode(request)
    return xml(
      'pubsub',
      { xmlns: pubsubOwner },
      xml('configure', { node: node.name }, configurationForm(node.configuration)),
    )
  },

  async affiliations(request) {
    const node = await ownNode(request)
    const list = Array.from(node.affiliations, ([jid, affiliation]) => xml('affiliation', { jid, affiliation }))
    const owner = xml('affiliation', { jid: request.account.jid, affiliation: 'owner' })
    return xml('pubsub', { xmlns: pubsubOwner }, xml('affiliations', { node: node.name }, owner, list))
  },

  async subscriptions(request) {
    const { name, subscriptions } = await ownNode(request)
    const list = Array.from(subscriptions, ([jid, subscription]) =>
      subscriptionElement(name, jid, subscription).with({ node: undefined }),
    )
    return xml('pubsub', { xmlns: pubsubOwner }, xml('subscriptions', { node: name }, list))
  },
}

export const ownerSets: Handlers = {
  async configure(request) {
    const { service, account, verb } = request
    const node = await ownNode(request)
    const x = verb.child('x', NS.dataForms)
    // XEP-0060#owner-configure-submit: a form that is cancelled leaves all as it is.
    if (x?.attr('type') === 'cancel') return undefined
    const form = submittedForm(verb, 'Configurations')
    const configuration = configured(node.name, node.configuration, form, service.limits.items)
    if (node.name === known.oldBookmarks) insistOnSame(node, configuration)
    else await service.configure(account, node.name, configuration)
    return undefined
  },

  async delete(request) {
    const { service, account } = request
    const node = await ownNode(request)
    if (node.name === known.oldBookmarks) await forgetOldBookmarks(service, account)
    else await service.remove(account, node.name)
    return undefined
  },

  async purge(request) {
    const { service, account } = request
    const node = await ownNode(request)
    if (!node.configuration.persistItems) throw unsupported('persistent-items', 'This node keeps no items.')
    if (node.name === known.oldBookmarks) await forgetOldBookmarks(service, account)
    else await service.purge(account, node.name)
    return undefined
  },

  async affiliations(request) {
    const node = await ownNode(request)
    const { service, account, verb } = request
    const shelf = await service.shelf(account)
    insistOnReal(node)
    const list = new ListChange(verb, 'affiliation')
    const changed = await list.each(
      entry => {
        const [jid, affiliation] = affiliationIn(entry, account.jid)
        if (affiliation === undefined) node.affiliations.delete(jid)
        else {
          if (!node.affiliations.has(jid)) insistOnRoom(shelf, node)
          node.affiliations.set(jid, affiliation)
        }
      },
      entry => affiliationNow(node, account.jid, entry),
    )
    if (changed > 0) {
      await service.parts.shelves.write(shelf, [nodeChange(node)])
      await recalculate(service, account, node)
    }
    list.insistOnAll()
    return undefined
  },

  async subscriptions(request) {
    const node = await ownNode(request)
    const { service, account, verb } = request
    insistOnReal(node)
    const list = new ListChange(verb, 'subscription')
    await list.each(
      async entry => {
        const [jid, state] = subscriptionIn(entry)
        const shelf = await service.shelf(account)
        const present = service.node(shelf, node.name)
        const before = present.subscriptions.get(jid)
        if (before === undefined && state !== undefined) insistOnRoom(shelf, present)
        await setSubscription(service, shelf, present, jid, state)
        if (before?.state !== state) tellSubscriber(service, account, present, jid)
      },
      entry => subscriptionNow(node, entry),
    )
    list.insistOnAll()
    return undefined
  },
}

async function ownNode(request: PubsubRequest): Promise<Node> {
  insistOnOwner(request)
  const { service, account, verb } = request
  if ((verb.attr('node') ?? '') === '') throw nodeRequired()
  return service.node(await service.shelf(account), nodeNamed(request))
}

function insistOnSame(node: Node, configuration: NodeConfiguration): void {
  if (JSON.stringify(node.configuration) === JSON.stringify(configuration)) return
  throw problem('not-acceptable', 'This node shows the bookmarks of another one, and is configured with it.')
}

/** Nobody can be let into a node that only shows what another holds. */
function insistOnReal(node: Node): void {
  if (node.name === known.oldBookmarks) throw problem('not-allowed', 'This node is for its owner alone.')
}

function affiliationNow({ affiliations }: Node, owner: BareJid, entry: Element): Element {
  const named = entry.attr('jid')
  const jid = parseBareJid(named ?? '')
  const affiliation = jid === owner ? 'owner' : (jid && affiliations.get(jid)) || 'none'
  return xml('affiliation', { jid: named, affiliation })
}

function subscriptionNow({ name, subscriptions }: Node, entry: Element): Element {
  const named = entry.attr('jid')
  const jid = parseJid(named ?? '')
  return subscriptionElement(name, named, jid && subscriptions.get(jid)).with({ node: undefined })
}

const affiliations: ReadonlyMap<string, Affiliation | undefined> = new Map([
  ['member', 'member'],
  ['outcast', 'outcast'],
  ['none', undefined],
])

function affiliationIn(child: Element, owner: BareJid): readonly [BareJid, Affiliation | undefined] {
  const jid = addressIn(child)
  if (!isBare(jid)) throw problem('not-acceptable', 'Affiliations are those of people.')
  const wanted = child.attr('affiliation') ?? ''
  if (jid === owner) throw problem('not-acceptable', 'The owner of a node is always the account.')
  if (affiliations.has(wanted)) return [jid, affiliations.get(wanted)]
  if (wanted === 'publisher' || wanted === 'publish-only' || wanted === 'owner') {
    throw unsupported(`${wanted}-affiliation`, 'Only the owner publishes here.')
  }
  throw problem('bad-request', 'There is no such affiliation.')
}

const states: ReadonlyMap<string, Subscription['state'] | undefined> = new Map([
  ['subscribed', 'subscribed'],
  ['pending', 'pending'],
  ['none', undefined],
])

function subscriptionIn(child: Element): readonly [Jid, Subscription['state'] | undefined] {
  const wanted = child.attr('subscription') ?? ''
  if (!states.has(wanted)) throw problem('not-acceptable', 'There is no such state of a subscription.')
  return [addressIn(child), states.get(wanted)]
}

function addressIn(child: Element): Jid {
  const jid = parseJid(child.attr('jid') ?? '')
  if (jid === undefined) throw jidRequired()
  return jid
}

function jidRequired(): Problem {
  return refusal('bad-request', 'jid-required', 'Name somebody.')
}
