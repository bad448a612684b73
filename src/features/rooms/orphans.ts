/** What becomes of rooms when an account is erased. See docs/decisions/0020-rooms.md. */

import type { BareJid, DomainJid } from '../../protocol/jid.ts'
import type { AffiliationChange } from './affiliations.ts'
import type { Person } from './history.ts'
import type { Affiliation } from './rights.ts'
import type { Room } from './room.ts'
import type { RoomStore } from './store.ts'

export type Orphans = 'hand-on' | 'destroy'

/** What has to change in a room for somebody to be gone; `destroy` where nobody is left to look after it. */
export function withoutPerson(room: Room, gone: Person, orphans: Orphans): readonly AffiliationChange[] | 'destroy' {
  const change: AffiliationChange = { person: gone, affiliation: 'none' }
  const owned = room.belonging(gone)?.affiliation === 'owner'
  if (!owned || room.owners > 1) return [change]
  const heir = orphans === 'hand-on' ? (longest(room, 'admin') ?? longest(room, 'member')) : undefined
  return heir === undefined ? 'destroy' : [{ person: heir, affiliation: 'owner' }, change]
}

/** Who has been that for the longest time. */
function longest(room: Room, affiliation: Affiliation): Person | undefined {
  let first: { person: Person; order: number } | undefined
  for (const one of room.affiliations()) {
    if (one.affiliation === affiliation && (first === undefined || one.order < first.order)) first = one
  }
  return first?.person
}

/** While the service is stopped nobody is in a room: what is on disk is all there is. */
export async function partWithRooms(store: RoomStore, gone: BareJid, orphans: Orphans): Promise<void> {
  for (const jid of await store.roomsOf(gone)) {
    const room = await store.load(jid)
    if (room === undefined) continue
    const changes = withoutPerson(room, gone, orphans)
    if (changes === 'destroy') {
      await store.destroy(room.id)
      continue
    }
    const isChanged = room.parted(gone)
    for (const { person, affiliation } of changes) {
      const belonging = affiliation === 'none' ? undefined : { affiliation, order: room.nextOrder }
      room.belongs(person, belonging)
    }
    room.forgetAuthor(gone)
    if (isChanged) await store.save(room)
    await store.savePeople(
      room,
      changes.map(({ person }) => person),
    )
  }
}

/** The same for a domain that goes, with the rooms below it. */
export async function endRoomsAt(store: RoomStore, service: DomainJid): Promise<void> {
  for (const jid of await store.at(service)) {
    const room = await store.load(jid)
    if (room !== undefined) await store.destroy(room.id)
  }
}
