/** XEP-0313#results: how what is in an archive stands in an answer. */
import type { Jid } from '../protocol/jid.ts'
import { NS } from '../protocol/namespaces.ts'
import { dateTime } from '../protocol/stanza.ts'
import { type Element, xml } from '../protocol/xml/element.ts'
import { escapeAttr } from '../protocol/xml/write.ts'
import { mam } from './query.ts'
import { resultSet } from './result-set.ts'
import type { Found } from './shelf.ts'

const opening = '<message'

/** Where a result comes from, who asked for it, and how they named the question. */
export interface Asked {
  readonly archive: Jid
  readonly by: Jid
  readonly queryId: string | undefined
}

/** One message of an archive for the device that asked: a stanza. The stored text is forwarded as it is. */
export function resultText(
  { archive, by, queryId }: Asked,
  id: string,
  { text, time }: Pick<Found, 'text' | 'time'>,
): string {
  const query = queryId === undefined ? '' : ` queryid='${escapeAttr(queryId)}'`
  // What is stored leaves out the namespace of the stream it was written for.
  const stored = `${opening} xmlns='${NS.client}'${text.slice(opening.length)}`
  return (
    `<message from='${escapeAttr(archive)}' to='${escapeAttr(by)}'><result xmlns='${mam}'${query} id='${id}'>` +
    `<forwarded xmlns='${NS.forward}'><delay xmlns='${NS.delay}' stamp='${dateTime(time, true)}'/>${stored}` +
    '</forwarded></result></message>'
  )
}

/** XEP-0313#query-paging: the end of a page. @param count how many there are in all, where that is known */
export function finished(names: readonly string[], complete: boolean, count: number | undefined): Element {
  return xml('fin', { xmlns: mam, complete: complete ? 'true' : undefined }, resultSet(names, count))
}

/** XEP-0313#archive-metadata */
export function metadata(
  edges: { readonly first: Found; readonly last: Found } | undefined,
  idOf: (seq: number) => string,
): Element {
  const edge = (name: string, { seq, time }: Found) => xml(name, { id: idOf(seq), timestamp: dateTime(time, true) })
  return xml('metadata', { xmlns: mam }, edges && [edge('start', edges.first), edge('end', edges.last)])
}
