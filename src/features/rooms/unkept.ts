import { stanzaId } from '../../protocol/stanza.ts'
import type { RoomHistory } from './history.ts'

/** A history that keeps nothing: what is said has an id (XEP-0359), and is gone when it has been shown. */
export function unkept(newId: () => string): RoomHistory {
  return {
    record(room, { stanza }, _keep, then) {
      const id = newId()
      then(id, stanza.with({}, [...stanza.children, stanzaId(room.jid, id)]))
    },
    recent: async () => [],
    destroyed: async () => {},
  }
}
