/** Members of a private room who are not in it just now: their phones are woken, so that they miss nothing (XEP-0357). */

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
    shown(room, message) {
      if (room.configuration.membersOnly && worthArchivingInRoom(message).keep) tell(absent(room, post), message, 0)
    },
  }
}

function absent(room: RoomView, post: Pick<Post, 'isLocal'>): BareJid[] {
  const inside = new Set<string>()
  for (const { person } of room.occupants()) inside.add(person)
  const people: BareJid[] = []
  for (const { person, affiliation } of room.affiliations()) {
    if (!isBare(person) || inside.has(person) || !atLeast(affiliation, 'member')) continue
    if (post.isLocal(person)) people.push(person)
  }
  return people
}
