/**
 * Between the live room and what is kept of it. The live room hands over every message that it is about to show, and
 * shows it when it is told to; what is kept, how it is sealed and how it ends is not its affair.
 */

import type { BareJid, DomainJid, FullJid, Jid } from '../../protocol/jid.ts'
import type { Element } from '../../protocol/xml/element.ts'
import type { Configuration } from './configuration.ts'
import type { Affiliation, Role } from './rights.ts'

/** Who an affiliation belongs to: an account, or everybody of a domain. */
export type Person = BareJid | DomainJid

/** Somebody in a room, with all devices that share the nick. */
export interface OccupantView {
  readonly nick: string
  /** `room@conference.example.org/nick` */
  readonly jid: FullJid
  readonly person: BareJid
  readonly affiliation: Affiliation
  readonly role: Role
  /** XEP-0421: the same at every visit, in this room only. */
  readonly occupantId: string
  /** Real addresses of the devices that are in the room. */
  readonly devices: Iterable<FullJid>
}

/** A room as its history and its extensions see it. Good as long as somebody is in it or a stanza for it is dealt with: do not keep it. */
export interface RoomView {
  /** Names the room for good: random, and never used again. */
  readonly id: number
  readonly jid: BareJid
  readonly configuration: Configuration
  affiliationOf(person: Person): Affiliation
  /** Everybody with an affiliation, outcasts included. */
  affiliations(): Iterable<{ readonly person: Person; readonly affiliation: Affiliation; readonly nick?: string }>
  occupants(): Iterable<OccupantView>
  /** Whose device that real address is. */
  occupantOf(device: Jid): OccupantView | undefined
  /** XEP-0421: also of people who are not there. */
  occupantId(person: BareJid): string
  /** Shows a message to everybody in the room, in the order of everything else. It comes with `from` and without `to`. */
  broadcast(message: Element): void
  /** Where somebody who asks may read what was said: inside, or entitled to enter. */
  mayRead(person: BareJid): boolean
}

/** What is said in a room. */
export interface Said {
  /** As occupants get it: `from` is the speaker's address in the room, forged ids are off, there is no `to`. */
  readonly stanza: Element
  /** The real address of the author. */
  readonly author: BareJid
  readonly occupantId: string
}

/** Something of the history of a room. */
export interface Remembered {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly time: number
  /** As occupants got it, with its stanza-id, without `to`. */
  readonly stanza: Element
}

export interface Wish {
  /** At most so many. */
  readonly stanzas: number
  /** Milliseconds since 1970: nothing older. */
  readonly since?: number
}

/** What a room keeps of what is said. Every message passes it, also where nothing is kept. */
export interface RoomHistory {
  /**
   * Gives a message its stanza-id (XEP-0359, `by` the room), and keeps it where `keep` says that the room is archived and
   * where it is worth that. Subjects pass it as well.
   * @param then runs once it is on disk, at once where nothing is kept, in the order of the calls: with the id, and with the
   *   message as everybody is to get it, its stanza-id included
   * @throws Problem where it cannot be kept
   */
  record(room: RoomView, said: Said, keep: boolean, then: (id: string, stamped: Element) => void): void
  /** The newest entries, oldest first, for those who enter (XEP-0045#enter-history). */
  recent(room: RoomView, wish: Wish): Promise<readonly Remembered[]>
  /** The room is gone: resolves when nothing of it can be read any more. */
  destroyed(room: Pick<RoomView, 'id' | 'jid'>): Promise<void>
}
