/** One service for one data directory: a lock that the operating system lets go of when the process ends, however. */

import { closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { StorageError } from '../database.ts'

/** A held lock. */
export interface Lock {
  release(): void
}

/**
 * Takes the lock file `path`, waiting up to `waitMs` for a process that is just ending.
 * The lock is SQLite's own exclusive lock on an empty file, since Node offers no file locks of its own.
 * Throws a `StorageError` of code `in use` when another process holds it.
 */
export function takeLock(path: string, waitMs = 2000): Lock {
  // Made here, because SQLite would make it readable for others.
  closeSync(openSync(path, 'a', 0o600))
  const file = new DatabaseSync(path, { timeout: waitMs })
  try {
    // Nothing is ever written, so there is nothing to keep a journal of.
    file.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE')
  } catch {
    file.close()
    throw new StorageError(
      'in use',
      `Another Sotto service is using this data directory (it holds ${path}). Stop it first, or give this one a data directory of its own.`,
    )
  }
  return { release: () => file.close() }
}

/** Whether a process holds the lock file `path` at this moment. */
export function isLocked(path: string): boolean {
  if (!existsSync(path)) return false
  try {
    takeLock(path, 0).release()
    return false
  } catch (error) {
    if (error instanceof StorageError) return true
    throw error
  }
}
