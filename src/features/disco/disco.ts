/**
 * XEP-0030: Service Discovery, with extension forms (XEP-0128) and the server's capabilities in the stream features
 * (XEP-0115). What is told follows from the list of features, so nothing is told that is not there.
 */
import type { LocalDomains } from '../../accounts/domains.ts'
import { bareOf } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { Problem, problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { verificationString } from '../../routing/capabilities.ts'
import { type Feature, type Item, iqGet, type Question, type ServerNode, xep } from '../../routing/feature.ts'
import { type Service, serviceFor } from '../../routing/services.ts'

const caps = 'http://jabber.org/protocol/caps'

/** Stands for this program in capabilities, whatever its version. */
const software = 'urn:sotto:server'

export interface DiscoParts {
  /** All of them, this one too; asked for once they are all there. */
  features(): readonly Feature[]
  readonly domains: LocalDomains
}

interface Known {
  readonly info: Element
  readonly version: string
}

/** Domains about which it is remembered what to tell; the rest is put together anew when somebody asks. */
const mostKnown = 200

export const disco = ({ features, domains }: DiscoParts): Feature => {
  const known = new Map<string, Known>()
  let changes = 0
  const about = (domain: string): Known => {
    if (changes !== domains.changes) known.clear()
    changes = domains.changes
    const there = known.get(domain)
    if (there !== undefined) return there
    const info = serverInfo(features(), domain)
    const made = { info, version: verificationString(info) }
    const [oldest] = known.size >= mostKnown ? known.keys() : []
    if (oldest !== undefined) known.delete(oldest)
    known.set(domain, made)
    return made
  }

  return {
    name: 'service discovery',
    implements: [
      xep(30, '2.5.0', 'complete'),
      xep(115, '1.6.0', 'partial', 'the capabilities of the server; those of clients are for clients'),
      xep(128, '1.0.1', 'complete'),
    ],
    advertises: {
      server: [NS.discoInfo, NS.discoItems, caps],
      account: [NS.discoInfo, NS.discoItems],
      service: [NS.discoInfo, NS.discoItems],
    },
    // XEP-0115#stream
    offersOf: domain => [xml('c', { xmlns: caps, hash: 'sha-1', node: software, ver: about(domain).version })],
    answers: [
      iqGet(`{${NS.discoInfo}}query`, ['server'], question => {
        const node = nodeOf(question.payload)
        const { info, version } = about(question.domain)
        // XEP-0030#info-nodes: the answer names the node of the question.
        if (node === undefined || node === `${software}#${version}`) return info.with({ node })
        return xml('query', { xmlns: NS.discoInfo, node }, serverNode(features(), node, question).info)
      }),
      iqGet(`{${NS.discoItems}}query`, ['server'], question => {
        const node = nodeOf(question.payload)
        if (node === undefined) return items(features().flatMap(feature => itemsOf(feature, question.domain, domains)))
        return items(serverNode(features(), node, question).items, node)
      }),
      iqGet(`{${NS.discoInfo}}query`, ['service'], ({ payload, service }) => {
        if (nodeOf(payload) !== undefined || service === undefined) throw noSuchNode()
        return serviceInfo(service, features())
      }),
      iqGet(`{${NS.discoItems}}query`, ['service'], ({ payload }) => {
        if (nodeOf(payload) !== undefined) throw noSuchNode()
        return items([])
      }),

      // XEP-0030#security: whoever may not see presence learns nothing, not even whether there is such an account.
      // Nodes have readers of their own: who may read one may learn what it is.
      iqGet(`{${NS.discoInfo}}query`, ['self', 'account'], async question => {
        const node = nodeOf(question.payload)
        if (node !== undefined) return nodeInfo(features(), question, node)
        if (!seesPresence(question)) throw problem('service-unavailable')
        return accountInfo(features())
      }),
      iqGet(`{${NS.discoItems}}query`, ['self', 'account'], async question => {
        const node = nodeOf(question.payload)
        const below = await itemsBelow(features(), question, node)
        if (node !== undefined) return below === undefined ? items([]) : items(below, node)
        const there = seesPresence(question) ? question.account?.sessions.filter(session => session.available) : []
        return items([...(there ?? []).map(({ jid }) => ({ jid })), ...(below ?? [])])
      }),
      iqGet(`{${NS.discoItems}}query`, ['nobody'], () => items([])),
    ],
  }
}

function serverInfo(features: readonly Feature[], domain: string): Element {
  return xml(
    'query',
    { xmlns: NS.discoInfo },
    xml('identity', { category: 'server', type: 'im', name: 'Sotto' }),
    featureElements(features.flatMap(feature => feature.advertises?.server ?? [])),
    features.flatMap(feature => feature.serverForms?.(domain) ?? []),
  )
}

function serviceInfo({ identity, advertises, forms }: Service, features: readonly Feature[]): Element {
  return xml(
    'query',
    { xmlns: NS.discoInfo },
    xml('identity', identity),
    featureElements([...advertises, ...features.flatMap(feature => feature.advertises?.service ?? [])]),
    forms?.() ?? [],
  )
}

function accountInfo(features: readonly Feature[]): Element {
  return xml(
    'query',
    { xmlns: NS.discoInfo },
    xml('identity', { category: 'account', type: 'registered' }),
    features.flatMap(feature => feature.accountDiscovery?.identities ?? []),
    featureElements(features.flatMap(feature => feature.advertises?.account ?? [])),
  )
}

/** Who may see presence is told why not; strangers are told what they would be told of nobody. */
async function nodeInfo(features: readonly Feature[], question: Question, node: string): Promise<Element> {
  const { account, from } = question
  try {
    for (const { accountDiscovery } of features) {
      const inside = account && from && (await accountDiscovery?.info(account, from, node))
      if (inside !== undefined) return xml('query', { xmlns: NS.discoInfo, node }, inside)
    }
  } catch (thrown) {
    if (!(thrown instanceof Problem) || seesPresence(question)) throw thrown
  }
  throw seesPresence(question) ? noSuchNode() : problem('service-unavailable')
}

/** @returns undefined where there is nothing that a stranger may know */
async function itemsBelow(
  features: readonly Feature[],
  question: Question,
  node: string | undefined,
): Promise<Item[] | undefined> {
  const { account, from } = question
  let all: Item[] | undefined
  try {
    for (const { accountDiscovery } of features) {
      const some = account && from && (await accountDiscovery?.items(account, from, node))
      if (some !== undefined) all = [...(all ?? []), ...some]
    }
  } catch (thrown) {
    if (!(thrown instanceof Problem) || seesPresence(question)) throw thrown
  }
  if (all === undefined && node !== undefined && seesPresence(question)) throw noSuchNode()
  return all
}

function featureElements(names: readonly string[]): Element[] {
  return [...new Set(names)].sort().map(name => xml('feature', { var: name }))
}

function itemsOf({ serverItems, service }: Feature, domain: string, domains: LocalDomains): readonly Item[] {
  const own = service === undefined ? [] : [{ jid: serviceFor(service, domain, domains), name: service.identity.name }]
  return [...own, ...(serverItems?.() ?? [])]
}

function items(all: readonly Item[], node?: string): Element {
  return xml(
    'query',
    { xmlns: NS.discoItems, node },
    all.map(({ jid, node: below, name }) => xml('item', { jid, node: below, name })),
  )
}

/** An empty node is none: some say it that way. */
function nodeOf(query: Element): string | undefined {
  return query.attr('node') || undefined
}

function seesPresence({ account, from }: Question): boolean {
  if (account === undefined || from === undefined) return false
  const asker = bareOf(from)
  return asker === account.jid || account.roster.isSeenBy(asker)
}

/** @throws Problem if no feature knows the node, or wants that asker to know it */
function serverNode(features: readonly Feature[], node: string, question: Question): ServerNode {
  for (const feature of features) {
    const found = feature.serverNode?.(node, question)
    if (found !== undefined) return found
  }
  throw noSuchNode()
}

const noSuchNode = () => problem('item-not-found', 'There is no such node.')
