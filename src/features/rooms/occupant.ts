import type { BareJid, FullJid } from '../../protocol/jid.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { addressOf, type ForMany } from '../../routing/parcel.ts'
import type { Session } from '../../routing/session.ts'
import type { OccupantView } from './history.ts'
import type { Affiliation, Role } from './rights.ts'

/** Something for a device that is still being shown what was said before. */
export interface Held {
  readonly many: ForMany
  /** Of a message: it may have been in the history already. */
  readonly id: string | undefined
}

/** One device in a room. */
export class Device {
  /** Its real address. */
  readonly jid: FullJid
  readonly address: string
  /** Its session, if it is one of ours. */
  readonly session: Session | undefined
  occupant: Occupant
  /** Its presence, as it was sent: only what it shows of itself. */
  presence: Element
  /** Present while it is being shown the history. */
  held: Held[] | undefined

  /** Requests to other occupants that wait for their answers. */
  asking = 0

  constructor(jid: FullJid, occupant: Occupant, presence: Element, session: Session | undefined) {
    this.jid = jid
    this.address = addressOf(jid)
    this.occupant = occupant
    this.presence = presence
    this.session = session
  }
}

/** Somebody in a room: one nick, with all devices of one person that share it (XEP-0045#enter-conflict). */
export class Occupant implements OccupantView {
  nick: string
  jid: FullJid
  readonly person: BareJid
  readonly occupantId: string
  affiliation: Affiliation
  role: Role
  /** The presence that others see is that of the device which sent one last. */
  shown!: Device
  readonly #devices: Device[] = []
  /** `shown` as others get it: with the real address, and without. */
  #written: { open?: ForMany; veiled?: ForMany } = {}

  constructor(nick: string, jid: FullJid, person: BareJid, occupantId: string, affiliation: Affiliation, role: Role) {
    this.nick = nick
    this.jid = jid
    this.person = person
    this.occupantId = occupantId
    this.affiliation = affiliation
    this.role = role
  }

  get devices(): FullJid[] {
    return this.#devices.map(({ jid }) => jid)
  }

  get all(): readonly Device[] {
    return this.#devices
  }

  get count(): number {
    return this.#devices.length
  }

  add(device: Device): void {
    this.#devices.push(device)
    device.occupant = this
    this.shows(device)
  }

  remove(device: Device): void {
    this.#devices.splice(this.#devices.indexOf(device), 1)
    if (this.shown === device && this.#devices.length > 0) this.shows(this.#devices.at(-1)!)
  }

  shows(device: Device): void {
    this.shown = device
    this.changed()
  }

  rename(nick: string, jid: FullJid): void {
    this.nick = nick
    this.jid = jid
    this.changed()
  }

  become(affiliation: Affiliation, role: Role): void {
    this.affiliation = affiliation
    this.role = role
    this.changed()
  }

  /** What others get has to be written anew. */
  changed(): void {
    this.#written = {}
  }

  /** Its presence without any code, written once for everybody who gets it. */
  written(kind: 'open' | 'veiled', make: () => ForMany): ForMany {
    this.#written[kind] ??= make()
    return this.#written[kind]
  }
}
