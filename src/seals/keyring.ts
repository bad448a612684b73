/**
 * Keys that only their owner's sign-in opens. Every account has a key pair: what arrives is sealed to the public key; the
 * private key is wrapped with what a sign-in reveals (the ClientKey of RFC 5802 §3, which a server recovers from a proof and
 * cannot compute from what it stores) or with a recovery code.
 *
 * An opened key stays in memory while somebody holds it: a session, also one that waits to be resumed, a token for signing
 * in again, a sign-in that is about to become a session. With the last hold it is wiped, and the keys of epochs with it.
 * Copies that OpenSSL makes while it computes are cleared by OpenSSL when it lets go of them.
 */

import { randomBytes } from 'node:crypto'
import type { Database, Step } from '../storage/database.ts'
import { type KeyPair, keyPair } from './box.ts'
import { bound, deriveKey, open, seal, wipe } from './envelope.ts'
import { type EpochKey, type MessageKey, type SealedEpoch, sealedByServer } from './epoch.ts'
import { type CurrentEpoch, CurrentEpochs, type Day, openEpochKey, type PublicSeal } from './epochs.ts'
import { freshRecoveryCode, recoveryKey } from './recovery-code.ts'

/** What a sign-in, or a new password, reveals for a moment. */
export interface LoginKey {
  readonly hash: 'SHA-1' | 'SHA-256'
  /** The ClientKey of RFC 5802 §3. */
  readonly key: Uint8Array
}

export interface KeyringParts {
  readonly db: Database
  /** `owner`: only the owner opens what arrives. `server`: the server does, by the key vault. */
  readonly seal: 'owner' | 'server'
  /** The account's key for epochs in the vault; undefined if it has none (any more). */
  serverKey(account: number): Uint8Array | undefined
  /** Milliseconds of a clock that never goes back. */
  now?(): number
  /** How long a sign-in may take to become a session; default 90 seconds. */
  readonly pendingMs?: number
}

/** Changes to the store that have to be made in one unit with others. */
export interface Rewrap {
  readonly steps: readonly Step[]
  /** `lost`: what was sealed so far opens at most with the recovery code. */
  readonly outcome: 'kept' | 'lost'
  /** To be called when the steps are durable. */
  done(): void
}

/** What is in memory of an account that is held. */
interface Held {
  holds: number
  /** Undefined while nobody signs in. Both are made when they are needed: a crowd that sits there needs neither. */
  pending: Set<NodeJS.Timeout> | undefined
  /** By generation. */
  readonly pairs: Map<number, KeyPair>
  /** Epochs opened for reading, in the order of use. */
  epochs: Map<number, MessageKey> | undefined
}

const maxOpenedEpochs = 256
const recovery = 'recovery'

const INSERT_KEY =
  'INSERT INTO archive_keys (account, generation, public_key) SELECT id, ?, ? FROM accounts WHERE id = ?'
const INSERT_WRAP =
  'INSERT INTO archive_wraps (account, generation, kind, salt, wrapped) SELECT id, ?, ?, ?, ? FROM accounts WHERE id = ?'

export class Keyring {
  readonly #parts: KeyringParts
  readonly #pendingMs: number
  readonly #held = new Map<number, Held>()
  readonly #current: CurrentEpochs
  /** Public keys that have replaced others since the start: whoever still has an older one must not use it. */
  readonly #renewed = new Map<number, PublicSeal>()

  constructor(parts: KeyringParts) {
    this.#parts = parts
    this.#pendingMs = parts.pendingMs ?? 90_000
    this.#current = new CurrentEpochs({
      serverKey: parts.seal === 'server' ? account => parts.serverKey(account) : undefined,
      now: parts.now ?? (() => performance.now()),
    })
  }

  /** What messages of an account are sealed to. Throws if the account has no key: it is not there any more. */
  async publicOf(account: number): Promise<PublicSeal> {
    const renewed = this.#renewed.get(account)
    if (renewed !== undefined) return renewed
    const row = await this.#parts.db.get(
      'SELECT generation, public_key FROM archive_keys WHERE account = ? ORDER BY generation DESC LIMIT 1',
      [account],
    )
    if (row === undefined) throw new Error('This account has no key to seal messages with: it is being erased.')
    return { generation: Number(row.generation), publicKey: bytesOf(row.public_key) }
  }

  /** The statements that give a new account its first key pair, to follow the one that makes the account. */
  created(account: number, keys: readonly LoginKey[]): readonly Step[] {
    const pair = keyPair()
    const steps = [insertKey(account, 1, pair), ...keys.map(key => insertLoginWrap(account, 1, pair, key))]
    wipe(pair.privateKey)
    return steps
  }

  /**
   * Somebody proved the password: opens what it opens, and keeps it until a session or token holds it, at most for a short
   * while. False if nothing could be opened.
   */
  async unlock(account: number, { hash, key }: LoginKey): Promise<boolean> {
    const cancel = this.pending(account)
    const kind = kindOf(hash)
    const rows = await this.#parts.db.all(
      `SELECT w.generation, w.salt, w.wrapped, k.public_key FROM archive_wraps w
        JOIN archive_keys k ON k.account = w.account AND k.generation = w.generation WHERE w.account = ? AND w.kind = ?`,
      [account, kind],
    )
    const pairs = this.#held.get(account)?.pairs
    for (const row of rows) {
      const generation = Number(row.generation)
      if (pairs === undefined || pairs.has(generation)) continue
      const privateKey = unwrap(account, generation, kind, key, row)
      if (privateKey !== undefined) pairs.set(generation, { privateKey, publicKey: bytesOf(row.public_key) })
    }
    const opened = rows.some(row => pairs?.has(Number(row.generation)))
    if (!opened) cancel()
    return opened
  }

  /**
   * Somebody is signing in: what is open stays so until `arrived`, or for a short while. Returns how to say that nothing
   * came of it.
   */
  pending(account: number): () => void {
    const held = this.#hold(account)
    const timer = setTimeout(() => end(), this.#pendingMs).unref()
    const end = (): void => {
      clearTimeout(timer)
      if (unpend(held, timer)) this.#settle(account, held)
    }
    held.pending ??= new Set()
    held.pending.add(timer)
    return end
  }

  /** A sign-in has become a session, which has taken a hold of its own. */
  arrived(account: number): void {
    const held = this.#held.get(account)
    const [first] = held?.pending ?? []
    if (held === undefined || first === undefined) return
    clearTimeout(first)
    unpend(held, first)
    this.#settle(account, held)
  }

  /** Keeps what is open, or will be opened, in memory until the returned function is called. */
  hold(account: number): () => void {
    const held = this.#hold(account)
    held.holds++
    let released = false
    return () => {
      if (released) return
      released = true
      held.holds--
      this.#settle(account, held)
    }
  }

  /** Whether a private key of the account is in memory. */
  isOpen(account: number): boolean {
    return (this.#held.get(account)?.pairs.size ?? 0) > 0
  }

  /**
   * A new password. `keep`: the same keys are wrapped anew, as far as they are open. `renew`: they are not, whatever is open,
   * because it is not their owner who asks. A right recovery code opens them in both cases.
   * Resolves with undefined if the code is wrong.
   */
  async rewrap(
    account: number,
    keys: readonly LoginKey[],
    how: 'keep' | 'renew',
    code?: string,
  ): Promise<Rewrap | undefined> {
    const pairs = new Map(how === 'keep' ? this.#held.get(account)?.pairs : [])
    const byCode = code === undefined ? undefined : await this.#openByCode(account, code)
    if (code !== undefined && byCode === undefined) return undefined
    const codeKey = code === undefined ? undefined : recoveryKey(code)
    for (const [generation, pair] of byCode ?? []) {
      if (pairs.has(generation)) wipe(pair.privateKey)
      else pairs.set(generation, pair)
    }
    const newest = (await this.publicOf(account)).generation
    const renewed = pairs.has(newest) ? undefined : keyPair()
    const steps: Step[] = [['DELETE FROM archive_wraps WHERE account = ? AND kind <> ?', [account, recovery]]]
    if (renewed !== undefined) {
      steps.push(insertKey(account, newest + 1, renewed))
      if (codeKey !== undefined) steps.push(insertWrap(account, newest + 1, recovery, renewed, codeKey))
      pairs.set(newest + 1, renewed)
    }
    for (const [generation, pair] of pairs)
      steps.push(...keys.map(key => insertLoginWrap(account, generation, pair, key)))
    // A key that nothing opens any longer is good for nothing.
    steps.push([
      `DELETE FROM archive_keys WHERE account = ? AND generation NOT IN
        (SELECT generation FROM archive_wraps WHERE account = ?)`,
      [account, account],
    ])
    for (const [, pair] of byCode ?? []) wipe(pair.privateKey)
    wipe(renewed?.privateKey, codeKey)
    return {
      steps,
      outcome: renewed === undefined ? 'kept' : 'lost',
      done: () => {
        if (renewed === undefined) return
        this.#renewed.set(account, { generation: newest + 1, publicKey: renewed.publicKey })
        this.#current.end(account)
      },
    }
  }

  /** Whether a recovery code was made for the account. */
  async hasRecovery(account: number): Promise<boolean> {
    const any = 'SELECT 1 AS found FROM archive_wraps WHERE account = ? AND kind = ? LIMIT 1'
    return (await this.#parts.db.get(any, [account, recovery])) !== undefined
  }

  /** Whether that is the recovery code of the account. */
  async knowsRecovery(account: number, code: string): Promise<boolean> {
    const pairs = await this.#openByCode(account, code)
    for (const { privateKey } of pairs?.values() ?? []) wipe(privateKey)
    return pairs !== undefined
  }

  /** A new recovery code for an open account, to be shown once; any earlier one ends. Undefined if the account is not open. */
  async addRecovery(account: number): Promise<string | undefined> {
    const pairs = this.#held.get(account)?.pairs
    if (pairs === undefined || pairs.size === 0) return undefined
    const code = freshRecoveryCode()
    const key = recoveryKey(code)!
    const steps: Step[] = [['DELETE FROM archive_wraps WHERE account = ? AND kind = ?', [account, recovery]]]
    for (const [generation, pair] of pairs) steps.push(insertWrap(account, generation, recovery, pair, key))
    wipe(key)
    await this.#parts.db.unit(steps)
    return code
  }

  /**
   * The epoch to seal a message with now: one account, one UTC day, one run of this process at most. Synchronous. `to` may be
   * older than the last change of password. Throws if the account is being erased.
   */
  epochFor(account: number, to: PublicSeal, day: Day): CurrentEpoch {
    return this.#current.of(account, this.#renewed.get(account) ?? to, day)
  }

  /** The key of a stored epoch; undefined if the account is not open, or the row is not what was stored. */
  openEpoch(account: number, sealed: SealedEpoch): EpochKey | undefined {
    if (sealed.account !== account) return undefined
    const held = this.#held.get(account)
    const opened = held?.epochs
    const known = opened?.get(sealed.epoch)
    if (opened !== undefined && known !== undefined) {
      opened.delete(sealed.epoch)
      opened.set(sealed.epoch, known)
      return known
    }
    const by =
      sealed.generation === sealedByServer ? this.#parts.serverKey(account) : held?.pairs.get(sealed.generation)
    if (by === undefined) return undefined
    const current = this.#current.key(account, sealed.epoch)
    if (current !== undefined) return current
    const key = openEpochKey(sealed, by)
    if (key === undefined || held === undefined) return key
    held.epochs ??= new Map()
    held.epochs.set(sealed.epoch, key)
    if (held.epochs.size > maxOpenedEpochs) {
      for (const [oldest, old] of held.epochs) {
        old.wipe()
        held.epochs.delete(oldest)
        break
      }
    }
    return key
  }

  /** The account is being erased: everything of it in memory is wiped, whoever holds it. */
  forget(account: number): void {
    const held = this.#held.get(account)
    this.#renewed.delete(account)
    this.#current.end(account)
    if (held === undefined) return
    this.#held.delete(account)
    wipeHeld(held)
  }

  /** Wipes everything. */
  close(): void {
    for (const account of [...this.#held.keys()]) this.forget(account)
    this.#current.close()
  }

  #hold(account: number): Held {
    let held = this.#held.get(account)
    if (held === undefined) {
      held = { holds: 0, pending: undefined, pairs: new Map(), epochs: undefined }
      this.#held.set(account, held)
    }
    return held
  }

  /** With the last hold everything goes that opens what is stored. */
  #settle(account: number, held: Held): void {
    if (held.holds > 0 || held.pending !== undefined || this.#held.get(account) !== held) return
    this.#held.delete(account)
    wipeHeld(held)
    this.#current.advance(account)
  }

  /** The key pairs that a recovery code opens; undefined if it opens none. */
  async #openByCode(account: number, code: string): Promise<Map<number, KeyPair> | undefined> {
    const key = recoveryKey(code)
    const rows = await this.#parts.db.all(
      `SELECT w.generation, w.salt, w.wrapped, k.public_key FROM archive_wraps w
        JOIN archive_keys k ON k.account = w.account AND k.generation = w.generation WHERE w.account = ? AND w.kind = ?`,
      [account, recovery],
    )
    const pairs = new Map<number, KeyPair>()
    for (const row of key === undefined ? [] : rows) {
      const generation = Number(row.generation)
      const privateKey = unwrap(account, generation, recovery, key!, row)
      if (privateKey !== undefined) pairs.set(generation, { privateKey, publicKey: bytesOf(row.public_key) })
    }
    wipe(key)
    return pairs.size === 0 ? undefined : pairs
  }
}

/** Was it waited for? */
function unpend(held: Held, timer: NodeJS.Timeout): boolean {
  const waited = held.pending?.delete(timer) === true
  if (held.pending?.size === 0) held.pending = undefined
  return waited
}

function wipeHeld(held: Held): void {
  const { pairs, epochs } = held
  for (const timer of held.pending ?? []) clearTimeout(timer)
  held.pending = undefined
  for (const { privateKey } of pairs.values()) wipe(privateKey)
  pairs.clear()
  for (const key of epochs?.values() ?? []) key.wipe()
  held.epochs = undefined
}

function kindOf(hash: LoginKey['hash']): string {
  return `SCRAM-${hash}`
}

function insertKey(account: number, generation: number, { publicKey }: KeyPair): Step {
  return [INSERT_KEY, [generation, publicKey, account]]
}

function insertLoginWrap(account: number, generation: number, pair: KeyPair, { hash, key }: LoginKey): Step {
  return insertWrap(account, generation, kindOf(hash), pair, key)
}

function insertWrap(account: number, generation: number, kind: string, pair: KeyPair, secret: Uint8Array): Step {
  const salt = new Uint8Array(randomBytes(16))
  const key = wrappingKey(secret, salt, kind)
  const wrapped = seal(key, pair.privateKey, wrapBinding(account, generation, kind))
  wipe(key)
  return [INSERT_WRAP, [generation, kind, salt, wrapped, account]]
}

function unwrap(
  account: number,
  generation: number,
  kind: string,
  secret: Uint8Array,
  row: { readonly [column: string]: unknown },
): Buffer | undefined {
  const key = wrappingKey(secret, row.salt as Uint8Array, kind)
  const opened = open(key, row.wrapped as Uint8Array, wrapBinding(account, generation, kind))
  wipe(key)
  return opened
}

function wrappingKey(secret: Uint8Array, salt: Uint8Array, kind: string): Buffer {
  return deriveKey(secret, `sotto archive key ${kind}`, salt)
}

function wrapBinding(account: number, generation: number, kind: string): Buffer {
  return bound('sotto archive key', account, generation, kind)
}

function bytesOf(value: unknown): Buffer {
  const bytes = value as Uint8Array
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
