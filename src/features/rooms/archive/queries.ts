/** XEP-0313 for rooms: what was said, for those who may enter. */

import type { MessageIds } from '../../../accounts/message-ids.ts'
import type { HistoryQuery } from '../../../archive/history.ts'
import { mam, noSuchMessage, queryForm, readQuery } from '../../../archive/query.ts'
import { rsm } from '../../../archive/result-set.ts'
import { finished, metadata, resultText } from '../../../archive/results.ts'
import type { RoomArchive } from '../../../archive/room-archive.ts'
import type { RoomEntry } from '../../../archive/room-reader.ts'
import { accountOf, type BareJid, bareOf, isFull, type Jid, parseJid, resourceOf } from '../../../protocol/jid.ts'
import { NS } from '../../../protocol/namespaces.ts'
import { problem } from '../../../protocol/problems.ts'
import type { Element } from '../../../protocol/xml/element.ts'
import { parseElement } from '../../../protocol/xml/parser.ts'
import { escapeAttr } from '../../../protocol/xml/write.ts'
import { xep } from '../../../routing/feature.ts'
import { Parcel } from '../../../routing/parcel.ts'
import type { Post } from '../../../routing/post.ts'
import type { Session } from '../../../routing/session.ts'
import type { RoomExtension, RoomQuestion } from '../extension.ts'
import type { RoomView } from '../history.ts'
import { atLeast } from '../rights.ts'

export interface QueryParts {
  readonly archive: RoomArchive
  readonly ids: MessageIds
  readonly post: Post
  /** May that person have everything looked through for one author once more? It costs by how much there is. */
  mayLookThrough(person: BareJid): boolean
}

export function roomQueries({ archive, ids, post, mayLookThrough }: QueryParts): RoomExtension {
  async function query(question: RoomQuestion): Promise<Element | undefined> {
    const { room, from, payload } = question
    mayRead(question)
    const { queryId, flipped, whole, history } = readQuery(payload, ids)
    if (history.with !== undefined && !mayLookThrough(question.person)) {
      throw problem('resource-constraint', 'You have looked for what somebody said very often. Wait a little.')
    }
    const openFor = whoIsWho(question)
    const session = sessionOf(post, from)
    // What was sent before has left: nobody makes us hold more than a page for them.
    if (session !== undefined && !(await session.drained())) return undefined
    const page = await archive.history.page(room.id, byAuthor(history, room, openFor))
    if (page === 'not found') throw noSuchMessage()
    const { entries, complete } = page
    const names = ids.idsOf(entries.map(({ seq }) => seq))
    const asked = { archive: room.jid, by: from, queryId }
    const order = [...entries.keys()]
    for (const i of flipped ? order.reverse() : order) {
      const entry = entries[i]!
      const text = openFor(entry) ? withAddress(entry) : entry.text
      const result = resultText(asked, names[i]!, { text, time: entry.time })
      if (session === undefined) post.route(parseElement(result), room.jid, from)
      else if (session.ended) return undefined
      else session.send(Parcel.ofText(result))
    }
    return finished(names, complete, complete && whole ? entries.length : undefined)
  }

  return {
    implements: [xep(313, '1.1.3', 'complete', 'of rooms: authors by their bare addresses')],
    answers: [
      { type: 'set', payload: `{${mam}}query`, reply: query },
      {
        type: 'get',
        payload: `{${mam}}query`,
        reply(question) {
          mayRead(question)
          return queryForm()
        },
      },
      {
        type: 'get',
        payload: `{${mam}}metadata`,
        async reply(question) {
          mayRead(question)
          return metadata(await archive.history.edges(question.room.id), seq => ids.idOf(seq))
        },
      },
    ],
    features: ({ configuration }) => (configuration.archived ? [mam, `${mam}#extended`, rsm] : []),
  }
}

/** XEP-0313#business-storeret-muc-archives: at the time of the query. @throws Problem for those who may not */
function mayRead({ room, person }: RoomQuestion): void {
  if (!room.mayRead(person)) throw problem('forbidden', 'What is said in this room is for those who may enter it.')
}

type OpenFor = (entry: Pick<RoomEntry, 'sent'>) => boolean

/** Of which entries whoever asks may know the real address of the author. */
function whoIsWho({ room, person, occupant }: RoomQuestion): OpenFor {
  const { whois } = room.configuration
  const moderates = occupant?.role === 'moderator' || atLeast(room.affiliationOf(person), 'admin')
  return ({ sent: openly }) => moderates || (openly && whois === 'anyone')
}

/** XEP-0313#filter-jid: by nick, or by the real address where whoever asks may know it. */
function byAuthor(history: HistoryQuery, room: RoomView, openFor: OpenFor): HistoryQuery {
  const { with: author, ...rest } = history
  const jid = author === undefined ? undefined : parseJid(author)
  if (jid === undefined || jid === room.jid) return rest
  if (isFull(jid) && bareOf(jid) === room.jid) {
    const from = ` from='${escapeAttr(jid)}'`
    return { ...rest, passes: ({ text }) => openingOf(text).includes(from) }
  }
  const person = accountOf(jid)
  return { ...rest, passes: entry => entry.peer === person && openFor(entry) }
}

function openingOf(text: string): string {
  return text.slice(0, text.indexOf('>'))
}

const end = '</message>'

/** With the author's real address, as in a room that shows it (XEP-0313#business-storeret-muc-archives). */
function withAddress({ text, peer }: RoomEntry): string {
  const x = `<x xmlns='${NS.mucUser}'><item jid='${escapeAttr(peer)}'/></x>`
  return `${text.slice(0, -end.length)}${x}${end}`
}

function sessionOf(post: Post, from: Jid): Session | undefined {
  const person = accountOf(from)
  return isFull(from) && person !== undefined ? post.online(person)?.session(resourceOf(from)) : undefined
}
