/**
 * XEP-0227: Portable Import/Export Format. Everything that is kept of an account, as one file that its owner can read and
 * other servers can take in. It is made piece by piece, so that a long history needs no more memory than a short one.
 */

import type { CollectionDeclaration } from '../privacy/catalogue.ts'
import { NS } from '../protocol/namespaces.ts'
import { type Element, xml } from '../protocol/xml/element.ts'
import { parseElement } from '../protocol/xml/parser.ts'
import { openTag, write } from '../protocol/xml/write.ts'
import type { Account } from './accounts.ts'
import type { Verifier } from './credentials.ts'
import type { Documents } from './documents.ts'

const pie = 'urn:xmpp:pie:0'
/** Files, invitations and the like, of which XEP-0227 knows nothing (docs/extensions/kept.md). */
export const keptNs = 'urn:sotto:kept:0'

/** A message of the history. */
export interface ExportedMessage {
  /** Its id in the archive. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly time: number
  /** The stanza. */
  readonly text: string
}

export interface ExportParts {
  readonly documents: Documents
  /** In the order in which they stand in the file. */
  readonly collections: readonly CollectionDeclaration[]
  /** What else is kept, apart from the messages: elements of the namespace `keptNs`. */
  kept?(account: number): AsyncIterable<Element>
  /** Stanzas that no device has yet, oldest first. */
  waiting(account: number): AsyncIterable<string>
  /** Oldest first; undefined where no history is kept. */
  history?(account: number): AsyncIterable<ExportedMessage>
  /** What the account said in rooms of this service; undefined where none is kept. */
  inRooms?(account: Account): AsyncIterable<ExportedMessage>
}

export interface Exported {
  readonly account: Account
  /** To be put into the file: whoever has it can try passwords. */
  readonly verifiers?: readonly Verifier[]
}

/** Characters that are collected before they are handed on. */
const pieceLength = 65_536

/** The file, in pieces of about 64 thousand characters. */
export async function* exportAccount(parts: ExportParts, exported: Exported): AsyncGenerator<string> {
  let piece = ''
  for await (const text of texts(parts, exported)) {
    piece += text
    if (piece.length < pieceLength) continue
    yield piece
    piece = ''
  }
  yield piece
}

async function* texts(parts: ExportParts, { account, verifiers = [] }: Exported): AsyncGenerator<string> {
  const { id, localpart, domain } = account
  const root = xml('server-data', { xmlns: pie })
  yield `<?xml version='1.0' encoding='UTF-8'?>\n${openTag(root)}\n`
  yield `${openTag(xml('host', { xmlns: pie, jid: domain }), pie)}\n`
  yield `${openTag(xml('user', { xmlns: pie, name: localpart }), pie)}\n`
  // The schema of XEP-0227 wants these first; then elements of other namespaces in any order.
  yield* within('offline-messages', pie, parts.waiting(id), text => parseElement(text))
  for (const verifier of verifiers) yield line(credentials(verifier))
  const elements: Element[] = []
  for (const collection of parts.collections) {
    const documents = await parts.documents.list(id, collection)
    documents.sort((one, other) => (one.key < other.key ? -1 : 1))
    elements.push(...collection.exported(documents))
  }
  for (const element of together(elements)) yield line(element)
  if (parts.kept !== undefined) yield* within('kept', keptNs, parts.kept(id), element => element)
  if (parts.history !== undefined) yield* within('archive', `${pie}#mam`, parts.history(id), result)
  if (parts.inRooms !== undefined) yield* within('rooms', 'urn:sotto:rooms', parts.inRooms(account), result)
  yield '</user>\n</host>\n</server-data>\n'
}

/** Several collections may be of one kind, such as nodes (XEP-0227#pep-items): elements with the same opening tag become one. */
function together(elements: readonly Element[]): Element[] {
  const found = new Map<string, Element>()
  for (const element of elements) {
    const tag = openTag(element)
    const before = found.get(tag)
    const both = before?.with({}, together([...before.elements(), ...element.elements()]))
    found.set(tag, both ?? element)
  }
  return [...found.values()]
}

/** An element around others; nothing where there are none. */
async function* within<T>(
  name: string,
  ns: string,
  each: AsyncIterable<T>,
  element: (one: T) => Element,
): AsyncGenerator<string> {
  let any = false
  for await (const one of each) {
    if (!any) yield `${openTag(xml(name, { xmlns: ns }), pie)}\n`
    any = true
    yield line(element(one), ns)
  }
  if (any) yield `</${name}>\n`
}

function line(element: Element, inScope = pie): string {
  return `${write(element, inScope, false)}\n`
}

/** XEP-0227#scram-credentials */
function credentials({ hash, iterations, salt, serverKey, storedKey }: Verifier): Element {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  return xml(
    'scram-credentials',
    { xmlns: `${pie}#scram`, mechanism: `SCRAM-${hash}` },
    xml('iter-count', null, String(iterations)),
    xml('salt', null, base64(salt)),
    xml('server-key', null, base64(serverKey)),
    xml('stored-key', null, base64(storedKey)),
  )
}

/** XEP-0227#archive */
function result({ id, time, text }: ExportedMessage): Element {
  const stamp = new Date(time).toISOString()
  return xml(
    'result',
    { xmlns: 'urn:xmpp:mam:2', id },
    xml('forwarded', { xmlns: 'urn:xmpp:forward:0' }, xml('delay', { xmlns: NS.delay, stamp }), parseElement(text)),
  )
}
