/** The embedded store: SQLite with a write-ahead log, one writer thread, readers on the main thread. */

import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname, extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Database, type Partition, type Row, type Step, StorageError, type Value } from '../database.ts'
import type { RealTable, SchemaPlan } from '../schema.ts'
import type { Command, Errand, Reply, WriterStart } from './batch.ts'
import { type CommitPace, defaultPace, GroupCommit, Place } from './group-commit.ts'
import { type Lock, takeLock } from './lock.ts'
import { Partitions } from './partitions.ts'
import { Reader } from './reader.ts'

/** How a database is opened. */
export interface SqliteOptions {
  /**
   * `service` holds the lock of the data directory until it is closed, so that there can be one only; `tool` writes
   * without it, beside others; `read` changes nothing and starts no writer. Default: `tool`.
   */
  readonly access?: 'service' | 'tool' | 'read'
  readonly pace?: Partial<CommitPace>
  /** Called once, when nothing can be written any more. */
  readonly onFailure?: (error: StorageError) => void
  /** Called for errors thrown by callbacks, and for refused appends without anybody to tell. */
  readonly onFault?: (error: unknown) => void
}

/** How long a statement waits for another process (the command line beside the service). */
const BUSY_TIMEOUT_MS = 10_000

/** The lock file that belongs to the database `path`: one for each data directory. */
export function lockPath(path: string): string {
  return `${dirname(path)}/sotto.lock`
}

/**
 * Opens the database file `path`, and makes it, its directory and its tables if they are not there yet.
 * Throws a `StorageError`: `in use` when another service has it, `schema` when a newer version wrote it.
 */
export async function openSqlite(path: string, plan: SchemaPlan, options: SqliteOptions = {}): Promise<Database> {
  const access = options.access ?? 'tool'
  if (access === 'read' && !existsSync(path)) {
    throw new StorageError(
      'missing',
      `There is no database at ${path}. Check the data directory, or start the service once to make it.`,
    )
  }
  const files: Files = { path, families: Object.keys(plan.partitions ?? {}) }
  if (access === 'read') {
    return new SqliteDatabase(files, new Reader(path, BUSY_TIMEOUT_MS), undefined, undefined, options)
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const lock = access === 'service' ? takeLock(lockPath(path)) : undefined
  try {
    // Made here for its permissions; the log beside it inherits them.
    closeSync(openSync(path, 'a', 0o600))
    const writer = await startWriter({ path, plan, busyTimeoutMs: BUSY_TIMEOUT_MS, alone: lock !== undefined })
    try {
      return new SqliteDatabase(files, new Reader(path, BUSY_TIMEOUT_MS), writer, lock, options)
    } catch (error) {
      await writer.terminate()
      throw error
    }
  } catch (error) {
    lock?.release()
    throw error
  }
}

function startWriter(start: WriterStart): Promise<Worker> {
  const file = new URL(`./writer${extname(import.meta.url)}`, import.meta.url)
  // Flags meant for the main program (such as --eval) are nothing to the writer.
  const worker = new Worker(file, { workerData: start, name: 'storage writer', execArgv: [] })
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (reply: Reply) => {
      worker.removeListener('error', reject)
      if (reply.is === 'ready') return resolve(worker)
      const [code, why] = reply.is === 'failed' ? [reply.code, reply.message] : ['failed' as const, 'it did not start']
      const sentence = code === 'schema' ? why : `The database ${start.path} cannot be opened: ${why}.`
      worker.terminate().then(() => reject(new StorageError(code, sentence)), reject)
    })
  })
}

/** Where a database lies. */
interface Files {
  readonly path: string
  readonly families: readonly string[]
}

/** Somebody waits for an errand of the writer. */
interface Waiting {
  resolve(busy: boolean): void
  reject(error: StorageError): void
}

class SqliteDatabase implements Database {
  #reader: Reader
  #writer: Worker | undefined
  #lock: Lock | undefined
  #commits: GroupCommit
  #options: SqliteOptions
  readonly #main = new Place('')
  #partitions: Partitions
  /** In the order of asking, which is the order of the answers. */
  #errands: Waiting[] = []
  #closing = false
  /** The writer thread is no more. */
  #ended: Promise<unknown>

  constructor(
    files: Files,
    reader: Reader,
    writer: Worker | undefined,
    lock: Lock | undefined,
    options: SqliteOptions,
  ) {
    this.#reader = reader
    this.#writer = writer
    this.#lock = lock
    this.#options = options
    const fault =
      options.onFault ??
      (error =>
        queueMicrotask(() => {
          throw error
        }))
    this.#commits = new GroupCommit(batch => this.#say(batch), fault, { ...defaultPace, ...options.pace })
    if (!writer) this.#commits.failed = new StorageError('closed', 'The database was opened for reading only.')
    writer?.on('message', (reply: Reply) => this.#hear(reply))
    writer?.on('error', error => this.#fail(`the writer thread broke: ${(error as Error).message}`))
    writer?.on('exit', () => this.#fail('the writer thread ended'))
    this.#ended = new Promise(resolve => (writer ? writer.once('exit', resolve) : resolve(undefined)))
    this.#partitions = new Partitions({
      ...files,
      commits: this.#commits,
      busyTimeoutMs: BUSY_TIMEOUT_MS,
      writing: writer !== undefined,
      errand: async errand => void (await this.#run(errand)),
      erased: place => this.#erased(place),
    })
  }

  get pending(): number {
    return this.#commits.pending
  }

  get failed(): StorageError | undefined {
    return this.#writer ? this.#commits.failed : undefined
  }

  // Reads are synchronous inside, and a mistake in one is still a rejection.
  async all<R extends Row>(sql: string, params: readonly Value[] = []): Promise<R[]> {
    return this.#reader.all(sql, params) as R[]
  }

  async get<R extends Row>(sql: string, params: readonly Value[] = []): Promise<R | undefined> {
    return this.#reader.get(sql, params) as R | undefined
  }

  async run(sql: string, params: readonly Value[] = []): Promise<number> {
    const [changes = 0] = await this.#commits.run(this.#main, [[sql, params]])
    return changes
  }

  unit(steps: readonly Step[]): Promise<number[]> {
    return steps.length === 0 ? this.#commits.settled().then(() => []) : this.#commits.run(this.#main, steps)
  }

  append(sql: string, params: readonly Value[], committed?: () => void, refused?: (error: StorageError) => void): void {
    this.#commits.append(this.#main, sql, params, committed, refused)
  }

  join(sql: string, params: readonly Value[]): void {
    this.#commits.join(this.#main, sql, params)
  }

  later(sql: string, params: readonly Value[]): void {
    this.#commits.later(this.#main, sql, params)
  }

  afterCommit(fn: () => void): void {
    this.#commits.afterCommit(fn)
  }

  async erasePages(): Promise<void> {
    await this.#commits.settled()
    await this.#erased('')
  }

  partition(family: string, day: string): Partition {
    return this.#partitions.of(family, day)
  }

  partitions(family: string): readonly string[] {
    return this.#partitions.days(family)
  }

  dropPartition(family: string, day: string): Promise<void> {
    return this.#partitions.drop(family, day)
  }

  async realTables(): Promise<RealTable[]> {
    return this.#reader.realTables()
  }

  async close(): Promise<void> {
    if (this.#writer && !this.#closing) {
      this.#closing = true
      await this.#commits.close()
      // The writer closes each file last, since only a writer clears the log away.
      const used = this.#closeReaders()
      if (this.#commits.failed) await this.#writer.terminate()
      else {
        for (const place of used) this.#say(['rest', place])
        this.#say('close')
      }
    }
    await this.#ended
    this.#closeReaders()
    this.#lock?.release()
    this.#lock = undefined
  }

  #closeReaders(): string[] {
    this.#reader.close()
    return this.#partitions.close()
  }

  #say(command: Command): void {
    try {
      const moved = typeof command === 'object' && 'memory' in command && command.blobs.length > 0
      this.#writer?.postMessage(command, moved ? [command.memory.buffer] : [])
    } catch (error) {
      this.#fail(`a statement could not be handed over: ${(error as Error).message}`)
    }
  }

  #hear(reply: Reply): void {
    if (reply.is === 'done') {
      // Whoever is told that their rows are durable may read them at once.
      this.#partitions.opened(reply.opened)
      this.#commits.answered(reply)
    } else if (reply.is === 'obeyed') this.#errands.shift()?.resolve(reply.busy)
    else if (reply.is === 'failed') this.#fail(reply.message)
  }

  /** Has the writer do something; resolves with whether another process kept it from doing it to the end. */
  #run(errand: Errand): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.#commits.failed) return reject(this.#commits.failed)
      if (this.#closing) return reject(new StorageError('closed', 'The store is closed.'))
      this.#errands.push({ resolve, reject })
      this.#say(errand)
    })
  }

  async #erased(place: string): Promise<void> {
    if (!(await this.#run(['erased', place]))) return
    throw new StorageError(
      'busy',
      'Another process reads the database just now, so that erased pages cannot leave the write-ahead log. Run this again when it has ended.',
    )
  }

  /** Fails closed: what is not on disk was never said to be, and nothing more is accepted. */
  #fail(why: string): void {
    if (this.#commits.failed || (this.#closing && this.#commits.pending === 0)) return
    const error = new StorageError(
      'failed',
      `The database can no longer be written (${why}). Check the disk, then restart the service.`,
    )
    this.#commits.fail(error)
    for (const waiting of this.#errands.splice(0)) waiting.reject(error)
    this.#options.onFailure?.(error)
  }
}
