import type { Complaint } from '../../accounts/reports.ts'
import type { Jid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import type { Element } from '../../protocol/xml/element.ts'

export const reporting = 'urn:xmpp:reporting:1'

const longestReason = 200
const longestText = 4_000
const longestId = 200
const mostMessages = 50

/** The report that came along with an item of a block list (XEP-0377#blocking); undefined if none did. */
export function complaintIn(item: Element, about: Jid): Complaint | undefined {
  const report = item.child('report', reporting)
  const reason = report?.attr('reason')
  if (report === undefined || reason === undefined) return undefined
  const text = cut(report.childText('text')?.trim() ?? '', longestText)
  const messages = report
    .elements()
    .filter(each => each.is('stanza-id', NS.stanzaIds))
    .map(each => ({ by: cut(each.attr('by') ?? '', longestId), id: cut(each.attr('id') ?? '', longestId) }))
    .slice(0, mostMessages)
  const allows = (['report-origin', 'third-party'] as const).filter(name => report.child(name) !== undefined)
  return { about, reason: cut(reason, longestReason), ...(text ? { text } : {}), messages, allows }
}

/** Not in the middle of a character. */
function cut(text: string, most: number): string {
  return text.slice(0, most).replace(/[\ud800-\udbff]$/, '')
}
