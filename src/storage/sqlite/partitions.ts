/** The partitions of a database as the main thread sees them: which there are, and the connections that read them. */

import type { Partition, Row, Step, StorageError, Value } from '../database.ts'
import type { RealTable } from '../schema.ts'
import type { Errand } from './batch.ts'
import { type GroupCommit, Place } from './group-commit.ts'
import { daysOnDisk, partitionPath, placeOf, removePartition } from './partition-files.ts'
import { Reader } from './reader.ts'

/** What partitions need of the database they belong to. */
export interface Surroundings {
  /** The database's file. */
  readonly path: string
  readonly families: readonly string[]
  readonly commits: GroupCommit
  readonly busyTimeoutMs: number
  /** Whether somebody writes; otherwise files are only read, and left as they are. */
  readonly writing: boolean
  errand(errand: Errand): Promise<void>
  erased(place: string): Promise<void>
}

/** Partitions that may be open at the same time. */
const MAX_OPEN = 24
/** Nobody has used a partition for this long: its files are closed, and show nothing finer than their day. */
const IDLE_MS = 60_000
const CACHE_KB = 1024

export class Partitions {
  readonly #around: Surroundings
  readonly #all = new Map<string, SqlitePartition>()
  /** By family, sorted. */
  readonly #days = new Map<string, string[]>()
  /** Those in use, longest unused first. */
  readonly #used = new Map<SqlitePartition, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(around: Surroundings) {
    this.#around = around
    for (const family of around.families) this.#days.set(family, daysOnDisk(around.path, family))
  }

  of(family: string, day: string): SqlitePartition {
    const place = placeOf(family, day)
    let found = this.#all.get(place)
    if (!found) {
      if (!this.#days.has(family)) throw new Error(`The schema declares no family of partitions called ${family}.`)
      found = new SqlitePartition(family, day, this.#around, this)
      this.#all.set(place, found)
    }
    return found
  }

  days(family: string): readonly string[] {
    // Whoever only reads is told nothing of what another process makes.
    if (!this.#around.writing) this.#days.set(family, daysOnDisk(this.#around.path, family))
    return this.#days.get(family) ?? []
  }

  /** The writer has made these. */
  opened(places: readonly string[]): void {
    for (const place of places) {
      const [family, day] = place.split('/') as [string, string]
      const days = this.#days.get(family)
      if (days && !days.includes(day)) this.#days.set(family, [...days, day].sort())
    }
  }

  /** From here on a partition counts as used just now. */
  use(partition: SqlitePartition): void {
    this.#used.delete(partition)
    this.#used.set(partition, performance.now())
    if (this.#used.size > MAX_OPEN) {
      const [oldest] = this.#used.keys()
      if (oldest) this.#rest(oldest)
    }
    this.#timer ??= setTimeout(() => this.#sweep(), IDLE_MS).unref()
  }

  async drop(family: string, day: string): Promise<void> {
    const days = this.#days.get(family)
    if (!days?.includes(day)) return
    const partition = this.of(family, day)
    this.#used.delete(partition)
    this.#days.set(
      family,
      days.filter(other => other !== day),
    )
    // With a reader there, the writer that closes the file is not the last and spares itself putting the log into it.
    partition.hold()
    try {
      await this.#around.errand(['let go', partition.place.name])
    } finally {
      partition.closeReader()
    }
    // Giving back the room of a large file takes the disk a while, so it is done away from both threads.
    await removePartition(partition.file)
  }

  /** Closes what is open for reading, and returns the places that the writer has to close now. */
  close(): string[] {
    clearTimeout(this.#timer)
    const used = [...this.#used.keys()].filter(({ family, day }) => this.#days.get(family)?.includes(day))
    for (const partition of used) partition.closeReader()
    this.#used.clear()
    return used.map(({ place }) => place.name)
  }

  #sweep(): void {
    this.#timer = undefined
    const before = performance.now() - IDLE_MS
    for (const [partition, used] of this.#used) {
      if (used > before) break
      this.#rest(partition)
    }
    if (this.#used.size > 0) this.#timer = setTimeout(() => this.#sweep(), IDLE_MS).unref()
  }

  #rest(partition: SqlitePartition): void {
    this.#used.delete(partition)
    partition.closeReader()
    if (!this.#around.writing || !this.days(partition.family).includes(partition.day)) return
    // A writer that fails here says so by itself.
    this.#around.errand(['rest', partition.place.name]).catch(() => undefined)
  }
}

class SqlitePartition implements Partition {
  readonly family: string
  readonly day: string
  readonly place: Place
  readonly file: string
  readonly #around: Surroundings
  readonly #partitions: Partitions
  #reader: Reader | undefined

  constructor(family: string, day: string, around: Surroundings, partitions: Partitions) {
    this.family = family
    this.day = day
    this.place = new Place(placeOf(family, day))
    this.file = partitionPath(around.path, this.place.name)
    this.#around = around
    this.#partitions = partitions
  }

  async all<R extends Row>(sql: string, params: readonly Value[] = []): Promise<R[]> {
    return (this.#read()?.all(sql, params) ?? []) as R[]
  }

  async get<R extends Row>(sql: string, params: readonly Value[] = []): Promise<R | undefined> {
    return this.#read()?.get(sql, params) as R | undefined
  }

  async run(sql: string, params: readonly Value[] = []): Promise<number> {
    this.#partitions.use(this)
    const [changes = 0] = await this.#around.commits.run(this.place, [[sql, params]])
    return changes
  }

  async unit(steps: readonly Step[]): Promise<number[]> {
    if (steps.length === 0) return this.#around.commits.settled().then(() => [])
    this.#partitions.use(this)
    return this.#around.commits.run(this.place, steps)
  }

  append(sql: string, params: readonly Value[], committed?: () => void, refused?: (error: StorageError) => void): void {
    this.#partitions.use(this)
    this.#around.commits.append(this.place, sql, params, committed, refused)
  }

  join(sql: string, params: readonly Value[]): void {
    this.#partitions.use(this)
    this.#around.commits.join(this.place, sql, params)
  }

  later(sql: string, params: readonly Value[]): void {
    this.#partitions.use(this)
    this.#around.commits.later(this.place, sql, params)
  }

  async erasePages(): Promise<void> {
    if (!this.#exists) return
    await this.#around.commits.settled()
    this.#partitions.use(this)
    await this.#around.erased(this.place.name)
  }

  async realTables(): Promise<RealTable[]> {
    return this.#read()?.realTables() ?? []
  }

  /** Opens the file for reading, if it is there. */
  hold(): void {
    this.#reader ??= new Reader(this.file, this.#around.busyTimeoutMs, CACHE_KB)
  }

  closeReader(): void {
    this.#reader?.close()
    this.#reader = undefined
  }

  get #exists(): boolean {
    return this.#partitions.days(this.family).includes(this.day)
  }

  #read(): Reader | undefined {
    if (!this.#reader) {
      if (!this.#exists) return undefined
      this.hold()
    }
    this.#partitions.use(this)
    return this.#reader
  }
}
