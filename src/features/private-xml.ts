/** XEP-0049: Private XML Storage. What an app wants to find again on another device, in elements of its own namespaces. */
import type { Documents } from '../accounts/documents.ts'
import { collection } from '../privacy/catalogue.ts'
import { problem } from '../protocol/problems.ts'
import { type Element, xml } from '../protocol/xml/element.ts'
import { parseElement } from '../protocol/xml/parser.ts'
import { write } from '../protocol/xml/write.ts'
import { type Feature, iqGet, iqSet, type Question, xep } from '../routing/feature.ts'
import type { ElementView } from '../routing/views.ts'

const ns = 'jabber:iq:private'

export const privateXmlCollection = collection('private-xml', {
  why: 'settings, bookmarks and the like, which apps keep for themselves on all devices of the account',
  keep: 'until the owner’s apps replace or empty it',
  reader: 'owner',
  exported: stored => {
    if (stored.length === 0) return []
    const elements = stored.map(({ value }) => parseElement(value))
    return [xml('query', { xmlns: ns }, elements)]
  },
})

/** All private elements of an account together may have this many times the size of the largest one. */
const largestInAll = 4

/**
 * @param largest bytes of one element
 * @param views elements that are kept by others, in another form
 */
export const privateXml = (documents: Documents, largest: number, views: readonly ElementView[] = []): Feature => {
  const viewOf = ({ name, ns: own }: Element): ElementView | undefined =>
    views.find(({ element }) => element === `{${own}}${name}`)

  async function get(question: Question): Promise<Element> {
    const { account, payload } = question
    const [wanted, second] = payload.elements()
    if (account === undefined || wanted === undefined || second !== undefined) {
      throw problem('bad-request', 'Ask for exactly one element.')
    }
    insistOnNamespace(wanted)
    const view = viewOf(wanted)
    const stored = view === undefined ? await read(account.id, wanted) : await view.read(account)
    // An element that was never stored is there, and empty.
    return xml('query', { xmlns: ns }, stored ?? wanted.with({}, []))
  }

  async function read(account: number, wanted: Element): Promise<Element | undefined> {
    const stored = await documents.get(account, privateXmlCollection, keyOf(wanted))
    return stored === undefined ? undefined : parseElement(stored)
  }

  async function set({ account, payload }: Question): Promise<void> {
    const elements = payload.elements()
    if (account === undefined || elements.length === 0) throw problem('not-acceptable', 'There is nothing to store.')
    const changes = new Map<string, string | undefined>()
    const elsewhere = new Map<ElementView, Element>()
    for (const element of elements) {
      insistOnNamespace(element)
      const empty = element.children.length === 0 && element.attrs.length === 0
      const text = empty ? undefined : write(element)
      if (text !== undefined && Buffer.byteLength(text) > largest) {
        throw problem('policy-violation', `One element can have up to ${largest} bytes.`)
      }
      const view = viewOf(element)
      if (view === undefined) changes.set(keyOf(element), text)
      else elsewhere.set(view, element)
    }
    let bytes = 0
    for (const { key, value } of await documents.list(account.id, privateXmlCollection)) {
      if (!changes.has(key)) bytes += sizeOf(key, value)
    }
    for (const [key, value] of changes) bytes += sizeOf(key, value)
    if (bytes > largest * largestInAll) {
      throw problem('resource-constraint', 'The space for private data is used up. Empty something else first.')
    }
    for (const [view, element] of elsewhere) {
      await view.write(account, element.children.length === 0 ? undefined : element)
    }
    await documents.change(
      account.id,
      Array.from(changes, ([key, value]) => ({ collection: privateXmlCollection, key, value })),
    )
  }

  return {
    name: 'private XML',
    implements: [xep(49, '1.2', 'complete')],
    advertises: { server: [ns], account: [ns] },
    // Nobody else's: whoever asks for another account’s gets the answer for an account that does not exist.
    answers: [iqGet(`{${ns}}query`, ['self'], get), iqSet(`{${ns}}query`, ['self'], set)],
  }
}

function insistOnNamespace({ ns: own }: Element): void {
  if (own === '' || own === ns) throw problem('not-acceptable', 'Private elements need a namespace of their own.')
}

function keyOf({ name, ns: own }: Element): string {
  return `${name} ${own}`
}

function sizeOf(key: string, value: string | undefined): number {
  return value === undefined ? 0 : Buffer.byteLength(key) + Buffer.byteLength(value)
}
