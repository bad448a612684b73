/**
 * Messages on their way to a device of their recipient: kept from the moment they are accepted until a device has
 * them, at most for the retention time. For a recipient who is there that is a moment, so this is the hot path.
 */

import type { Day } from '../privacy/day.ts'
import type { Database } from '../storage/database.ts'

/** A kept message, by its number (`MessageId.seq`). */
export interface Entry {
  readonly account: number
  readonly seq: number
  /** Size of the stanza. */
  readonly bytes: number
}

export interface KeptMessage extends Entry {
  readonly stanza: string
}

export interface SpoolLimits {
  readonly messages: number
  readonly bytes: number
}

export interface Spool {
  /**
   * Keeps a message with the next commit; `committed` runs when it is on disk. 'full': the account has too much waiting,
   * nothing was kept. `seq` is new and above all before it. Throws a `StorageError` when the store cannot take more.
   */
  append(account: number, seq: number, stanza: string, committed: () => void): Entry | 'full'
  /** A device has it. Not hurried: a message may come again after a crash, which is better than not at all. */
  remove(entry: Entry): void
  /** What waits for an account, oldest first, from after number `after`. Includes everything appended before the call. */
  list(account: number, after: number, limit: number): Promise<KeptMessage[]>
  /** Number and size of what waits for an account. */
  waiting(account: number): Promise<{ readonly messages: number; readonly bytes: number }>
  /** The days from which there are messages. */
  days(): Promise<readonly Day[]>
  /** Forgets everything from one day; resolves with how many messages that were. */
  drop(day: Day): Promise<number>
  /** The account is erased: nothing of it stays in memory. */
  forget(account: number): void
}

/** How much waits for one account: rows on disk as they were counted, and what came and went since. */
interface Tally {
  messages: number
  bytes: number
}

const defaultLimits: SpoolLimits = { messages: 10_000, bytes: 64 * 1024 * 1024 }

// Joined to the account, so that nothing can be kept for one that is being erased.
const APPEND = 'INSERT INTO spool (seq, account, day, stanza) SELECT ?, id, ?, ? FROM accounts WHERE id = ?'
const REMOVE = 'DELETE FROM spool WHERE seq = ?'
const LIST = 'SELECT seq, stanza FROM spool WHERE account = ? AND seq > ? ORDER BY seq LIMIT ?'
const COUNT =
  'SELECT COUNT(*) AS messages, COALESCE(SUM(LENGTH(stanza)), 0) AS bytes FROM spool WHERE account = ? AND seq < ?'

/** Accounts whose tallies are remembered; those with nothing waiting are forgotten beyond that. */
const REMEMBERED = 50_000
/** Rows looked at in one step of an expiry, so that the writer is never busy with it for long. */
const EXPIRE_AT_ONCE = 2000

/** The spool in the database. `today` is asked for every message. */
export function spool(db: Database, today: () => Day, limits: SpoolLimits = defaultLimits): Spool {
  const tallies = new Map<number, Tally>()

  /** The tally of an account; what is on disk from before is counted in as soon as it is known. */
  function tallyOf(account: number, before: number): Tally {
    let tally = tallies.get(account)
    if (tally) return tally
    if (tallies.size >= REMEMBERED) forgetIdle()
    tally = { messages: 0, bytes: 0 }
    tallies.set(account, tally)
    void count(account, before).then(
      stored => {
        tally.messages += stored.messages
        tally.bytes += stored.bytes
      },
      () => {
        // Without a count the bound starts from here: the writer will tell soon enough that the store is in trouble.
      },
    )
    return tally
  }

  function forgetIdle(): void {
    for (const [account, tally] of tallies) if (tally.messages <= 0) tallies.delete(account)
  }

  async function count(account: number, before: number): Promise<Tally> {
    const row = await db.get(COUNT, [account, before])
    return { messages: Number(row?.messages ?? 0), bytes: Number(row?.bytes ?? 0) }
  }

  // An empty unit resolves when everything submitted before it is on disk.
  const settled = () => db.unit([])

  return {
    append(account, seq, stanza, committed) {
      const bytes = utf8.encode(stanza)
      const tally = tallyOf(account, seq)
      if (tally.messages >= limits.messages || tally.bytes + bytes.byteLength > limits.bytes) return 'full'
      db.append(APPEND, [seq, today(), bytes, account], committed)
      tally.messages++
      tally.bytes += bytes.byteLength
      return { account, seq, bytes: bytes.byteLength }
    },

    remove({ account, seq, bytes }) {
      const tally = tallies.get(account)
      if (tally) {
        tally.messages--
        tally.bytes -= bytes
      }
      db.later(REMOVE, [seq])
    },

    async list(account, after, limit) {
      await settled()
      const rows = await db.all(LIST, [account, after, limit])
      return rows.map(({ seq, stanza }) => {
        const bytes = stanza as Uint8Array
        return { account, seq: Number(seq), bytes: bytes.byteLength, stanza: text.decode(bytes) }
      })
    },

    async waiting(account) {
      await settled()
      return count(account, Number.MAX_SAFE_INTEGER)
    },

    async days() {
      const rows = await db.all('SELECT DISTINCT day FROM spool ORDER BY day')
      return rows.map(row => String(row.day))
    },

    async drop(day) {
      let gone = 0
      for (let from = 0; ; ) {
        const last = await db.get(
          'SELECT MAX(seq) AS seq FROM (SELECT seq FROM spool WHERE seq > ? ORDER BY seq LIMIT ?) AS part',
          [from, EXPIRE_AT_ONCE],
        )
        if (last?.seq == null) break
        const to = Number(last.seq)
        gone += await db.run('DELETE FROM spool WHERE seq > ? AND seq <= ? AND day = ?', [from, to, day])
        from = to
      }
      // Whose messages they were is not asked; the accounts are counted anew when they get something.
      if (gone > 0) {
        tallies.clear()
        await db.erasePages()
      }
      return gone
    },

    forget(account) {
      tallies.delete(account)
    },
  }
}

const utf8 = new TextEncoder()
const text = new TextDecoder()
