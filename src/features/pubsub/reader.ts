/** XEP-0060#subscriber-retrieve: reading items, all of them, some by id, the latest, or page by page (XEP-0059). */

import { problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { refusedReading } from './access.ts'
import { itemElement } from './documents.ts'
import { pubsub } from './names.ts'
import type { Item, Node } from './node.ts'
import { refusal } from './refusals.ts'
import { type Handlers, nodeNamed } from './request.ts'

const resultSets = 'http://jabber.org/protocol/rsm'

/** One answer is not longer, in bytes of payloads; the rest is on further pages. */
const longestAnswer = 1_048_576

export const readerGets: Handlers = {
  async items(request) {
    const { service, account, asker, verb, pubsub: all } = request
    const shelf = await service.shelf(account)
    const node = service.node(shelf, nodeNamed(request))
    const refused = refusedReading(account, node, asker)
    if (refused !== undefined) throw refused
    const { items, set } = selected(node, verb, all.child('set', resultSets))
    const found: Element[] = []
    for (const item of items) {
      const text = await service.parts.shelves.text(shelf, node, item)
      if (text !== undefined) found.push(itemElement({ id: item.id, text }))
    }
    return xml('pubsub', { xmlns: pubsub }, xml('items', { node: node.name }, found), set)
  },
}

interface Selection {
  readonly items: readonly Item[]
  /** `<set/>` of XEP-0059, where the answer is not the whole. */
  readonly set?: Element
}

function selected(node: Node, verb: Element, page: Element | undefined): Selection {
  const wanted = verb.elements().filter(child => child.is('item', pubsub))
  if (wanted.length > 0) {
    // XEP-0060#subscriber-retrieve-error-items: what is not there is left out.
    const items = wanted.map(child => node.find(child.attr('id') ?? ''))
    return { items: [...new Set(items)].filter(item => item !== undefined) }
  }
  const all = [...node.shown()]
  if (page !== undefined) return pageOf(all, page)
  const most = count(verb.attr('max_items'), all.length, () =>
    refusal('bad-request', 'invalid-options', '“max_items” is a number.'),
  )
  const items = most === 0 ? [] : all.slice(-most)
  const fitting = fits(items.toReversed()).toReversed()
  return fitting.length === items.length ? { items } : { items: fitting, set: setOf(fitting, all) }
}

/** XEP-0059: pages of a list whose items are named by their ids. */
function pageOf(all: readonly Item[], page: Element): Selection {
  const most = count(page.childText('max'), all.length, () => problem('bad-request', '“max” is a number.'))
  const after = page.childText('after')
  const before = page.childText('before')
  const [from, to] = [after ? placeOf(all, after) + 1 : 0, before ? placeOf(all, before) : all.length]
  const range = all.slice(from, to)
  const backwards = before !== undefined
  const chosen = backwards ? range.slice(Math.max(0, range.length - most)) : range.slice(0, most)
  const items = backwards ? fits(chosen.toReversed()).toReversed() : fits(chosen)
  return { items, set: setOf(items, all) }
}

function placeOf(all: readonly Item[], id: string): number {
  const place = all.findIndex(item => item.id === id)
  // XEP-0059#errors
  if (place < 0) throw problem('item-not-found', 'There is no such item to begin at.')
  return place
}

function count(text: string | undefined, usual: number, refused: () => Error): number {
  if (text === undefined) return usual
  if (!/^\d{1,9}$/.test(text)) throw refused()
  return Number(text)
}

/** As many of the first ones as one answer holds, one at least. */
function fits(items: readonly Item[]): Item[] {
  let bytes = 0
  return items.filter((item, at) => {
    bytes += item.bytes
    return at === 0 || bytes <= longestAnswer
  })
}

function setOf(items: readonly Item[], all: readonly Item[]): Element {
  const [first, last] = [items[0], items.at(-1)]
  return xml(
    'set',
    { xmlns: resultSets },
    first === undefined ? undefined : xml('first', { index: all.indexOf(first) }, first.id),
    last === undefined ? undefined : xml('last', null, last.id),
    xml('count', null, String(all.length)),
  )
}
