/**
 * Numbers and names of messages.
 *
 * Every message that is kept gets a number, in the order in which messages came, over all accounts and restarts.
 * Clients see it as an id (XEP-0359) that says nothing: the number encrypted. So an id needs no look-up to become a place
 * in an archive, cannot be guessed, and tells neither time nor traffic.
 */

import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Database } from '../storage/database.ts'
import { serviceKey } from './service-keys.ts'

export interface MessageId {
  /** Grows with every message. */
  readonly seq: number
  /** What clients see. */
  readonly id: string
}

/** Gives out ids; one for the whole service. */
export interface MessageIds {
  /** Throws when no numbers are left and the store cannot reserve more. */
  next(): MessageId
  /** The id of a number that was given out. */
  idOf(seq: number): string
  /** The same for many numbers at once, in their order. */
  idsOf(seqs: readonly number[]): string[]
  /** The number behind an id; undefined for ids that this service never gave out. */
  seqOf(id: string): number | undefined
}

/** Numbers below are for messages that people bring along from elsewhere, which are older than any that came here. */
const FIRST = 2 ** 26
/** Numbers reserved at a time. What is left of a reservation at a restart is skipped. */
const RESERVE = 100_000
const BLOCK = 16
const MADE_AT_ONCE = 64
const RESERVED = 'message numbers'

/**
 * `key`: 16 bytes, the same at every start, secret. Resolves when the first numbers are reserved on disk, so that a
 * number is never used twice whatever happens.
 */
export async function messageIds(db: Database, key: Uint8Array, reserve = RESERVE): Promise<MessageIds> {
  const encrypt = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
  const decrypt = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false)
  let end = await reserveUpTo(db, await reserved(db), reserve)
  let seq = end - reserve
  let reserving = false
  let ready: Buffer = Buffer.alloc(0)
  let at = 0

  function refill(): void {
    const blocks = Buffer.alloc(MADE_AT_ONCE * BLOCK)
    for (let i = 0; i < MADE_AT_ONCE; i++) blocks.writeBigUInt64BE(BigInt(seq + i), i * BLOCK + 8)
    ready = encrypt.update(blocks)
    at = 0
  }

  function reserveMore(): void {
    reserving = true
    reserveUpTo(db, end, reserve).then(
      reached => {
        end = reached
        reserving = false
      },
      // Tried again with the next message; what is left of the numbers decides how long that may go on.
      () => {
        reserving = false
      },
    )
  }

  return {
    next() {
      if (end - seq < reserve / 2 && !reserving) reserveMore()
      if (seq >= end) throw new Error('No message numbers are left, because the store does not reserve more.')
      if (at >= ready.length) refill()
      const id = ready.toString('base64url', at, at + BLOCK)
      at += BLOCK
      return { seq: seq++, id }
    },

    idOf: messageIdOf(key),

    idsOf(seqs) {
      if (seqs.length === 0) return []
      const blocks = Buffer.alloc(seqs.length * BLOCK)
      for (const [i, number] of seqs.entries()) blocks.writeBigUInt64BE(BigInt(number), i * BLOCK + 8)
      // Each call costs more than all its blocks.
      const sealed = encrypt.update(blocks)
      return seqs.map((_, i) => sealed.toString('base64url', i * BLOCK, (i + 1) * BLOCK))
    },

    seqOf(id) {
      const block = Buffer.from(id, 'base64url')
      if (block.length !== BLOCK || block.toString('base64url') !== id) return undefined
      const open = decrypt.update(block)
      const found = open.readBigUInt64BE(8)
      // The first half is zero in every id of ours: a guess has one chance in 2^64.
      return open.readBigUInt64BE(0) === 0n && found < BigInt(end) ? Number(found) : undefined
    },
  }
}

/** Makes the ids of numbers that were given out, for those who give out none. */
export function messageIdOf(key: Uint8Array): (seq: number) => string {
  const encrypt = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
  return seq => {
    const block = Buffer.alloc(BLOCK)
    block.writeBigUInt64BE(BigInt(seq), 8)
    return encrypt.update(block).toString('base64url')
  }
}

async function reserved(db: Database): Promise<number> {
  const row = await db.get('SELECT value FROM counters WHERE name = ?', [RESERVED])
  return Math.max(FIRST, Number(row?.value ?? 0))
}

async function reserveUpTo(db: Database, from: number, count: number): Promise<number> {
  const end = from + count
  await db.run(
    'INSERT INTO counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    [RESERVED, end],
  )
  return end
}

/** The key of this service's message ids. */
export function messageIdKey(db: Database): Promise<Uint8Array> {
  return serviceKey(db, 'message ids', BLOCK)
}
