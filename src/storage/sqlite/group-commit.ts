/**
 * Collects writes on the main thread and sends them to the writer in groups, one group in flight at a time:
 * all that arrives while one is being committed is the next. A commit costs a disk flush whatever its size, so under
 * load groups are also held back for a moment; a lone write after a pause leaves at the end of the tick.
 */

import { type Step, StorageError, type Value } from '../database.ts'
import type { Batch, Reply } from './batch.ts'

/** The bounds and the pace of the queue. */
export interface CommitPace {
  /** Statements that may wait before more are refused. */
  readonly maxPending: number
  /** Bytes of text and blobs that may wait before more are refused. */
  readonly maxPendingBytes: number
  /** Statements in one group. */
  readonly groupRows: number
  /** Time between the departures of two groups under load, unless `hurryRows` are waiting. */
  readonly gapMs: number
  readonly hurryRows: number
  /** How long statements that nobody waits for may wait for company. */
  readonly lingerMs: number
}

export const defaultPace: CommitPace = {
  maxPending: 50_000,
  maxPendingBytes: 64 * 1024 * 1024,
  groupRows: 1000,
  gapMs: 2,
  hurryRows: 192,
  lingerMs: 25,
}

/** One promise of `run` or `unit`. */
interface Awaited {
  readonly steps: number
  resolve(changes: number[]): void
  reject(error: StorageError): void
}
interface Appended {
  readonly committed: (() => void) | undefined
  readonly refused: ((error: StorageError) => void) | undefined
}
interface Afterwards {
  readonly afterwards: () => void
  readonly lost: ((error: StorageError) => void) | undefined
}
const nobody: Appended = { committed: undefined, refused: undefined }
type Party = Awaited | Appended | Afterwards

/** A statement text and the number it has between the two threads. */
interface Text {
  readonly number: number
  readonly params: number
}

/** A file that statements are for, and the texts that the writer knows for it. */
export class Place {
  /** '' for the database itself, `family/day` for a partition. */
  readonly name: string
  readonly texts = new Map<string, Text>()

  constructor(name: string) {
    this.name = name
  }
}

class Group {
  readonly texts: (readonly [string, number, string])[] = []
  readonly ops: Value[] = []
  readonly parties: Party[] = []
  readonly blobs: number[] = []
  memory = noMemory
  used = 0
  rows = 0
  bytes = 0
  /** Does anybody wait for any of it? */
  awaited = false
}

const MOMENT = 1
const noMemory = new Uint8Array()
const LEAST_MEMORY = 16 * 1024

export class GroupCommit {
  failed: StorageError | undefined
  #pace: CommitPace
  #send: (batch: Batch) => void
  #fault: (error: unknown) => void
  #texts = 0
  #open = new Group()
  /** Groups that are as large as a group may be, before `#open`. */
  #full: Group[] = []
  #inFlight: Group | undefined
  #pending = 0
  #bytes = 0
  #lastDeparture = 0
  #tick: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  #timerDue = 0
  #closed = false

  /** `send` hands a batch to the writer; `fault` is told of errors thrown by callbacks and of unheard refusals. */
  constructor(send: (batch: Batch) => void, fault: (error: unknown) => void, pace: CommitPace = defaultPace) {
    this.#send = send
    this.#fault = fault
    this.#pace = pace
  }

  get pending(): number {
    return this.#pending
  }

  run(place: Place, steps: readonly Step[]): Promise<number[]> {
    return new Promise((resolve, reject) => {
      this.#admit()
      for (const [sql, params] of steps) checkCount(place.texts.get(sql), sql, params ?? [])
      const group = this.#openGroup()
      group.ops.push(-steps.length)
      for (const [sql, params] of steps) this.#add(group, place, sql, params ?? [])
      group.parties.push({ steps: steps.length, resolve, reject })
      group.awaited = true
      this.#depart()
    })
  }

  append(
    place: Place,
    sql: string,
    params: readonly Value[],
    committed?: () => void,
    refused?: (error: StorageError) => void,
  ): void {
    this.#admit()
    checkCount(place.texts.get(sql), sql, params)
    const group = this.#openGroup()
    this.#add(group, place, sql, params)
    group.parties.push({ committed, refused })
    group.awaited = true
    this.#depart()
  }

  /** Goes with the last `append`: its group is still the open one. */
  join(place: Place, sql: string, params: readonly Value[]): void {
    checkCount(place.texts.get(sql), sql, params)
    this.#add(this.#open, place, sql, params)
    this.#open.parties.push(nobody)
  }

  /** Not refused when much is pending: what tidies up makes room. */
  later(place: Place, sql: string, params: readonly Value[]): void {
    if (this.failed || this.#closed) return
    checkCount(place.texts.get(sql), sql, params)
    const group = this.#openGroup()
    this.#add(group, place, sql, params)
    group.parties.push(nobody)
    this.#linger()
  }

  /** `fn` runs when all that somebody waits for is durable: at once if that is nothing, never if it fails. */
  afterCommit(fn: () => void): void {
    if (this.failed) return
    const last = this.#last(group => group.awaited)
    if (last) last.parties.push({ afterwards: fn, lost: undefined })
    else fn()
  }

  /** Resolves when all that was submitted is durable. */
  settled(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failed) return reject(this.failed)
      const last = this.#last(() => true)
      if (!last) return resolve()
      last.parties.push({ afterwards: resolve, lost: reject })
      last.awaited = true
      this.#depart()
    })
  }

  #last(fits: (group: Group) => boolean): Group | undefined {
    if (this.#open.rows > 0 && fits(this.#open)) return this.#open
    return this.#full.findLast(fits) ?? (this.#inFlight && fits(this.#inFlight) ? this.#inFlight : undefined)
  }

  /** The writer has answered for the group in flight. */
  answered({ changes, refusals }: Extract<Reply, { is: 'done' }>): void {
    const group = this.#inFlight
    if (!group) return
    this.#inFlight = undefined
    this.#pending -= group.rows
    this.#bytes -= group.bytes
    // The next group must not wait for what the callbacks of this one do.
    if (this.#full.length > 0 || this.#open.rows >= this.#pace.hurryRows) this.#leave()
    this.#tell(group, changes, refusals)
    if (this.#open.awaited) this.#depart()
    else if (this.#open.rows > 0) this.#linger()
  }

  /** Nothing more can be written: everybody who waits is told, or, without a way to be told, never called. */
  fail(error: StorageError): void {
    if (this.failed) return
    this.failed = error
    clearTimeout(this.#timer)
    clearImmediate(this.#tick)
    const groups = [...(this.#inFlight ? [this.#inFlight] : []), ...this.#full, this.#open]
    this.#inFlight = undefined
    this.#full = []
    this.#open = new Group()
    this.#pending = 0
    this.#bytes = 0
    for (const group of groups) {
      for (const party of group.parties) {
        if ('reject' in party) party.reject(error)
        else if ('lost' in party) party.lost?.(error)
      }
    }
  }

  /** Refuses what comes from now on; resolves when everything submitted before is durable or can no longer be. */
  async close(): Promise<void> {
    this.#closed = true
    await this.settled().catch(() => undefined)
  }

  #admit(): void {
    if (this.failed) throw this.failed
    if (this.#closed) throw new StorageError('closed', 'The store is closed.')
    if (this.#pending >= this.#pace.maxPending || this.#bytes >= this.#pace.maxPendingBytes) {
      throw new StorageError('full', 'The store is behind with writing. Try again in a moment.')
    }
  }

  #openGroup(): Group {
    if (this.#open.rows >= this.#pace.groupRows) {
      this.#full.push(this.#open)
      this.#open = new Group()
    }
    return this.#open
  }

  #add(group: Group, place: Place, sql: string, params: readonly Value[]): void {
    let text = place.texts.get(sql)
    if (!text) {
      text = { number: this.#texts++, params: params.length }
      place.texts.set(sql, text)
      group.texts.push([sql, params.length, place.name])
    }
    group.ops.push(text.number)
    let bytes = 64
    for (const value of params) {
      if (typeof value === 'string') bytes += value.length
      else if (value instanceof Uint8Array) {
        bytes += value.byteLength
        keepBlob(group, value)
        group.ops.push(null)
        continue
      }
      group.ops.push(value)
    }
    group.rows++
    group.bytes += bytes
    this.#pending++
    this.#bytes += bytes
  }

  /** Somebody waits: leave at the end of the tick, or under load after the gap. */
  #depart(): void {
    if (this.#inFlight || this.#tick) return
    const since = performance.now() - this.#lastDeparture
    if (since >= this.#pace.gapMs || this.#open.rows >= this.#pace.hurryRows) {
      this.#tick = setImmediate(() => this.#leave())
      return
    }
    this.#wake(Math.max(MOMENT, Math.floor(this.#pace.gapMs - since)))
  }

  #linger(): void {
    if (this.#inFlight || this.#tick || this.#timer) return
    if (this.#open.rows >= this.#pace.hurryRows) this.#depart()
    else this.#wake(this.#pace.lingerMs)
  }

  #wake(ms: number): void {
    const due = performance.now() + ms
    if (this.#timer && this.#timerDue <= due) return
    clearTimeout(this.#timer)
    this.#timerDue = due
    this.#timer = setTimeout(() => this.#leave(), ms)
  }

  #leave(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#tick)
    this.#timer = undefined
    this.#tick = undefined
    if (this.#inFlight || this.failed) return
    const group = this.#full.shift() ?? this.#open
    if (group.rows === 0) return
    if (group === this.#open) this.#open = new Group()
    this.#inFlight = group
    this.#lastDeparture = performance.now()
    const { texts, ops, blobs, memory } = group
    this.#send({ texts, ops, blobs, memory })
  }

  #tell(group: Group, changes: readonly number[], refusals: Extract<Reply, { is: 'done' }>['refusals']): void {
    let operation = 0
    let change = 0
    let refusal = 0
    for (const party of group.parties) {
      if ('afterwards' in party) {
        this.#call(party.afterwards)
        continue
      }
      const said = refusals[refusal]
      const error = said && said[0] === operation ? new StorageError(said[1], said[2]) : undefined
      if (error) refusal++
      operation++
      if ('reject' in party) {
        if (error) party.reject(error)
        else {
          party.resolve(changes.slice(change, change + party.steps))
          change += party.steps
        }
      } else if (!error) {
        if (party.committed) this.#call(party.committed)
      } else if (party.refused) {
        const { refused } = party
        this.#call(() => refused(error))
      } else {
        this.#fault(error)
      }
    }
  }

  /** One party's bug must not keep the others from being told. */
  #call(fn: () => void): void {
    try {
      fn()
    } catch (error) {
      this.#fault(error)
    }
  }
}

/** A wrong number of values would shift everything behind it in the group, so it is refused before it gets there. */
function checkCount(known: Text | undefined, sql: string, params: readonly Value[]): void {
  if (known && known.params !== params.length) {
    throw new StorageError('sql', `A statement was given ${params.length} values and wants ${known.params}: ${sql}`)
  }
}

/** Copies a blob into the memory of its group. It belongs to the value that is about to be added. */
function keepBlob(group: Group, blob: Uint8Array): void {
  const end = group.used + blob.byteLength
  if (end > group.memory.byteLength) {
    const larger = new Uint8Array(Math.max(LEAST_MEMORY, 2 * end))
    larger.set(group.memory.subarray(0, group.used))
    group.memory = larger
  }
  group.memory.set(blob, group.used)
  group.blobs.push(group.ops.length, group.used, blob.byteLength)
  group.used = end
}
