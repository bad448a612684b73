/** What apps had published (XEP-0227#pep), put out again as if they did it here: who may read it stays as it was. */

import type { ImportReport } from '../../accounts/import-report.ts'
import { parseForm } from '../../protocol/data-forms.ts'
import { NS } from '../../protocol/namespaces.ts'
import { ownCopy } from '../../protocol/own-copy.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { detach } from '../../protocol/xml/parser.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { OnBehalf } from '../../routing/on-behalf.ts'
import { roomOf } from './room.ts'

const pubsub = 'http://jabber.org/protocol/pubsub'

/** Nodes that mean something to the devices and archives of the old account, and would mislead people here. */
const boundToAccount = /^(eu\.siacs\.conversations\.axolotl\.|urn:xmpp:omemo:)/
const boundToService: ReadonlySet<string> = new Set(['urn:xmpp:moved:1', 'urn:xmpp:mds:displayed:0'])

/** Nodes that everybody may read, or that this server knows how to guard, where a file does not say who may read them. */
const ruled =
  /^(urn:xmpp:avatar:(data|metadata)|http:\/\/jabber\.org\/protocol\/nick|urn:xmpp:bookmarks:1|storage:bookmarks|eu\.siacs\.conversations\.axolotl\..*|urn:xmpp:omemo:2:(devices|bundles))$/

/** What is carried over of the configuration of a node. */
const carried = [
  'pubsub#access_model',
  'pubsub#persist_items',
  'pubsub#max_items',
  'pubsub#send_last_published_item',
  'pubsub#roster_groups_allowed',
  'pubsub#title',
  'pubsub#type',
] as const

/** All that is held until the file has said who may read it. */
const mostBytes = 16 * 1024 * 1024
const mostNodes = 1000

type Configuration = ReadonlyMap<string, readonly string[]> | undefined

interface HeldNode {
  /** 'lost': it was too long to be held, so nobody knows who may read what is in the node. */
  configuration: Configuration | 'lost'
  readonly items: Element[]
}

export interface NodeImport {
  readonly account: LocalAccount
  readonly onBehalf: OnBehalf
  readonly report: ImportReport
  /** The account had this very address: the keys of its devices are still theirs. */
  readonly sameAddress: boolean
}

export class HeldNodes {
  readonly #nodes = new Map<string, HeldNode>()
  readonly #way: NodeImport
  #bytes = 0

  constructor(way: NodeImport) {
    this.#way = way
  }

  /** A `<configure/>` (XEP-0227#pep-config). */
  configure(element: Element): void {
    const name = element.attr('node')
    const x = element.child('x', NS.dataForms)
    const form = x && parseForm(x)
    const node = name === undefined || form === undefined ? undefined : this.#node(name)
    if (node === undefined) return
    // Prosody names every field, and leaves empty what is as usual.
    const said = carried.filter(field => form!.values(field).some(value => value !== ''))
    const values = said.map(field => [field, form!.values(field).map(ownCopy)] as const)
    node.configuration = this.#hasRoom(roomOf(element)) ? new Map(values) : 'lost'
  }

  /** An `<item/>` (XEP-0227#pep-items). */
  add(name: string, item: Element): void {
    const { report, sameAddress } = this.#way
    if (boundToService.has(name) || (!sameAddress && boundToAccount.test(name))) {
      report.bound++
      return
    }
    const node = this.#node(name)
    if (node !== undefined && this.#hasRoom(roomOf(item))) node.items.push(detach(item))
    else report.published.left++
  }

  /** Publishes everything. */
  async publish(): Promise<void> {
    for (const [name, node] of this.#nodes) if (node.items.length > 0) await this.#publish(name, node)
    this.#nodes.clear()
  }

  #node(name: string): HeldNode | undefined {
    let node = this.#nodes.get(name)
    if (node === undefined && this.#nodes.size < mostNodes && this.#hasRoom(2 * name.length)) {
      node = { configuration: undefined, items: [] }
      this.#nodes.set(ownCopy(name), node)
    }
    return node
  }

  #hasRoom(bytes: number): boolean {
    if (this.#bytes + bytes > mostBytes) return false
    this.#bytes += bytes
    return true
  }

  async #publish(name: string, { configuration, items }: HeldNode): Promise<void> {
    const { published } = this.#way.report
    if (configuration === 'lost') {
      published.left += items.length
      return
    }
    const there = await this.#idsIn(name)
    const one = (configuration?.get('pubsub#max_items')?.[0] ?? '1') === '1'
    for (const item of items) {
      const id = item.attr('id')
      // What is here was put here by its owner, later than what is in the file.
      if ((id !== undefined && there.has(id)) || (one && there.size > 0)) published.there++
      else if (await this.#publishOne(name, configuration, item)) published.taken++
      else published.left++
    }
  }

  async #idsIn(name: string): Promise<ReadonlySet<string>> {
    const answer = await this.#ask('get', xml('items', { node: name }))
    const items = answer.child('pubsub', pubsub)?.child('items')?.elements() ?? []
    return new Set(items.map(item => item.attr('id') ?? ''))
  }

  async #publishOne(name: string, configuration: Configuration, item: Element): Promise<boolean> {
    const publish = xml('publish', { node: name }, item)
    for (const options of optionsFor(name, configuration)) {
      const answer = await this.#ask('set', publish, options)
      if (answer.attr('type') === 'result') return true
    }
    return false
  }

  #ask(type: 'get' | 'set', ...inside: (Element | undefined)[]): Promise<Element> {
    const { account, onBehalf } = this.#way
    const iq = xml('iq', { xmlns: NS.client, type, to: account.jid }, xml('pubsub', { xmlns: pubsub }, inside))
    return onBehalf.asks(account, iq)
  }
}

/**
 * What is demanded of a node, one after the other: all that the file says, then who may read it and no more. A node that is
 * here already and can be read by others than the file says gets nothing.
 */
function optionsFor(name: string, configuration: Configuration): readonly (Element | undefined)[] {
  if (configuration === undefined || configuration.get('pubsub#access_model') === undefined) {
    // The owner alone, where nobody knows.
    return [ruled.test(name) ? undefined : options(new Map([['pubsub#access_model', ['whitelist']]]))]
  }
  const readers = ['pubsub#access_model', 'pubsub#roster_groups_allowed']
  const least = new Map([...configuration].filter(([field]) => readers.includes(field)))
  const unlimited = new Map([...configuration, ['pubsub#max_items', ['max']]] as const)
  return [options(configuration), options(unlimited), options(least)]
}

function options(fields: ReadonlyMap<string, readonly string[]>): Element {
  const field = (name: string, values: readonly string[], type?: string): Element =>
    xml(
      'field',
      { var: name, type },
      values.map(value => xml('value', null, value)),
    )
  return xml(
    'publish-options',
    null,
    xml(
      'x',
      { xmlns: NS.dataForms, type: 'submit' },
      field('FORM_TYPE', [`${pubsub}#publish-options`], 'hidden'),
      [...fields].map(([name, values]) => field(name, values)),
    ),
  )
}
