/**
 * The key vault: one random data key for each account and for each room, in a small database of its own. What is kept about
 * an account or of a room is sealed with keys that come from its data key, so that destroying that one key erases it
 * wherever copies are.
 *
 * Each data key is sealed with the wrapping key of the day. Rotation makes the next wrapping key, moves every data key
 * to it, and only then destroys the old one. Each row says which one it is under, so at whatever point it is interrupted
 * everything opens, and the next start finishes it.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Day } from '../privacy/day.ts'
import type { SqliteOptions } from '../storage/sqlite/open.ts'
import { Reader } from '../storage/sqlite/reader.ts'
import { DataKeys, type DataKeysKind } from './data-keys.ts'
import { bound, deriveKey, open, seal, wipe } from './envelope.ts'
import { type MasterPlace, makeMaster, readMaster } from './master.ts'
import { SealError } from './seal-error.ts'
import { vaultTables } from './tables.ts'
import { VaultWriter } from './vault-writer.ts'
import { WrappingKeys } from './wrapping-keys.ts'

/** What an account's data is sealed with. Use at once and do not keep: they are wiped when they have not been used for long. */
export interface AccountKeys {
  readonly documents: Buffer
  /** Makes the tags under which documents are found. */
  readonly tags: Buffer
  /** Seals keys of epochs where `archive.seal` is "server". */
  readonly epochs: Buffer
  /** Seals the keys of what the account says in rooms, besides the keys of the rooms. */
  readonly words: Buffer
}

/** What a room's data is sealed with. Use at once and do not keep, like those of accounts. */
export interface RoomKeys {
  /** Seals its configuration and affiliations. */
  readonly documents: Buffer
  /** Makes the tags under which things of the room are found, authors among them. */
  readonly tags: Buffer
  /** Seals the keys of its authors. */
  readonly authors: Buffer
  /** Hides which author an entry of its archive is by. */
  readonly entries: Buffer
}

export interface VaultParts extends MasterPlace {
  readonly today: Day
  /** Whether there is nothing yet that a vault would have to open: only then a new one is made. */
  readonly mayMake: boolean
  /** `service` finishes what was interrupted; default `tool`. */
  readonly access?: 'service' | 'tool'
  readonly options?: Pick<SqliteOptions, 'onFailure' | 'onFault'>
}

const BUSY_TIMEOUT_MS = 10_000

const ROTATE = 'UPDATE vault SET wrapping = ?, rotated = ? WHERE wrapping = ?'

const ofAccounts: DataKeysKind<AccountKeys> = {
  table: 'keys',
  owner: 'account',
  purpose: 'sotto data key',
  derive: data => ({
    documents: deriveKey(data, 'sotto documents'),
    tags: deriveKey(data, 'sotto document tags'),
    epochs: deriveKey(data, 'sotto epochs'),
    words: deriveKey(data, 'sotto words in rooms'),
  }),
}

const ofRooms: DataKeysKind<RoomKeys> = {
  table: 'room_keys',
  owner: 'room',
  purpose: 'sotto room key',
  derive: data => ({
    documents: deriveKey(data, 'sotto room documents'),
    tags: deriveKey(data, 'sotto room tags'),
    authors: deriveKey(data, 'sotto room authors'),
    entries: deriveKey(data, 'sotto room entries'),
  }),
}

/** The directory of the vault in a data directory. */
export function vaultDirectory(data: string): string {
  return join(data, 'vault')
}

/**
 * Opens the vault of a data directory, and makes it and the master secret where nothing is there yet.
 * Throws a `SealError` whose sentence says what to do.
 */
export async function openVault(parts: VaultParts): Promise<Vault> {
  const directory = vaultDirectory(parts.data)
  const path = join(directory, 'vault.db')
  if (!parts.mayMake && !existsSync(path)) throw noVault(path)
  const writer = new VaultWriter(path, { ...parts.options, access: 'tool' })
  if (!existsSync(path)) await writer.use(async () => undefined)
  const reader = new Reader(path, BUSY_TIMEOUT_MS)
  try {
    // Cut short while it was made.
    if (reader.realTables().length < vaultTables.length) await writer.use(async () => undefined)
    const made = reader.get('SELECT check_value FROM vault', [])
    if (made === undefined && !parts.mayMake) throw noVault(path)
    const secret = readMaster(parts) ?? (made === undefined ? makeMaster(parts) : undefined)
    if (secret === undefined) {
      throw new SealError(
        `The master secret ${parts.path} is missing. Without it nothing that is kept can be opened: put it back, or say in ` +
          'seal.master where it is.',
      )
    }
    const master = deriveKey(secret, 'sotto vault')
    wipe(secret)
    const wrappings = new WrappingKeys(directory, master)
    if (made === undefined) await makeVault(writer, wrappings, master, parts.today)
    const check = reader.get('SELECT check_value FROM vault', [])?.check_value as Uint8Array
    if (open(master, check, checkBinding) === undefined) {
      throw new SealError(
        `The master secret ${parts.path} is not the one that the data in ${parts.data} was sealed with. Put the right one ` +
          'there, or say in seal.master where it is.',
      )
    }
    const vault = new Vault(writer, reader, wrappings, master)
    vault.check(directory)
    if (parts.access === 'service') {
      wrappings.tidy()
      await vault.finishRotation()
    }
    return vault
  } catch (error) {
    reader.close()
    await writer.close()
    throw error
  }
}

const checkBinding = bound('sotto vault check')

async function makeVault(writer: VaultWriter, wrappings: WrappingKeys, master: Uint8Array, today: Day): Promise<void> {
  wrappings.ensure(1)
  const check = seal(master, Buffer.from('sotto'), checkBinding)
  // Whoever comes second uses what the first has made.
  const sql = 'INSERT INTO vault (id, check_value, wrapping, rotated) VALUES (1, ?, 1, ?) ON CONFLICT (id) DO NOTHING'
  await writer.use(db => db.run(sql, [check, today]))
}

function noVault(path: string): SealError {
  return new SealError(
    `There are accounts in the database, and the key vault ${path} that opens what is kept about them is missing. Put back ` +
      'the vault that belongs to this database. Data of a version before there was a vault cannot be carried over: move it ' +
      'away, and begin anew.',
  )
}

export class Vault {
  readonly #writer: VaultWriter
  readonly #reader: Reader
  readonly #wrappings: WrappingKeys
  readonly #master: Buffer
  readonly #accounts: DataKeys<AccountKeys>
  /** The keys of rooms. */
  readonly rooms: DataKeys<RoomKeys>

  constructor(writer: VaultWriter, reader: Reader, wrappings: WrappingKeys, master: Buffer) {
    this.#writer = writer
    this.#reader = reader
    this.#wrappings = wrappings
    this.#master = master
    const parts = { writer, reader, wrappings, wrapping: () => this.#state.wrapping }
    this.#accounts = new DataKeys(parts, ofAccounts)
    this.rooms = new DataKeys(parts, ofRooms)
  }

  /** Throws if the key that everything is sealed with cannot be had. */
  check(directory: string): void {
    if (this.#wrappings.key(this.#state.wrapping) !== undefined) return
    throw new SealError(
      `The file wrapping-${this.#state.wrapping}.key in ${directory} is missing or damaged. Put back the directory as it was ` +
        'at one time, all its files together.',
    )
  }

  /** The keys of an account; undefined if it has none (any more). Synchronous. */
  keys(account: number): AccountKeys | undefined {
    return this.#accounts.keys(account)
  }

  /**
   * What the password verifiers of an account are sealed with; undefined if it has none (any more). Never remembered:
   * sign-ins must take as long for those who come often as for everybody else. The caller wipes it.
   */
  credentialsKey(account: number): Buffer | undefined {
    const data = this.#accounts.dataKey(account)
    const key = data && deriveKey(data, 'sotto credentials')
    wipe(data)
    return key
  }

  /** Gives a new account its key; durable when resolved. */
  add(account: number): Promise<void> {
    return this.#accounts.add(account)
  }

  /**
   * Destroys an account's key: with that, everything sealed with it is gone, wherever copies are. Durable and out of the
   * write-ahead log when resolved, also if there was none.
   */
  destroy(account: number): Promise<void> {
    return this.#accounts.destroy(account)
  }

  /** Accounts that have a key. */
  accounts(): Promise<number[]> {
    return this.#accounts.owners()
  }

  /**
   * A secret of the service for one purpose, which comes from the master secret: the same at every start, and not on the
   * disk of the data. For what has no owner, such as finding something by its name.
   */
  secretFor(purpose: string): Buffer {
    return deriveKey(this.#master, purpose)
  }

  /** The day on which the present wrapping key was made. */
  get rotatedOn(): Day {
    return this.#state.rotated
  }

  /**
   * Once a day: moves every key to a new wrapping key and destroys the old one. On a day that has its key already, finishes
   * what could not be finished before. For the service only, one call at a time.
   */
  async rotate(today: Day): Promise<void> {
    const { wrapping, rotated } = this.#state
    if (rotated !== today) {
      this.#wrappings.ensure(wrapping + 1)
      await this.#writer.use(db => db.run(ROTATE, [wrapping + 1, today, wrapping]))
    }
    await this.finishRotation()
  }

  /** Completes a rotation at whatever point it was interrupted; otherwise finds nothing to do. */
  async finishRotation(): Promise<void> {
    const { wrapping } = this.#state
    if (this.#wrappings.numbers().every(number => number === wrapping)) return
    const key = this.#wrappings.key(wrapping)
    if (key === undefined) throw new SealError('The key vault was changed while it was in use.')
    await this.#writer.use(async db => {
      await this.#accounts.move(db, wrapping, key)
      await this.rooms.move(db, wrapping, key)
      await db.erasePages()
    })
    this.#wrappings.keepOnly(wrapping)
  }

  async close(): Promise<void> {
    this.#accounts.close()
    this.rooms.close()
    this.#wrappings.close()
    wipe(this.#master)
    this.#reader.close()
    await this.#writer.close()
  }

  get #state(): { readonly wrapping: number; readonly rotated: Day } {
    const row = this.#reader.get('SELECT wrapping, rotated FROM vault', [])
    return { wrapping: Number(row?.wrapping), rotated: String(row?.rotated) }
  }
}
