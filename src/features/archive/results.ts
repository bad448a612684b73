import type { Entry } from '../../archive/epoch-reader.ts'
import { NS } from '../../protocol/namespaces.ts'
import { dateTime } from '../../protocol/stanza.ts'
import { escapeAttr } from '../../protocol/xml/write.ts'
import { Parcel, type Receipt } from '../../routing/parcel.ts'
import type { Session } from '../../routing/session.ts'
import { mam } from './query.ts'

const opening = '<message'

/** One message of the archive for the device that asked (XEP-0313#results). The stored text is forwarded as it is. */
export function resultOf(
  { account, jid }: Session,
  { text, time }: Entry,
  id: string,
  queryId: string | undefined,
  receipt: Receipt | undefined,
): Parcel {
  const query = queryId === undefined ? '' : ` queryid='${escapeAttr(queryId)}'`
  // What is stored leaves out the namespace of the stream it was written for.
  const stored = `${opening} xmlns='${NS.client}'${text.slice(opening.length)}`
  return Parcel.ofText(
    `<message from='${escapeAttr(account.jid)}' to='${escapeAttr(jid)}'><result xmlns='${mam}'${query} id='${id}'>` +
      `<forwarded xmlns='${NS.forward}'><delay xmlns='${NS.delay}' stamp='${dateTime(time, true)}'/>${stored}` +
      '</forwarded></result></message>',
    receipt,
  )
}
