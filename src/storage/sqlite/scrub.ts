/**
 * Erasing down to the file.
 *
 * `secure_delete` overwrites a deleted row where it lies. When SQLite balances its tree it moves rows between pages,
 * though, and leaves copies behind in the unused middle of a page, which no later deletion overwrites: measured, a few
 * per cent of the rows of an erased account can still be read from the file. Only rewriting the file ends that. It
 * takes about a second for 200 MB, in which nothing else is written, so it follows the erasure at a pace of its own.
 */

import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'

/** Kept in the file's header (PRAGMA application_id), so that a rewriting that is due survives a crash. */
const CLEAN = 0x536f7474
const DUE = 0x536f7445
/** Where in the file (https://www.sqlite.org/fileformat2.html#application_id). */
const MARK_AT = 68

/** Whether a database file that nobody has open is due to be rewritten. */
export function isDue(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const mark = Buffer.alloc(4)
    readSync(file, mark, 0, mark.length, MARK_AT)
    return mark.readInt32BE() === DUE
  } finally {
    closeSync(file)
  }
}

/** Deletions that come together are rewritten together. */
const SOON_MS = 1000
/** After a rewriting the next one waits this many times as long as the last one took: it never takes more than 5 % of the time. */
const REST = 20
/** Up to here the copy is made in memory; above that in an unnamed file beside the database. */
const MEMORY_BYTES = 128 * 1024 * 1024

/** Rewrites the database file of one writer some time after rows were erased. */
export class Scrubber {
  #db: DatabaseSync
  #path: string
  #timer: NodeJS.Timeout | undefined
  #notBefore = 0

  constructor(db: DatabaseSync, path: string) {
    this.#db = db
    this.#path = path
    if (this.#mark() === DUE) this.#schedule()
    else if (this.#mark() !== CLEAN) this.#setMark(CLEAN)
  }

  /** Rows were erased. Returns false when another process keeps the write-ahead log from being emptied. */
  erased(): boolean {
    this.#setMark(DUE)
    this.#schedule()
    return this.#emptyLog()
  }

  /** What is due is done now, as far as it can be; otherwise it is due at the next start. */
  finish(): void {
    clearTimeout(this.#timer)
    if (this.#mark() === DUE) this.#rewrite()
  }

  /** Nothing is done any more: the file goes as a whole. */
  cancel(): void {
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined
        if (!this.#rewrite()) this.#schedule()
      },
      Math.max(SOON_MS, this.#notBefore - performance.now()),
    )
  }

  #rewrite(): boolean {
    const begun = performance.now()
    try {
      const inMemory = statSync(this.#path).size <= MEMORY_BYTES
      this.#db.exec(`PRAGMA temp_store = ${inMemory ? 'MEMORY' : 'FILE'}`)
      // What is in the data directory must not be copied elsewhere, even for a moment.
      if (!inMemory) this.#db.exec(`PRAGMA temp_store_directory = '${dirname(this.#path).replaceAll("'", "''")}'`)
      this.#db.exec('VACUUM')
      const emptied = this.#emptyLog()
      if (emptied) this.#setMark(CLEAN)
      return emptied
    } catch {
      // No room on the disk, or another process is writing: the old file is as it was, and the mark stays.
      return false
    } finally {
      const now = performance.now()
      this.#notBefore = now + REST * (now - begun)
    }
  }

  #emptyLog(): boolean {
    const [busy] = Object.values(this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() ?? {})
    return busy === 0
  }

  #mark(): number {
    const [mark] = Object.values(this.#db.prepare('PRAGMA application_id').get() ?? {})
    return Number(mark)
  }

  #setMark(mark: number): void {
    if (this.#mark() !== mark) this.#db.exec(`PRAGMA application_id = ${mark}`)
  }
}
