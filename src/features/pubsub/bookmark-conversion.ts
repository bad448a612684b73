/** Bookmarks of XEP-0402, one item for each, and of XEP-0048, one element for all: each made of the other. */
import { type BareJid, isBare, parseJid } from '../../protocol/jid.ts'
import { type Child, Element, xml } from '../../protocol/xml/element.ts'
import { known } from './names.ts'

/** One bookmark: the address of the room and `<conference/>` of XEP-0402. */
export interface Bookmark {
  readonly room: BareJid
  readonly conference: Element
}

/** The room that a text names; undefined for what is no address of a room. */
export function roomNamed(text: string | undefined): BareJid | undefined {
  const jid = parseJid(text ?? '')
  return jid !== undefined && isBare(jid) ? jid : undefined
}

/** What a client that knows XEP-0048 alone has written. */
export interface OldBookmarks {
  readonly bookmarks: readonly Bookmark[]
  /** What is no bookmark of a room, such as links to pages: kept for those who wrote it. */
  readonly rest: readonly Child[]
}

/** `<storage/>` of XEP-0048 with all bookmarks (XEP-0402#publishing). */
export function oldStorage(bookmarks: readonly Bookmark[], rest: readonly Child[] = []): Element {
  const conferences = bookmarks.map(({ room, conference }) => {
    const old = recast(conference, known.bookmarks, known.oldBookmarks)
    return new Element('conference', old.ns, ['jid', room, ...without(old.attrs, 'jid')], old.children)
  })
  return xml('storage', { xmlns: known.oldBookmarks }, [...conferences, ...rest])
}

/**
 * Reads `<storage/>` of XEP-0048.
 * @param before what is kept: clients that know XEP-0048 alone leave out the `<extensions/>` that others have made
 */
export function readOldStorage(storage: Element, before: (room: BareJid) => Element | undefined): OldBookmarks {
  const bookmarks = new Map<string, Bookmark>()
  const rest: Child[] = []
  for (const child of storage.elements()) {
    const room = roomOf(child)
    if (room === undefined) rest.push(child)
    else if (!bookmarks.has(room)) bookmarks.set(room, { room, conference: newConference(child, before(room)) })
  }
  return { bookmarks: [...bookmarks.values()], rest }
}

function roomOf(child: Element): BareJid | undefined {
  return child.is('conference', known.oldBookmarks) ? roomNamed(child.attr('jid')) : undefined
}

function newConference(old: Element, before: Element | undefined): Element {
  const recasted = recast(old, known.oldBookmarks, known.bookmarks)
  const children = [...recasted.children]
  const hasExtensions = recasted.child('extensions') !== undefined
  const extensions = hasExtensions ? undefined : before?.child('extensions')
  if (extensions !== undefined) children.push(extensions)
  return new Element('conference', known.bookmarks, without(recasted.attrs, 'jid'), children)
}

/** The same element in another namespace; what is in neither stays as it is. */
function recast(element: Element, from: string, to: string): Element {
  const children = element.children.map(child =>
    typeof child === 'string' || child.ns !== from ? child : recast(child, from, to),
  )
  return new Element(element.name, element.ns === from ? to : element.ns, element.attrs, children)
}

function without(attrs: readonly string[], name: string): string[] {
  const kept: string[] = []
  for (let i = 0; i < attrs.length; i += 2) {
    if (attrs[i] !== name) kept.push(attrs[i] as string, attrs[i + 1] as string)
  }
  return kept
}

/**
 * Do two bookmarks say the same? White space, the order of attributes, and the ways to write a boolean or to leave out
 * what is empty do not matter: nobody is told of those (XEP-0402#publishing-legacy).
 */
export function saysTheSame(one: Element, other: Element): boolean {
  return canonical(one) === canonical(other)
}

function canonical(element: Element): string {
  const own = element.ns === known.bookmarks
  const attrs: string[] = []
  for (let i = 0; i < element.attrs.length; i += 2) {
    const [name = '', value = ''] = element.attrs.slice(i, i + 2)
    const said = own && name === 'autojoin' ? String(value === '1' || value === 'true') : value
    if (own && (name === 'name' || name === 'autojoin') && (said === '' || said === 'false')) continue
    attrs.push(JSON.stringify([name, said]))
  }
  const children = element.children.flatMap(child => {
    if (typeof child === 'string') return child.trim() === '' ? [] : [JSON.stringify(child)]
    return child.ns === known.bookmarks && child.children.length === 0 && child.attrs.length === 0
      ? []
      : [canonical(child)]
  })
  return `{${element.ns}}${element.name}(${attrs.sort().join()})[${children.join()}]`
}
