/** The writer thread: the only connection that changes the database. One batch is one transaction. */

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { Value } from '../database.ts'
import { schemaVersion, statementsFrom } from '../schema.ts'
import type { Batch, Command, Refusal, Reply, WriterStart } from './batch.ts'
import { refusalCode } from './errors.ts'
import { Scrubber } from './scrub.ts'

const port = parentPort
if (!port) throw new Error('storage/sqlite/writer.ts runs as a worker thread only')
const { path, plan, busyTimeoutMs } = workerData as WriterStart

/** One SQL text: prepared when it is first needed. */
interface Prepared {
  readonly sql: string
  readonly params: number
  statement?: StatementSync
}

const texts: Prepared[] = []
let db: DatabaseSync
let scrubber: Scrubber

function say(reply: Reply): void {
  port?.postMessage(reply)
}

function pragma(name: string): unknown {
  const row = db.prepare(`PRAGMA ${name}`).get()
  return row === undefined ? undefined : Object.values(row)[0]
}

/** Opens, sets the guarantees, brings the schema to the plan's version. Returns a sentence when that cannot be. */
function open(): string | undefined {
  db = new DatabaseSync(path, { enableForeignKeyConstraints: false, timeout: busyTimeoutMs })
  // Durable means that the log has reached the disk at each commit; erased means overwritten.
  if (pragma('journal_mode = WAL') !== 'wal')
    return `${path} cannot be used with a write-ahead log on this file system.`
  db.exec('PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA mmap_size = 0')
  db.exec('PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -16384')
  const wanted = schemaVersion(plan)
  db.exec('BEGIN IMMEDIATE')
  const found = Number(pragma('user_version'))
  if (found > wanted) {
    db.exec('ROLLBACK')
    return `${path} was written by a newer version of Sotto (schema ${found}, this one knows ${wanted}). Start that version instead.`
  }
  if (found < wanted) {
    for (const statement of statementsFrom(plan, found)) db.exec(statement)
    db.exec(`PRAGMA user_version = ${wanted}`)
  }
  db.exec('COMMIT')
  scrubber = new Scrubber(db, path)
  return undefined
}

function perform(text: Prepared, ops: readonly Value[], at: number): number {
  text.statement ??= db.prepare(text.sql)
  const changes = text.statement.run(...ops.slice(at, at + text.params)).changes
  return Number(changes)
}

function textAt(ops: readonly Value[], at: number): Prepared {
  const text = texts[ops[at] as number]
  if (!text) throw new Error('storage: the writer was sent a statement that it was never told')
  return text
}

/** Steps over `count` statements that begin at `at`; returns where the next one begins. */
function after(ops: readonly Value[], at: number, count: number): number {
  let end = at
  for (let i = 0; i < count; i++) end += 1 + textAt(ops, end).params
  return end
}

class Outcome {
  readonly changes: number[] = []
  readonly refusals: Refusal[] = []
  operations = 0

  /** Records that one operation was refused, or throws on when the whole transaction is lost. */
  refuse(error: unknown): void {
    const code = refusalCode(error)
    if (code === undefined || !db.isTransaction) throw error
    this.refusals.push([this.operations, code, (error as Error).message])
  }
}

function performUnit(ops: readonly Value[], at: number, count: number, outcome: Outcome): void {
  const before = outcome.changes.length
  // One statement undoes itself when it is refused; several need a point to return to.
  if (count > 1) db.exec('SAVEPOINT unit')
  try {
    for (let i = 0, place = at; i < count; i++) {
      const text = textAt(ops, place)
      outcome.changes.push(perform(text, ops, place + 1))
      place += 1 + text.params
    }
  } catch (error) {
    outcome.refuse(error)
    outcome.changes.length = before
    if (count > 1) db.exec('ROLLBACK TO unit')
  }
  if (count > 1) db.exec('RELEASE unit')
}

function performAll(ops: readonly Value[]): Outcome {
  const outcome = new Outcome()
  for (let at = 0; at < ops.length; outcome.operations++) {
    const head = ops[at] as number
    if (head < 0) {
      performUnit(ops, at + 1, -head, outcome)
      at = after(ops, at + 1, -head)
      continue
    }
    const text = textAt(ops, at)
    try {
      perform(text, ops, at + 1)
    } catch (error) {
      outcome.refuse(error)
    }
    at += 1 + text.params
  }
  return outcome
}

function commit(batch: Batch): void {
  for (const [sql, params] of batch.texts) texts.push({ sql, params })
  db.exec('BEGIN IMMEDIATE')
  const { changes, refusals } = performAll(batch.ops)
  db.exec('COMMIT')
  say({ is: 'done', changes, refusals })
}

function obey(command: Command): void {
  if (command === 'erased') {
    say({ is: scrubber.erased() ? 'emptied' : 'busy' })
  } else if (command === 'close') {
    scrubber.finish()
    db.close()
    say({ is: 'closed' })
    port?.close()
  } else {
    commit(command)
  }
}

function fail(error: unknown): void {
  try {
    if (db.isTransaction) db.exec('ROLLBACK')
  } catch {
    // The first error is the one to tell.
  }
  say({ is: 'failed', code: 'failed', message: (error as Error).message })
}

port.on('message', (command: Command) => {
  try {
    obey(command)
  } catch (error) {
    fail(error)
  }
})

try {
  const objection = open()
  if (objection === undefined) say({ is: 'ready' })
  else say({ is: 'failed', code: 'schema', message: objection })
} catch (error) {
  fail(error)
}
