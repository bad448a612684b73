/** Members of a private room with devices that are not there just now: these are woken, so that they miss nothing (XEP-0357). */

import { worthArchivingInRoom } from '../../archive/worth-keeping.ts'
import { type BareJid, isBare } from '../../protocol/jid.ts'
import type { Element } from '../../protocol/xml/element.ts'
import type { Post } from '../../routing/post.ts'
import type { RoomExtension } from './extension.ts'
import type { RoomView } from './history.ts'
import { atLeast } from './rights.ts'

/** Members that are looked at in one go, before others have their turn. */
const portion = 50

/** Whoever belongs to a room that anybody can enter has chosen to be there or not; in a private one they count on it. */
export function absentMembers(post: Pick<Post, 'isLocal' | 'missed'>): RoomExtension {
  function tell(people: readonly BareJid[], message: Element, from: number): void {
    const end = Math.min(from + portion, people.length)
    for (let i = from; i < end; i++) post.missed(people[i]!, message)
    if (end < people.length) setImmediate(() => tell(people, message, end))
  }
  return {
    shown(room, message, { person }) {
      if (!room.configuration.membersOnly || !worthArchivingInRoom(message).keep) return
      tell(members(room, person, post), message, 0)
    },
  }
}

/** Those of this service, whether a device of theirs is in the room or not: another one may be away. */
function members(room: RoomView, speaker: BareJid, post: Pick<Post, 'isLocal'>): BareJid[] {
  const people: BareJid[] = []
  for (const { person, affiliation } of room.affiliations()) {
    if (!isBare(person) || person === speaker || !atLeast(affiliation, 'member')) continue
    if (post.isLocal(person)) people.push(person)
  }
  return people
}
