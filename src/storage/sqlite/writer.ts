/** The writer thread: the only one that changes the database and its partitions. One batch is one transaction of each file. */

import type { StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { Value } from '../database.ts'
import type { Batch, Command, Errand, Refusal, Reply, WriterStart } from './batch.ts'
import { Connection, Objection } from './connection.ts'
import { refusalCode } from './errors.ts'
import {
  daysOnDisk,
  floorTimes,
  isUntidy,
  makePartition,
  partitionPath,
  placeOf,
  sweepOrphans,
} from './partition-files.ts'
import { isDue } from './scrub.ts'

const port = parentPort
if (!port) throw new Error('storage/sqlite/writer.ts runs as a worker thread only')
const { path, plan, busyTimeoutMs, alone } = workerData as WriterStart

/** One SQL text: prepared when it is first needed, and anew when its file was closed meanwhile. */
interface Prepared {
  readonly sql: string
  readonly params: number
  readonly place: string
  statement: StatementSync | undefined
  connection: Connection | undefined
}

const texts: Prepared[] = []
/** The database itself is ''. */
const connections = new Map<string, Connection>()
/** Those in the transaction of the present batch, in the order in which they are committed. */
let begun: Connection[] = []
let opened: string[] = []

function say(reply: Reply): void {
  port?.postMessage(reply)
}

function connection(place: string): Connection {
  const known = connections.get(place)
  if (known) return known
  const family = place.slice(0, place.indexOf('/'))
  const file = partitionPath(path, place)
  makePartition(file)
  const made = new Connection(file, { tables: plan.partitions?.[family] ?? [] }, { busyTimeoutMs, cacheKb: 4096 })
  connections.set(place, made)
  opened.push(place)
  return made
}

function open(): void {
  connections.set('', new Connection(path, plan, { busyTimeoutMs, cacheKb: 16_384 }))
  for (const family of Object.keys(plan.partitions ?? {})) {
    if (alone) sweepOrphans(path, family)
    // Looking at a file that another process has open would let go of that process's locks.
    for (const day of alone ? daysOnDisk(path, family) : []) {
      const place = placeOf(family, day)
      const file = partitionPath(path, place)
      if (isDue(file)) connection(place)
      else if (isUntidy(file)) rest(place)
    }
  }
}

function perform(text: Prepared, ops: readonly Value[], at: number): number {
  const { connection: into } = enter(text)
  text.statement ??= into!.prepare(text.sql)
  const changes = text.statement.run(...ops.slice(at, at + text.params)).changes
  return Number(changes)
}

/** Makes sure that the text's file is open and in the transaction of the batch. */
function enter(text: Prepared): Prepared {
  text.connection ??= connection(text.place)
  const { connection: into } = text
  if (!into.begun) {
    into.begin()
    begun.push(into)
  }
  return text
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
  refuse(error: unknown, text: Prepared): void {
    const code = refusalCode(error)
    if (code === undefined || !text.connection?.db.isTransaction) throw error
    this.refusals.push([this.operations, code, (error as Error).message])
  }
}

function performUnit(ops: readonly Value[], at: number, count: number, outcome: Outcome): void {
  const before = outcome.changes.length
  const first = enter(textAt(ops, at))
  const { db } = first.connection!
  // One statement undoes itself when it is refused; several need a point to return to.
  if (count > 1) db.exec('SAVEPOINT unit')
  try {
    for (let i = 0, place = at; i < count; i++) {
      const text = textAt(ops, place)
      outcome.changes.push(perform(text, ops, place + 1))
      place += 1 + text.params
    }
  } catch (error) {
    outcome.refuse(error, first)
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
      outcome.refuse(error, text)
    }
    at += 1 + text.params
  }
  return outcome
}

/**
 * The database itself is committed before its partitions: what it says about them may turn out to be more than there is, and
 * never less. Nobody is told anything before all of them are on disk.
 */
function commit(batch: Batch): void {
  for (const [sql, params, place] of batch.texts) {
    texts.push({ sql, params, place, statement: undefined, connection: undefined })
  }
  const { ops, blobs, memory } = batch
  for (let i = 0; i < blobs.length; i += 3) {
    ops[blobs[i]!] = memory.subarray(blobs[i + 1]!, blobs[i + 1]! + blobs[i + 2]!)
  }
  begun = []
  const { changes, refusals } = performAll(ops)
  const main = connections.get('')
  if (main?.begun) main.commit()
  for (const one of begun) if (one !== main) one.commit()
  say({ is: 'done', changes, refusals, opened: opened.splice(0) })
}

/** Closes a partition, after which its file shows nothing finer than its day. */
function rest(place: string): void {
  const file = partitionPath(path, place)
  // A reader that was the last to close leaves an empty log behind; only a writer clears it away.
  connection(place).close()
  forget(place)
  floorTimes(file, place.slice(place.indexOf('/') + 1))
}

function forget(place: string): void {
  connections.delete(place)
  for (const text of texts) {
    if (text.place !== place) continue
    text.statement = undefined
    text.connection = undefined
  }
}

/** Returns whether another process kept it from being done to the end. */
function run([errand, place]: Errand): boolean {
  if (errand === 'erased') return !connection(place).scrubber.erased()
  if (errand === 'rest') rest(place)
  else {
    connections.get(place)?.abandon()
    forget(place)
  }
  return false
}

function obey(command: Command): void {
  if (command === 'close') {
    for (const place of [...connections.keys()]) if (place !== '') rest(place)
    connections.get('')?.close()
    say({ is: 'closed' })
    port?.close()
  } else if ('ops' in command) {
    commit(command)
  } else {
    const busy = run(command)
    opened = []
    say({ is: 'obeyed', busy })
  }
}

function fail(error: unknown): void {
  for (const one of begun) {
    try {
      one.rollback()
    } catch {
      // The first error is the one to tell.
    }
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
  open()
  say({ is: 'ready' })
} catch (error) {
  if (error instanceof Objection) say({ is: 'failed', code: 'schema', message: error.message })
  else fail(error)
}
