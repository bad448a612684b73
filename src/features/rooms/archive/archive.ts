/** The archive of rooms, as the live room sees it: a history, and what can be asked of it and done to it. */

import type { MessageIds } from '../../../accounts/message-ids.ts'
import type { RoomArchive } from '../../../archive/room-archive.ts'
import type { Limiter } from '../../../operations/limits.ts'
import type { BareJid } from '../../../protocol/jid.ts'
import type { Post } from '../../../routing/post.ts'
import type { RoomExtension } from '../extension.ts'
import type { RoomHistory } from '../history.ts'
import { roomHistory } from './keeper.ts'
import { roomModeration } from './moderation.ts'
import { roomQueries } from './queries.ts'

export interface RoomArchiveParts {
  readonly archive: RoomArchive
  readonly ids: MessageIds
  readonly post: Post
  readonly limiter: Limiter
  /** Runs when everything submitted so far is on disk. */
  afterCommit(then: () => void): void
  /** Milliseconds since 1970. */
  now(): number
  randomId(): string
  /** Something went wrong that concerns nobody but the operator. */
  failed(bug: unknown): void
}

export function archivedRooms(parts: RoomArchiveParts): {
  readonly history: RoomHistory
  readonly extensions: readonly RoomExtension[]
} {
  const { post, limiter } = parts
  const mayLookThrough = (person: BareJid) => limiter.allow('roomAuthor', person)
  const mayRetract = (person: BareJid) => limiter.allow('roomRetraction', person)
  const history = roomHistory({ ...parts, accountOf: person => accountOf(post, person) })
  return {
    history,
    extensions: [roomQueries({ ...parts, mayLookThrough }), roomModeration({ ...parts, history, mayRetract })],
  }
}

/** Whoever says something here has a session, so that the account is in memory. */
function accountOf(post: Post, person: BareJid): number | undefined | 'unknown' {
  if (!post.isLocal(person)) return undefined
  const account = post.account(person)
  return account === undefined || account instanceof Promise || account.gone ? 'unknown' : account.id
}
