import type { PublicSeal } from '../accounts/accounts.ts'
import type { ArchivePreferences } from '../accounts/archive-preferences.ts'
import type { Blocklist } from '../accounts/blocklist.ts'
import type { Roster } from '../accounts/roster.ts'
import type { BareJid } from '../protocol/jid.ts'
import type { Session } from './session.ts'

/** One of our people, in memory while they have a session and for a while after somebody needed them. */
export class LocalAccount {
  readonly id: number
  readonly jid: BareJid
  readonly roster: Roster
  readonly blocklist: Blocklist
  /** Whose messages it wants in its history. */
  readonly archive: ArchivePreferences
  /** What its messages are sealed to. */
  readonly seal: PublicSeal
  /** Bound resources, also those that wait for resumption. */
  readonly sessions: Session[] = []
  /** Stored messages that some session is being handed now, so that nobody else is handed them too. */
  readonly underway = new Set<number>()
  /** About to be erased on a day to come: nobody can sign in. */
  suspended = false
  /** Erased: whoever still holds the object must not store anything for it. */
  gone = false

  constructor(
    id: number,
    jid: BareJid,
    roster: Roster,
    blocklist: Blocklist,
    archive: ArchivePreferences,
    seal: PublicSeal,
  ) {
    this.id = id
    this.jid = jid
    this.roster = roster
    this.blocklist = blocklist
    this.archive = archive
    this.seal = seal
  }

  /** The session with that resource, available or not. */
  session(resource: string): Session | undefined {
    return this.sessions.find(session => session.resource === resource)
  }

  /** Is a device there that wants messages (RFC 6121 §8.5.2: available with non-negative priority)? */
  get reachable(): boolean {
    return this.sessions.some(session => session.available && session.priority >= 0)
  }
}
