/** What all parts of the rooms share. */

import type { Log } from '../../operations/log.ts'
import { accountOf, type BareJid, isFull, type Jid, resourceOf } from '../../protocol/jid.ts'
import { errorElement, type Problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { Post } from '../../routing/post.ts'
import type { Session } from '../../routing/session.ts'
import type { Configuration } from './configuration.ts'
import type { RoomDirectory } from './directory.ts'
import type { RoomExtension } from './extension.ts'
import type { RoomHistory } from './history.ts'
import type { Pace } from './pace.ts'
import type { RoomStore } from './store.ts'

/** Numbers that bound what people can make a room hold. */
export interface RoomLimits {
  readonly roomsPerAccount: number
  readonly occupants: number
  readonly affiliations: number
  readonly nickLength: number
}

export interface Hall {
  readonly post: Post
  readonly log: Log
  readonly store: RoomStore
  readonly history: RoomHistory
  readonly extensions: readonly RoomExtension[]
  readonly limits: RoomLimits
  readonly pace: Pace
  readonly rooms: RoomDirectory
  /** May they make a room of that address? */
  mayCreate(room: BareJid, owner: BareJid): Promise<boolean>
  /** How new rooms are, before anybody has configured them. */
  readonly usual: Configuration
  /** Milliseconds since 1970. */
  now(): number
  randomId(): string
}

/** The session of a device of ours. */
export function sessionOf(post: Post, device: Jid): Session | undefined {
  const person = accountOf(device)
  if (person === undefined || !isFull(device)) return undefined
  return post.online(person)?.session(resourceOf(device))
}

/** XEP-0045#enter: errors say that it is the room that refuses (`by`). */
export function refusal(stanza: Element, p: Problem, by: BareJid): Element | undefined {
  const type = stanza.attr('type')
  if (type === 'error' || (stanza.name === 'iq' && type === 'result')) return undefined
  return xml(
    stanza.name,
    { xmlns: stanza.ns, type: 'error', id: stanza.attr('id'), from: stanza.attr('to'), to: stanza.attr('from') },
    stanza.name === 'presence' ? stanza.child('x', 'http://jabber.org/protocol/muc')?.with({}, []) : undefined,
    errorElement(p, by),
  )
}
