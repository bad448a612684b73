/** Which files there are, whose they are, and their end: the table and the blobs, kept in step. */

import type { BlobDraft, BlobName, BlobStore } from '../../blobs/blob-store.ts'
import type { Day } from '../../privacy/day.ts'
import type { Database } from '../../storage/database.ts'

/** A file as its owner sees it. Nobody here knows what it is called. */
export interface StoredFile {
  readonly blob: BlobName
  readonly day: Day
  readonly kib: number
}

/** What an account takes up. */
export interface Usage {
  readonly files: number
  readonly kib: number
  /** What came today, even if it was deleted again since. */
  readonly kibToday: number
  /** The day of the oldest file. */
  readonly oldest: Day | undefined
}

export interface NewFile {
  readonly account: number
  readonly blob: BlobName
  /** Bytes. */
  readonly size: number
  /** The last day on which it may be there. */
  readonly ends: Day | undefined
}

export interface StoredFilesParts {
  readonly db: Database
  readonly blobs: BlobStore
  readonly today: () => Day
}

const INSERT = 'INSERT INTO files (blob, account, kib, day, ends) SELECT ?, id, ?, ?, ? FROM accounts WHERE id = ?'
const USAGE = `SELECT COUNT(*) AS files, COALESCE(SUM(kib), 0) AS kib, MIN(day) AS oldest,
  COALESCE(SUM(CASE WHEN day = ? THEN kib END), 0) AS today FROM files WHERE account = ?`

/** Sizes are counted in whole KiB. */
export function inKib(bytes: number): number {
  return Math.ceil(bytes / 1024)
}

/**
 * A row comes before its blob can be seen, and goes after it. So a crash leaves at worst a row without a blob, and both that
 * and a blob without a row are put right at the next start.
 */
export class StoredFiles {
  readonly blobs: BlobStore
  readonly #db: Database
  readonly #today: () => Day
  readonly #leaving = new Set<number>()
  /** KiB that came today and are deleted, by account. In memory: a restart forgives. */
  readonly #spent = new Map<number, number>()
  #spentOn: Day | undefined
  /** What is being kept just now, by account. */
  readonly #underway = new Map<number, Set<Promise<unknown>>>()

  constructor({ db, blobs, today }: StoredFilesParts) {
    this.#db = db
    this.blobs = blobs
    this.#today = today
  }

  async usage(account: number): Promise<Usage> {
    const row = await this.#db.get(USAGE, [this.#today(), account])
    return {
      files: Number(row?.files ?? 0),
      kib: Number(row?.kib ?? 0),
      kibToday: Number(row?.today ?? 0) + (this.#spentToday().get(account) ?? 0),
      oldest: row?.oldest == null ? undefined : String(row.oldest),
    }
  }

  /** Makes a written draft a file of its owner, durable when resolved. False if the account is gone: then nothing is left. */
  async keep(file: NewFile, draft: BlobDraft): Promise<boolean> {
    if (this.#leaving.has(file.account)) {
      await draft.discard()
      return false
    }
    const underway = this.#underway.get(file.account) ?? new Set()
    this.#underway.set(file.account, underway)
    const work = this.#keep(file, draft)
    underway.add(work)
    try {
      return await work
    } finally {
      underway.delete(work)
      if (underway.size === 0) this.#underway.delete(file.account)
    }
  }

  async #keep({ account, blob, size, ends }: NewFile, draft: BlobDraft): Promise<boolean> {
    const row = [bytesOf(blob), inKib(size), this.#today(), ends ?? null, account]
    // Neither needs the other: a row whose blob is not there yet is what a crash may leave behind.
    const [finished, inserted] = await Promise.allSettled([draft.finish(), this.#db.run(INSERT, row)])
    const known = inserted.status === 'fulfilled' && inserted.value > 0
    try {
      if (finished.status === 'rejected') throw finished.reason
      if (inserted.status === 'rejected') throw inserted.reason
      if (known) await draft.commit()
      return known
    } catch (thrown) {
      // What cannot be ended now is ended at the next start.
      if (known) await this.#end([blob]).catch(() => undefined)
      throw thrown
    } finally {
      await draft.discard()
    }
  }

  /** Oldest first. */
  async list(account: number): Promise<StoredFile[]> {
    const rows = await this.#db.all('SELECT blob, day, kib FROM files WHERE account = ? ORDER BY day, blob', [account])
    return rows.map(({ blob, day, kib }) => ({ blob: nameOf(blob), day: String(day), kib: Number(kib) }))
  }

  /** Deletes files of an account; those of others, and those that are gone, are left out of the count. */
  async remove(account: number, blobs: readonly BlobName[]): Promise<number> {
    await this.#settled(account)
    const chosen = new Set(blobs)
    const own = (await this.list(account)).filter(({ blob }) => chosen.has(blob))
    const gone = await this.#end(own.map(({ blob }) => blob))
    const today = own.filter(({ day }) => day === this.#today()).reduce((sum, { kib }) => sum + kib, 0)
    if (today > 0) this.#spentToday().set(account, (this.#spentToday().get(account) ?? 0) + today)
    return gone
  }

  /** Ends the files of an account that came before a day, or all of them. Resolves with how many. */
  async purge(account: number, before?: Day): Promise<number> {
    await this.#settled(account)
    const all = await this.list(account)
    return this.remove(
      account,
      all.filter(({ day }) => before === undefined || day < before).map(({ blob }) => blob),
    )
  }

  /** The account is about to be erased: its files go first, and none can come any more. */
  async erase(account: number): Promise<void> {
    this.#leaving.add(account)
    await this.#settled(account)
    await this.#end((await this.list(account)).map(({ blob }) => blob))
  }

  /** The account is erased: there is nobody left whose files could come. */
  erased(account: number): void {
    this.#leaving.delete(account)
  }

  /** The days of which there are files. */
  async days(): Promise<readonly Day[]> {
    return (await this.#db.all('SELECT DISTINCT day FROM files')).map(({ day }) => String(day))
  }

  /** Ends all files of a day. */
  async drop(day: Day): Promise<void> {
    await this.#endWhere('day = ?', day)
  }

  /** Ends the files that were to be there until a day before this one at most. */
  async endDue(today: Day): Promise<void> {
    await this.#endWhere('ends < ?', today)
  }

  /** To be called at the start, before anything comes: what a crash left half done is put right. */
  async reconcile(): Promise<{ readonly drafts: number; readonly blobs: number; readonly rows: number }> {
    const gone = { drafts: await this.blobs.removeLeftovers(), blobs: 0, rows: 0 }
    for (let part = 0; part < 256; part++) {
      const prefix = Buffer.from([part])
      const rows = await this.#db.all('SELECT blob FROM files WHERE blob BETWEEN ? AND ?', [
        Buffer.concat([prefix], 32),
        Buffer.concat([prefix, Buffer.alloc(31, 0xff)]),
      ])
      const without = new Set(rows.map(({ blob }) => nameOf(blob)))
      for await (const blob of this.blobs.list(prefix.toString('hex'))) {
        if (!without.delete(blob) && (await this.blobs.delete(blob))) gone.blobs++
      }
      gone.rows += without.size
      await this.#forget([...without])
    }
    return gone
  }

  /** Whose row is there already has a blob as well: otherwise the blob could come after its row was ended, and stay. */
  async #settled(account: number): Promise<void> {
    await Promise.allSettled(this.#underway.get(account) ?? [])
  }

  #spentToday(): Map<number, number> {
    if (this.#spentOn !== this.#today()) this.#spent.clear()
    this.#spentOn = this.#today()
    return this.#spent
  }

  async #endWhere(condition: 'day = ?' | 'ends < ?', day: Day): Promise<void> {
    const rows = await this.#db.all(`SELECT blob FROM files WHERE ${condition}`, [day])
    await this.#end(rows.map(({ blob }) => nameOf(blob)))
  }

  async #end(blobs: readonly BlobName[]): Promise<number> {
    for (const blob of blobs) await this.blobs.delete(blob)
    await this.#forget(blobs)
    return blobs.length
  }

  async #forget(blobs: readonly BlobName[]): Promise<void> {
    if (blobs.length === 0) return
    await Promise.all(blobs.map(blob => this.#db.run('DELETE FROM files WHERE blob = ?', [bytesOf(blob)])))
    await this.#db.erasePages()
  }
}

function bytesOf(blob: BlobName): Buffer {
  return Buffer.from(blob, 'hex')
}

function nameOf(value: unknown): BlobName {
  return Buffer.from(value as Uint8Array).toString('hex')
}
