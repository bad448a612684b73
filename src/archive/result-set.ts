/** XEP-0059: Result Set Management, as far as it can be asked for in archives. */
import { problem } from '../protocol/problems.ts'
import { type Element, xml } from '../protocol/xml/element.ts'

export const rsm = 'http://jabber.org/protocol/rsm'

/** Which part of a result somebody wants. Ids are those of archives (XEP-0313#query-paging-limit). */
export interface PageRequest {
  /** At most so many; undefined where it is left to us. */
  readonly max: number | undefined
  readonly after: string | undefined
  readonly before: string | undefined
  /** The last page, or the one before an id: counted from the end. */
  readonly backwards: boolean
}

const wholeArchive: PageRequest = { max: undefined, after: undefined, before: undefined, backwards: false }

/** What `<set/>` in a request asks for. @throws Problem for what is no number or makes no sense */
export function pageRequest(payload: Element): PageRequest {
  const set = payload.child('set', rsm)
  if (set === undefined) return wholeArchive
  const after = set.childText('after') || undefined
  const before = set.childText('before')
  // XEP-0059#jump: an index would have to be counted out, in whatever has come and gone meanwhile.
  if (set.child('index') !== undefined) {
    throw problem('feature-not-implemented', 'Pages are asked for by the id before or after them, not by an index.')
  }
  if (after !== undefined && before !== undefined) {
    throw problem(
      'bad-request',
      'A page comes after something or before something. For both there are after-id and before-id.',
    )
  }
  return { max: max(set.childText('max')), after, before: before || undefined, backwards: before !== undefined }
}

function max(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,10}$/.test(text.trim())) throw problem('bad-request', 'The size of a page is a number.')
  return Number(text)
}

/** `<set/>` in an answer. `count` and the index of the first are told only where they are known. */
export function resultSet(ids: readonly string[], count: number | undefined): Element {
  const [first] = ids
  const last = ids.at(-1)
  return xml(
    'set',
    { xmlns: rsm },
    first === undefined ? undefined : xml('first', { index: count === undefined ? undefined : 0 }, first),
    last === undefined ? undefined : xml('last', null, last),
    count === undefined ? undefined : xml('count', null, String(count)),
  )
}
