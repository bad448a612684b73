/** A room in memory: who belongs to it, who is in it. State and questions about it; what is sent because of it is elsewhere. */

import { type BareJid, bareOf, domainOf, type FullJid, fullJid, type Jid } from '../../protocol/jid.ts'
import type { Element } from '../../protocol/xml/element.ts'
import type { Configuration } from './configuration.ts'
import type { Person, RoomView } from './history.ts'
import { nickKey } from './nicks.ts'
import type { Device, Occupant } from './occupant.ts'
import { Requests } from './requests.ts'
import { type Affiliation, atLeast, defaultRole, type Role } from './rights.ts'
import { Sequence } from './sequence.ts'
import type { Token } from './tokens.ts'

/** What a person is to a room, also while not there. */
export interface Belonging {
  readonly affiliation: Exclude<Affiliation, 'none'>
  /** Reserved: nobody else can have it. */
  readonly nick?: string
  readonly reason?: string
  /** Counts up: who has been there longer. */
  readonly order: number
}

export interface Subject {
  /** One `<subject/>` for each language. */
  readonly texts: readonly Element[]
  /** `room/nick` of who set it, or the room. */
  readonly from: Jid
  /** Whose nick that is. */
  readonly author?: BareJid
  /** Milliseconds since 1970. */
  readonly time: number
}

export interface RoomParts {
  readonly id: number
  readonly jid: BareJid
  readonly configuration: Configuration
  readonly subject: Subject | undefined
  readonly people: Map<Person, Belonging>
  readonly tokens?: readonly Token[]
  /** Nobody but its owners can enter: it has just been made (XEP-0045#createroom). */
  readonly locked: boolean
  occupantId(person: BareJid): string
}

export class Room implements RoomView {
  readonly id: number
  readonly jid: BareJid
  configuration: Configuration
  subject: Subject | undefined
  locked: boolean
  /** Open invitations (XEP-0488). */
  tokens: readonly Token[]
  /** Destroyed: nothing may be kept for it any more. */
  gone = false
  readonly sequence = new Sequence()
  /** Who wants to become a member, under which nick. */
  readonly requests = new Requests<string>()
  /** Who was invited, by whom. */
  readonly invited = new Requests<BareJid>()
  readonly #people: Map<Person, Belonging>
  readonly #occupantId: (person: BareJid) => string
  readonly #occupants = new Map<string, Occupant>()
  readonly #devices = new Map<Jid, Device>()
  #everybody: readonly Device[] | undefined
  #reserved: Map<string, Person> | undefined
  #broadcast: (message: Element) => void = () => {}

  constructor({ id, jid, configuration, subject, people, tokens = [], locked, occupantId }: RoomParts) {
    this.id = id
    this.jid = jid
    this.configuration = configuration
    this.subject = subject
    this.locked = locked
    this.tokens = tokens
    this.#people = people
    this.#occupantId = occupantId
  }

  // Who belongs to it

  /** Also of a person of whose whole domain something is said (XEP-0045#modifyban: the address first, then the domain). */
  affiliationOf(person: Person): Affiliation {
    const own = this.#people.get(person)
    if (own !== undefined) return own.affiliation
    for (const [other, { affiliation }] of this.#people) {
      if (!other.includes('@') && other === domainOf(person)) return affiliation
    }
    return 'none'
  }

  belonging(person: Person): Belonging | undefined {
    return this.#people.get(person)
  }

  *affiliations(): Iterable<{
    person: Person
    affiliation: Affiliation
    nick?: string
    reason?: string
    order: number
  }> {
    for (const [person, belonging] of this.#people) yield { person, ...belonging }
  }

  get belongings(): number {
    return this.#people.size
  }

  get owners(): number {
    let count = 0
    for (const { affiliation } of this.#people.values()) if (affiliation === 'owner') count++
    return count
  }

  /** The order of somebody who comes to belong to the room now. */
  get nextOrder(): number {
    let order = 0
    for (const belonging of this.#people.values()) order = Math.max(order, belonging.order + 1)
    return order
  }

  belongs(person: Person, belonging: Belonging | undefined): void {
    if (belonging === undefined) this.#people.delete(person)
    else this.#people.set(person, belonging)
    this.#reserved = undefined
  }

  /** Who has reserved a nick, or one that looks like it. */
  reservedFor(nick: string): Person | undefined {
    if (this.#reserved === undefined) {
      this.#reserved = new Map()
      for (const [person, belonging] of this.#people) {
        if (belonging.nick !== undefined) this.#reserved.set(nickKey(belonging.nick), person)
      }
    }
    return this.#reserved.get(nickKey(nick))
  }

  /** XEP-0045#register: the nick that somebody has to go by here. */
  lockedNick(person: BareJid): string | undefined {
    return this.configuration.nicksLocked ? this.#people.get(person)?.nick : undefined
  }

  occupantId(person: BareJid): string {
    return this.#occupantId(person)
  }

  /** Somebody belongs to it no longer: their invitations end. @returns whether anything that is kept of the room is another now */
  parted(person: Person): boolean {
    const { length } = this.tokens
    this.tokens = this.tokens.filter(({ creator }) => creator !== person)
    return this.subject?.author === person || this.tokens.length < length
  }

  /** @returns whether the time of any invitation was over */
  endTokens(now: number): boolean {
    const { length } = this.tokens
    this.tokens = this.tokens.filter(({ ends }) => ends > now)
    return this.tokens.length < length
  }

  /** Somebody is erased: the subject may stay, the nick goes. */
  forgetAuthor(person: BareJid): void {
    if (this.subject?.author !== person) return
    const { texts, time } = this.subject
    this.subject = { texts, time, from: this.jid }
  }

  mayRead(person: BareJid): boolean {
    const affiliation = this.affiliationOf(person)
    if (affiliation === 'outcast' || this.locked) return false
    if (atLeast(affiliation, 'member')) return true
    const { membersOnly, password } = this.configuration
    if (!membersOnly && password === '') return true
    return this.isInside(person)
  }

  // Who is in it

  get size(): number {
    return this.#occupants.size
  }

  occupants(): Iterable<Occupant> {
    return this.#occupants.values()
  }

  isInside(person: BareJid): boolean {
    for (const occupant of this.#occupants.values()) if (occupant.person === person) return true
    return false
  }

  occupantsOf(person: BareJid): Occupant[] {
    return [...this.#occupants.values()].filter(occupant => occupant.person === person)
  }

  occupantNamed(nick: string): Occupant | undefined {
    return this.#occupants.get(nickKey(nick))
  }

  device(jid: Jid): Device | undefined {
    return this.#devices.get(jid)
  }

  occupantOf(device: Jid): Occupant | undefined {
    return this.#devices.get(device)?.occupant
  }

  /** Every device, as of now: a list that does not change any more. */
  get everybody(): readonly Device[] {
    this.#everybody ??= [...this.#devices.values()]
    return this.#everybody
  }

  get moderators(): Occupant[] {
    return [...this.#occupants.values()].filter(({ role }) => role === 'moderator')
  }

  roleOf(affiliation: Affiliation): Role {
    return defaultRole(affiliation, this.configuration.moderated)
  }

  /** The address of a nick in this room; undefined where it is none. */
  addressOf(nick: string): FullJid | undefined {
    return fullJid(this.jid, nick)
  }

  enter(occupant: Occupant, device: Device): void {
    this.#occupants.set(nickKey(occupant.nick), occupant)
    occupant.add(device)
    this.#devices.set(device.jid, device)
    this.#everybody = undefined
  }

  /** Takes one device out, and its occupant with the last one. @returns whether the occupant is gone */
  leave(device: Device): boolean {
    const { occupant } = device
    this.#devices.delete(device.jid)
    this.#everybody = undefined
    occupant.remove(device)
    if (occupant.count > 0) return false
    this.#occupants.delete(nickKey(occupant.nick))
    return true
  }

  rename(occupant: Occupant, nick: string, jid: FullJid): void {
    this.#occupants.delete(nickKey(occupant.nick))
    occupant.rename(nick, jid)
    this.#occupants.set(nickKey(nick), occupant)
  }

  /** Devices of servers that are not there any more. */
  devicesOf(domain: string): Device[] {
    return this.everybody.filter(({ jid }) => domainOf(bareOf(jid)) === domain)
  }

  /** How `broadcast` is done. */
  speaksThrough(broadcast: (message: Element) => void): void {
    this.#broadcast = broadcast
  }

  broadcast(message: Element): void {
    this.#broadcast(message)
  }
}
