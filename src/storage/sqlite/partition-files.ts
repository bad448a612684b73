/** The files of partitions: `family/day.db` beside the database, and what SQLite puts beside each. */

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { open, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'

const NAME = /^(\d{4}-\d{2}-\d{2})\.db$/
const COMPANION = /^(\d{4}-\d{2}-\d{2}\.db)-(wal|shm)$/

const DAY_MS = 86_400_000

/** The name that the two threads have for a partition. */
export function placeOf(family: string, day: string): string {
  return `${family}/${day}`
}

/** The file of a partition, next to the database file `path`. */
export function partitionPath(path: string, place: string): string {
  return join(dirname(path), `${place}.db`)
}

/** The days of a family's files, oldest first. */
export function daysOnDisk(path: string, family: string): string[] {
  return list(join(dirname(path), family)).flatMap(name => NAME.exec(name)?.[1] ?? [])
}

/** Removes what a removal that was cut short has left. For whoever has the data directory to itself. */
export function sweepOrphans(path: string, family: string): void {
  const directory = join(dirname(path), family)
  const names = new Set(list(directory))
  for (const name of names) {
    const owner = COMPANION.exec(name)?.[1]
    if (owner !== undefined && !names.has(owner)) rmSync(join(directory, name), { force: true })
  }
}

/** Whether a file that nobody has open was left as a crash leaves it: with a log, or with times finer than its day. */
export function isUntidy(file: string): boolean {
  return existsSync(`${file}-wal`) || statSync(file).mtimeMs % DAY_MS !== 0
}

/** Makes the file with the permissions that it and its companions shall have, so that it survives a loss of power. */
export function makePartition(file: string): void {
  if (existsSync(file)) return
  const directory = dirname(file)
  if (!existsSync(directory)) {
    mkdirSync(directory, { mode: 0o700 })
    flush(dirname(directory))
  }
  closeSync(openSync(file, 'a', 0o600))
  flush(directory)
}

/** Removes a file that nobody has open, the log first: what is left by a crash in between is a file without its latest rows. */
export async function removePartition(file: string): Promise<void> {
  const held = await open(file, 'r+').catch(unlessMissing)
  try {
    for (const name of [`${file}-wal`, `${file}-shm`, file]) await unlink(name).catch(unlessMissing)
    // Without a name it is gone, whatever happens. Its room goes back bit by bit: all at once, the file system would let
    // everybody's messages wait.
    const { size } = (await held?.stat()) ?? { size: 0 }
    for (let rest = size - GIVEN_BACK_AT_ONCE; rest > 0; rest -= GIVEN_BACK_AT_ONCE) {
      await held?.truncate(rest)
      await later(PAUSE_MS)
    }
  } finally {
    await held?.close()
  }
}

const GIVEN_BACK_AT_ONCE = 16 * 1024 * 1024
const PAUSE_MS = 5

/**
 * Lets the file, and its directory, show nothing finer than the day: when somebody read or fetched something is nobody's
 * business. The time of the last change of these very times (ctime) is the kernel's and cannot be set.
 */
export function floorTimes(file: string, day: string): void {
  const start = new Date(`${day}T00:00:00Z`)
  utimesSync(file, start, start)
  utimesSync(dirname(file), start, start)
}

function list(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).sort() : []
}

function flush(directory: string): void {
  const handle = openSync(directory, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
