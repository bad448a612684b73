/** What no change of a room may break. */

import { problem } from '../../protocol/problems.ts'
import type { AffiliationChange } from './affiliations.ts'
import type { Hall } from './hall.ts'
import type { Person } from './history.ts'
import { nickRefused } from './nicks.ts'
import type { Room } from './room.ts'

/** @throws Problem where a nick cannot be reserved for that person */
export function mayReserve(hall: Hall, room: Room, person: Person, nick: string): void {
  const bad = nickRefused(nick, hall.limits.nickLength)
  if (bad !== undefined || room.addressOf(nick) === undefined) throw problem('not-acceptable', bad)
  const reserved = room.reservedFor(nick)
  const there = room.occupantNamed(nick)
  if ((reserved !== undefined && reserved !== person) || (there !== undefined && there.person !== person)) {
    throw problem('conflict', 'Somebody else has that nick.')
  }
}

/** XEP-0045#revokeowner: every room has an owner. */
export function keepsOwner(room: Room, changes: readonly AffiliationChange[]): void {
  const owners = new Set<Person>()
  for (const { person, affiliation } of room.affiliations()) if (affiliation === 'owner') owners.add(person)
  for (const { person, affiliation } of changes) {
    if (affiliation === 'owner') owners.add(person)
    else owners.delete(person)
  }
  if (owners.size === 0) throw problem('conflict', 'A room needs an owner. Make somebody else an owner first.')
}

/** @throws Problem where more people would belong to the room than may */
export function hasRoom({ limits }: Hall, room: Room, changes: readonly AffiliationChange[]): void {
  const added = changes.filter(one => one.affiliation !== 'none' && room.belonging(one.person) === undefined).length
  if (added > 0 && room.belongings + added > limits.affiliations) {
    throw problem(
      'resource-constraint',
      `At most ${limits.affiliations} people can belong to a room, or be banned from it.`,
    )
  }
}
