/** What a room keeps of what is said in it: the archive behind the live room. */

import type { MessageIds } from '../../../accounts/message-ids.ts'
import type { RoomArchive } from '../../../archive/room-archive.ts'
import { worthArchivingInRoom } from '../../../archive/worth-keeping.ts'
import type { BareJid } from '../../../protocol/jid.ts'
import { problem } from '../../../protocol/problems.ts'
import { stanzaId } from '../../../protocol/stanza.ts'
import { parseElement } from '../../../protocol/xml/parser.ts'
import { write } from '../../../protocol/xml/write.ts'
import { StorageError } from '../../../storage/database.ts'
import type { RoomHistory } from '../history.ts'

export interface KeeperParts {
  readonly archive: RoomArchive
  readonly ids: MessageIds
  /** The number of a local author's account; 'unknown' where the address is one of ours and has none. */
  accountOf(person: BareJid): number | undefined | 'unknown'
  /** Runs when everything submitted so far is on disk. */
  afterCommit(then: () => void): void
}

/** Subjects of before are nothing to newcomers, who are told the present one. */
const isSubjectAlone = (text: string): boolean => text.includes('<subject') && !text.includes('<body')

export function roomHistory({ archive, ids, accountOf, afterCommit }: KeeperParts): RoomHistory {
  return {
    record(room, { stanza, author }, keep, then) {
      const { seq, id } = ids.next()
      const stamped = stanza.with({}, [...stanza.children, stanzaId(room.jid, id)])
      if (keep && worthArchivingInRoom(stanza).keep) {
        const account = accountOf(author)
        const openly = room.configuration.whois === 'anyone'
        const kept =
          account !== 'unknown' &&
          unlessFull(() => archive.append({ room: room.id, seq, author, account, openly, text: write(stamped) }))
        // Nothing is shown that should be kept and is not: whoever says it is being erased, or the room is.
        if (kept !== 'kept') throw problem('service-unavailable')
      }
      afterCommit(() => then(id, stamped))
    },

    async recent(room, { stanzas, since }) {
      if (!room.configuration.archived) return []
      const page = await archive.history.page(room.id, {
        limit: stanzas,
        backwards: true,
        // XEP-0424#rules: what was taken back is not shown to newcomers.
        passes: ({ retracted, text }) => !retracted && !isSubjectAlone(text),
        ...(since === undefined ? {} : { start: since }),
      })
      if (page === 'not found') return []
      const names = ids.idsOf(page.entries.map(({ seq }) => seq))
      return page.entries.map(({ time, text }, i) => ({ id: names[i]!, time, stanza: parseElement(text) }))
    },

    destroyed: ({ id }) => archive.destroy(id),
  }
}

function unlessFull<T>(append: () => T): T {
  try {
    return append()
  } catch (error) {
    if (error instanceof StorageError && error.code === 'full')
      throw problem('resource-constraint', 'The service is very busy. Please try again in a moment.')
    throw error
  }
}
