/** The rooms that are in memory: those somebody is in, and those that a stanza is being dealt with for. */

import { type BareJid, localpartOf, parseJid } from '../../protocol/jid.ts'
import { problem } from '../../protocol/problems.ts'
import { ForMany } from '../../routing/parcel.ts'
import { FanOut } from './fan-out.ts'
import type { Hall } from './hall.ts'
import type { Room } from './room.ts'

interface Entry {
  room: Room | undefined
  loading: Promise<Room | undefined> | undefined
  making: Promise<Room> | undefined
  /** Stanzas that are being dealt with. */
  users: number
}

/** Letters that may be mistaken for others, and signs that mean something in addresses of elsewhere, are left out. */
const allowedName = /^[\p{Ll}\p{Lo}\p{Nd}\p{M}._\-+%]{1,100}$/u

export class RoomDirectory {
  readonly #hall: Hall
  readonly #entries = new Map<BareJid, Entry>()
  /** Rooms on their way out: what comes next for such an address waits. */
  readonly #going = new Map<BareJid, Promise<void>>()
  /** What is on its way to the disk. */
  readonly #writing = new Set<Promise<unknown>>()

  constructor(hall: Hall) {
    this.#hall = hall
  }

  get inMemory(): number {
    return this.#entries.size
  }

  *all(): Iterable<Room> {
    for (const { room } of this.#entries.values()) if (room !== undefined) yield room
  }

  /** At once if it is in memory. */
  present(jid: BareJid): Room | undefined {
    return this.#entries.get(jid)?.room
  }

  /**
   * Does something with a room, or with none if there is none; at once where it is in memory and nothing before has to wait.
   * The room stays in memory until that is done.
   */
  with<T>(jid: BareJid, use: (room: Room | undefined) => T | Promise<T>): T | Promise<T> {
    const entry = this.#entries.get(jid) ?? this.#enter(jid)
    entry.users++
    const done = (): void => {
      entry.users--
      this.#tidy(jid, entry)
    }
    const { loading } = entry
    if (loading !== undefined) return loading.then(room => use(living(room))).finally(done)
    let result: T | Promise<T>
    try {
      result = use(living(entry.room))
    } catch (thrown) {
      done()
      throw thrown
    }
    if (result instanceof Promise) return result.finally(done)
    done()
    return result
  }

  #enter(jid: BareJid): Entry {
    const entry: Entry = { room: undefined, loading: undefined, making: undefined, users: 0 }
    this.#entries.set(jid, entry)
    entry.loading = (this.#going.get(jid) ?? Promise.resolve())
      .then(() => this.#hall.store.load(jid))
      .then(room => {
        entry.room = this.#ready(room)
        return room
      })
      .finally(() => {
        entry.loading = undefined
      })
    return entry
  }

  #ready<R extends Room | undefined>(room: R): R {
    room?.speaksThrough(message => {
      const many = new ForMany(message, parseJid(message.attr('from') ?? '') ?? room.jid)
      room.sequence.add(new FanOut(this.#hall.post, room.everybody, () => many))
    })
    return room
  }

  #tidy(jid: BareJid, entry: Entry): void {
    const { room } = entry
    if (entry.users > 0 || this.#entries.get(jid) !== entry) return
    if (room === undefined || room.gone) this.#entries.delete(jid)
    else if (room.size === 0) {
      if (room.configuration.persistent && !room.locked) this.#entries.delete(jid)
      // XEP-0045#exit: the last one turns off the light.
      else void this.end(room)
    }
  }

  /** Nobody is in it any more. */
  emptied(room: Room): void {
    const entry = this.#entries.get(room.jid)
    if (entry?.room === room) this.#tidy(room.jid, entry)
  }

  /**
   * Makes a room for somebody (XEP-0045#createroom); to be called while `with` holds its address.
   * @returns the room, and whether it was made for them: somebody may have been quicker
   * @throws Problem where that is not allowed
   */
  async create(jid: BareJid, owner: BareJid): Promise<{ room: Room; created: boolean }> {
    const entry = this.#entries.get(jid)!
    await this.#mayCreate(jid, owner)
    const other = await entry.making?.catch(() => undefined)
    const there = other ?? living(entry.room)
    if (there !== undefined) return { room: there, created: false }
    entry.making = this.#hall.store.create(jid, owner, this.#hall.usual)
    try {
      const room = await entry.making
      entry.room = this.#ready(room)
      return { room, created: true }
    } finally {
      entry.making = undefined
    }
  }

  async #mayCreate(jid: BareJid, owner: BareJid): Promise<void> {
    const { mayCreate, pace, store, limits } = this.#hall
    if (!(await mayCreate(jid, owner))) throw problem('not-allowed', 'You may not make rooms here.')
    if (!allowedName.test(localpartOf(jid))) {
      throw problem('not-acceptable', 'The name of a room has letters, digits, dots, hyphens and underscores.')
    }
    if ((await store.madeBy(owner)) >= limits.roomsPerAccount) {
      throw problem(
        'resource-constraint',
        `You have made ${limits.roomsPerAccount} rooms, which is the most here. Destroy one of them first.`,
      )
    }
    if (!pace.allows('creation', owner)) {
      throw problem('policy-violation', 'You have made many rooms. Wait a little.', { type: 'wait' })
    }
  }

  /** Configuration or subject is another: writes it. @returns when it is on disk */
  changed(room: Room): Promise<void> {
    return room.gone ? Promise.resolve() : this.#track(this.#hall.store.save(room))
  }

  /** Ends a room, in memory and on disk. Who is in it has been told. */
  end(room: Room): Promise<void> {
    if (room.gone) return this.#going.get(room.jid) ?? Promise.resolve()
    room.gone = true
    const { store, history, extensions, log } = this.#hall
    const { jid, id } = room
    if (this.#entries.get(jid)?.room === room) this.#entries.delete(jid)
    const going = (async () => {
      for (const { destroyed } of extensions) await destroyed?.(room)
      await history.destroyed({ id, jid })
      await store.destroy(id)
    })()
      .catch((bug: unknown) => log.bug('a room could not be destroyed', bug))
      .finally(() => {
        if (this.#going.get(jid) === going) this.#going.delete(jid)
      })
    this.#going.set(jid, going)
    return this.#track(going)
  }

  #track<T>(writing: Promise<T>): Promise<T> {
    const tracked: Promise<unknown> = writing
      .catch((bug: unknown) => this.#hall.log.bug('a room could not be written', bug))
      .finally(() => this.#writing.delete(tracked))
    this.#writing.add(tracked)
    return writing
  }

  /** Resolves when all that was changed is on disk. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#writing)
  }
}

function living(room: Room | undefined): Room | undefined {
  return room?.gone === true ? undefined : room
}
