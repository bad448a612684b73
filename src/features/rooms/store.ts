/**
 * What is kept of rooms. The database sees numbers, tags that are noise without the master secret, and sealed bytes: not
 * what a room is called, nor who belongs to it, nor that two rooms have somebody in common with an account.
 */

import { createHmac, randomInt } from 'node:crypto'
import { roomTable } from '../../privacy/catalogue.ts'
import { type Day, dayOf } from '../../privacy/day.ts'
import { type BareJid, type DomainJid, domainOf, isFull, type Jid, parseBareJid, parseJid } from '../../protocol/jid.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import { write } from '../../protocol/xml/write.ts'
import { bound, open, seal, wipe } from '../../seals/envelope.ts'
import type { Vault } from '../../seals/vault.ts'
import type { Database, Row, Step } from '../../storage/database.ts'
import { type Configuration, privateRoom } from './configuration.ts'
import type { Person } from './history.ts'
import { isAffiliation } from './rights.ts'
import { type Belonging, Room, type Subject } from './room.ts'
import type { Token } from './tokens.ts'

export const roomsTable = roomTable(
  'rooms',
  'id',
  {
    id: { kind: 'id', why: 'stands for the room everywhere else; random, and never used again' },
    tag: { kind: 'random', why: 'finds a room by its address; says nothing without the master secret' },
    stays: { kind: 'number', why: '1 if the room outlives its last visitor' },
    listing: {
      kind: 'random',
      nullable: true,
      why: 'finds the rooms in the public list of a domain; empty for all others',
    },
    value: {
      kind: 'sealed',
      why: 'address, configuration, subject and open invitations; opens with the key of the room in the vault',
    },
  },
  {
    key: ['id'],
    unique: [['tag']],
    indexes: [['listing', 'id'], ['stays']],
    keep: 'until the room is destroyed',
    reader: 'server',
    endedBy: 'its owners, or the end of the last owner’s account',
    since: 7,
  },
)

export const roomPeopleTable = roomTable(
  'room_people',
  'room',
  {
    room: { kind: 'id', why: 'the room that somebody belongs to, or is banned from' },
    person: {
      kind: 'random',
      why: 'finds the rooms of an account when that is erased; says nothing without the master secret',
    },
    value: {
      kind: 'sealed',
      why: 'who it is, what they are there, their reserved nick; opens with the key of the room',
    },
  },
  {
    key: ['room', 'person'],
    indexes: [['person']],
    keep: 'until the affiliation ends, or the room, or the account',
    reader: 'server',
    endedBy: 'the admins of the room',
    since: 7,
  },
)

/** Everybody who comes to belong to the room later, or to be something else in it, has a higher one. */
const makersOrder = 0
const tagBytes = 16
const idLimit = 2 ** 48 - 1

/** A room in the public list. */
export interface ListedRoom {
  readonly id: number
  readonly jid: BareJid
  readonly configuration: Configuration
}

export interface RoomStoreParts {
  readonly db: Database
  readonly vault: Pick<Vault, 'rooms' | 'secretFor'>
  /** Milliseconds since 1970. */
  now(): number
  /** Something sealed was changed on the disk. */
  readonly damaged?: () => void
}

interface Shape {
  readonly jid: string
  readonly configuration: Partial<Configuration>
  readonly locked?: true
  readonly subject?: {
    readonly texts: readonly string[]
    readonly from: string
    readonly author?: string
    readonly time: number
  }
  readonly tokens?: readonly (Omit<Token, 'creator'> & { readonly creator: string })[]
}

const INSERT = 'INSERT INTO rooms (id, tag, stays, listing, value) VALUES (?, ?, ?, ?, ?)'
const UPDATE = 'UPDATE rooms SET stays = ?, listing = ?, value = ? WHERE id = ?'
const PUT_PERSON = `INSERT INTO room_people (room, person, value) SELECT id, ?, ? FROM rooms WHERE id = ?
  ON CONFLICT (room, person) DO UPDATE SET value = excluded.value`
const REMOVE_PERSON = 'DELETE FROM room_people WHERE room = ? AND person = ?'

export class RoomStore {
  readonly #db: Database
  readonly #parts: RoomStoreParts

  constructor(parts: RoomStoreParts) {
    this.#parts = parts
    this.#db = parts.db
  }

  /** A new room, with its first owner; durable when resolved. */
  async create(jid: BareJid, owner: Person, configuration: Configuration): Promise<Room> {
    const id = randomInt(1, idLimit)
    await this.#parts.vault.rooms.add(id)
    const people = new Map<Person, Belonging>([[owner, { affiliation: 'owner', order: makersOrder }]])
    const room = this.#room({ id, jid, configuration, subject: undefined, people, locked: true })
    await this.#db.unit([
      [INSERT, [id, this.#tag('room', jid), 0, null, this.#sealed(room)]],
      this.#person(room, owner),
    ])
    return room
  }

  async load(jid: BareJid): Promise<Room | undefined> {
    const row = await this.#db.get('SELECT id, value FROM rooms WHERE tag = ?', [this.#tag('room', jid)])
    return row && this.#opened(row)
  }

  /** Configuration, subject, invitations whose time is not over, and whether it is locked; durable when resolved. */
  async save(room: Room): Promise<void> {
    room.endTokens(this.#parts.now())
    await this.#db.run(UPDATE, [...this.#flags(room), this.#sealed(room), room.id])
  }

  /** What some people are to the room now. */
  async savePeople(room: Room, people: readonly Person[]): Promise<void> {
    await this.#db.unit(people.map(person => this.#person(room, person)))
  }

  /** Nothing of it can be read any more, wherever copies are, once this has resolved. */
  async destroy(id: number): Promise<void> {
    await this.#parts.vault.rooms.destroy(id)
    await this.#db.unit([
      ['DELETE FROM room_people WHERE room = ?', [id]],
      ['DELETE FROM rooms WHERE id = ?', [id]],
    ])
  }

  /** The rooms that a person belongs to, or is banned from. */
  async roomsOf(person: Person): Promise<BareJid[]> {
    const sql = 'SELECT r.id, r.value FROM room_people p JOIN rooms r ON r.id = p.room WHERE p.person = ?'
    const rows = await this.#db.all(sql, [this.#tag('person', person)])
    return rows.flatMap(row => parseBareJid(this.#shape(row)?.jid ?? '') ?? [])
  }

  /** How many rooms a person has made and owned ever since: what others make them an owner of is not their doing. */
  async madeBy(person: Person): Promise<number> {
    const tag = this.#tag('person', person)
    const rows = await this.#db.all('SELECT room, person, value FROM room_people WHERE person = ?', [tag])
    return rows.filter(row => {
      const belonging = this.#openedPerson(Number(row.room), row)?.[1]
      return belonging?.affiliation === 'owner' && belonging.order === makersOrder
    }).length
  }

  /** Rooms in the public list of a domain, in the order of their numbers, which is nobody's order. */
  async listed(domain: DomainJid, after: number, most: number): Promise<ListedRoom[]> {
    const sql = 'SELECT id, value FROM rooms WHERE listing = ? AND id > ? ORDER BY id LIMIT ?'
    return (await this.#db.all(sql, [this.#tag('list', domain), after, most])).flatMap(row => {
      const shape = this.#shape(row)
      const jid = parseBareJid(shape?.jid ?? '')
      if (shape === undefined || jid === undefined) return []
      return [{ id: Number(row.id), jid, configuration: { ...privateRoom, ...shape.configuration } }]
    })
  }

  async countListed(domain: DomainJid): Promise<number> {
    const sql = 'SELECT COUNT(*) AS n FROM rooms WHERE listing = ?'
    return Number((await this.#db.get(sql, [this.#tag('list', domain)]))?.n ?? 0)
  }

  /** All rooms of a service. Where a room is only its key tells, so each is looked at. */
  async at(service: DomainJid): Promise<BareJid[]> {
    const found: BareJid[] = []
    for await (const row of this.#everyRow()) {
      const jid = parseBareJid(this.#shape(row)?.jid ?? '')
      if (jid !== undefined && domainOf(jid) === service) found.push(jid)
    }
    return found
  }

  /** Erases the invitations whose time was over before that day. */
  async endTokens(today: Day): Promise<void> {
    for await (const row of this.#everyRow()) {
      const shape = this.#shape(row)
      const left = shape?.tokens?.filter(({ ends }) => dayOf(ends) >= today)
      if (shape === undefined || left?.length === shape.tokens?.length) continue
      const id = Number(row.id)
      const { tokens: _, ...rest } = shape
      const value = this.#seal(id, 'room', { ...rest, ...(left?.length ? { tokens: left } : {}) })
      // Somebody may write the room meanwhile: without them, too.
      await this.#db.run('UPDATE rooms SET value = ? WHERE id = ? AND value = ?', [value, id, row.value as Uint8Array])
    }
  }

  async *#everyRow(): AsyncGenerator<Row> {
    for (let after = -1; ; ) {
      const rows = await this.#db.all('SELECT id, value FROM rooms WHERE id > ? ORDER BY id LIMIT 500', [after])
      const last = rows.at(-1)
      if (last === undefined) return
      after = Number(last.id)
      yield* rows
    }
  }

  /** Rooms that should have gone with their last visitor: the service stopped before. */
  async leftOver(): Promise<BareJid[]> {
    const rows = await this.#db.all('SELECT id, value FROM rooms WHERE stays = 0')
    return rows.flatMap(row => parseBareJid(this.#shape(row)?.jid ?? '') ?? [])
  }

  // Sealing

  async #opened(row: Row): Promise<Room | undefined> {
    const id = Number(row.id)
    const shape = this.#shape(row)
    const jid = parseBareJid(shape?.jid ?? '')
    if (shape === undefined || jid === undefined) return undefined
    const rows = await this.#db.all('SELECT person, value FROM room_people WHERE room = ?', [id])
    const people = new Map<Person, Belonging>()
    for (const one of rows) {
      const [person, belonging] = this.#openedPerson(id, one) ?? []
      if (person !== undefined && belonging !== undefined) people.set(person, belonging)
    }
    const configuration = { ...privateRoom, ...shape.configuration }
    const locked = shape.locked === true
    return this.#room({ id, jid, configuration, subject: subjectIn(shape), people, tokens: tokensIn(shape), locked })
  }

  #room(parts: Omit<ConstructorParameters<typeof Room>[0], 'occupantId'>): Room {
    const { id } = parts
    // XEP-0421: the same at every visit, and in no other room.
    const occupantId = (person: BareJid): string => {
      const key = this.#parts.vault.rooms.keys(id)?.tags
      if (key === undefined) throw new Error('There is no key for this room: it is being destroyed.')
      return createHmac('sha256', key).update('occupant\0').update(person).digest('base64url').slice(0, 32)
    }
    return new Room({ ...parts, occupantId })
  }

  #shape({ id, value }: Row): Shape | undefined {
    return this.#open(Number(id), 'room', value as Uint8Array) as Shape | undefined
  }

  #openedPerson(room: number, { person, value }: Row): [Person, Belonging] | undefined {
    const opened = this.#open(room, Buffer.from(person as Uint8Array).toString('hex'), value as Uint8Array)
    const { jid, ...belonging } = (opened ?? {}) as { jid?: string } & Belonging
    const whose = parseJid(jid ?? '')
    if (whose === undefined || isFull(whose) || !isAffiliation(belonging.affiliation)) return undefined
    return [whose, belonging]
  }

  #open(room: number, what: string, value: Uint8Array): unknown {
    const key = this.#parts.vault.rooms.keys(room)?.documents
    if (key === undefined) return undefined
    const opened = open(key, value, bound('sotto room', room, what))
    if (opened === undefined) {
      this.#parts.damaged?.()
      return undefined
    }
    return JSON.parse(opened.toString())
  }

  #seal(room: number, what: string, value: unknown): Uint8Array {
    const key = this.#parts.vault.rooms.keys(room)?.documents
    if (key === undefined) throw new Error('There is no key for this room: it is being destroyed.')
    return seal(key, Buffer.from(JSON.stringify(value)), bound('sotto room', room, what))
  }

  #sealed(room: Room): Uint8Array {
    const { id, jid, configuration, tokens, locked } = room
    const subject = kept(room)
    const shape: Shape = {
      jid,
      configuration,
      ...(locked ? { locked: true } : {}),
      ...(subject === undefined ? {} : { subject: { ...subject, texts: subject.texts.map(text => write(text)) } }),
      ...(tokens.length === 0 ? {} : { tokens }),
    }
    return this.#seal(id, 'room', shape)
  }

  #person(room: Room, person: Person): Step {
    const tag = this.#tag('person', person)
    const belonging = room.belonging(person)
    if (belonging === undefined) return [REMOVE_PERSON, [room.id, tag]]
    return [
      PUT_PERSON,
      [tag, this.#seal(room.id, Buffer.from(tag).toString('hex'), { jid: person, ...belonging }), room.id],
    ]
  }

  #flags({ jid, configuration, locked }: Room): [number, Uint8Array | null] {
    const { persistent, listed } = configuration
    const domain = parseJid(domainOf(jid))
    return [persistent && !locked ? 1 : 0, listed && !locked && domain !== undefined ? this.#tag('list', domain) : null]
  }

  #tag(what: 'room' | 'person' | 'list', jid: Jid): Uint8Array {
    const key = this.#parts.vault.secretFor('sotto tags of rooms')
    const mac = createHmac('sha256', key).update(what).update('\0').update(jid).digest()
    wipe(key)
    // Of its own, since what is handed to another thread takes the memory around it along.
    return new Uint8Array(mac.subarray(0, tagBytes))
  }
}

/** The subject, with nothing of somebody who does not belong to the room: the end of their account would not find it. */
function kept(room: Room): Subject | undefined {
  const { subject, jid } = room
  if (subject?.author === undefined || room.belonging(subject.author) !== undefined) return subject
  return { texts: subject.texts, time: subject.time, from: jid }
}

function tokensIn({ tokens = [] }: Shape): Token[] {
  return tokens.flatMap(token => {
    const creator = parseBareJid(token.creator)
    return creator === undefined ? [] : [{ ...token, creator }]
  })
}

function subjectIn({ subject }: Shape): Subject | undefined {
  const from = parseJid(subject?.from ?? '')
  if (subject === undefined || from === undefined) return undefined
  const author = parseBareJid(subject.author ?? '')
  const texts = subject.texts.map(text => parseElement(text))
  return { texts, from, time: subject.time, ...(author === undefined ? {} : { author }) }
}
