/**
 * What is kept, and who may come in: the part of the service that the command line opens as well when the service is
 * stopped. No sockets, no stanzas.
 */
import { join } from 'node:path'
import { accountStore } from './accounts/account-store.ts'
import { Accounts, jidOf } from './accounts/accounts.ts'
import { PasswordWork } from './accounts/credentials.ts'
import { type Documents, documents } from './accounts/documents.ts'
import { Domains } from './accounts/domains.ts'
import { Invitations } from './accounts/invitations.ts'
import { type Marks, openMarks } from './accounts/marks.ts'
import { Notices } from './accounts/notices.ts'
import { Reports } from './accounts/reports.ts'
import { rosterStore } from './accounts/roster-store.ts'
import { sealedCover } from './accounts/sealed-cover.ts'
import { RoomAuthors } from './archive/room-authors.ts'
import { localDisk } from './blobs/local-disk.ts'
import { catalogue } from './catalogue.ts'
import { StoredFiles } from './features/files/stored-files.ts'
import { RoomCards } from './features/rooms/card-store.ts'
import { endRoomsAt, partWithRooms } from './features/rooms/orphans.ts'
import { RoomStore } from './features/rooms/store.ts'
import { type Keys, openKeys } from './keys.ts'
import { endMade } from './operations/self-signed.ts'
import { schemaOf } from './privacy/catalogue.ts'
import { type Day, dayOf } from './privacy/day.ts'
import { promiseRetention } from './privacy/retention.ts'
import { partWithContacts } from './removal.ts'
import { serviceJid } from './routing/services.ts'
import type { Settings } from './settings/schema.ts'
import type { Database } from './storage/database.ts'
import { openSqlite, type SqliteOptions } from './storage/sqlite/open.ts'

export interface House {
  readonly db: Database
  readonly settings: Settings
  readonly domains: Domains
  readonly accounts: Accounts
  readonly documents: Documents
  readonly vault: Keys['vault']
  readonly keyring: Keys['keyring']
  readonly files: StoredFiles
  readonly work: PasswordWork
  readonly invitations: Invitations
  readonly marks: Marks
  readonly notices: Notices
  readonly reports: Reports
  readonly roomAuthors: RoomAuthors
  readonly rooms: RoomStore
  readonly roomCards: RoomCards
  readonly today: () => Day
  close(): Promise<void>
}

export interface HouseOptions extends SqliteOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** The service may keep things for longer than before. */
  readonly announced?: boolean
  /** Told of mistakes in what happens around the end of an account. */
  readonly onUntold?: (bug: unknown) => void
  /** Told that something sealed was changed on the disk. */
  readonly onDamaged?: () => void
}

/** The database file in a data directory. */
export function databasePath(data: string): string {
  return join(data, 'sotto.db')
}

/**
 * Opens the store of a data directory and what is built on it. Makes what is missing.
 * Throws a `StorageError`, a `SealError`, or `NotAnnounced`, whose sentence says what to do.
 */
export async function openHouse(settings: Settings, options: HouseOptions = {}): Promise<House> {
  const { now = Date.now } = options
  const db = await openSqlite(databasePath(settings.service.data), schemaOf(catalogue), options)
  const today = (): Day => dayOf(now())
  if (options.access === 'service')
    await orClose(db, promiseRetention(db, settings.retention.days, options.announced === true))
  const keys = await orClose(db, openKeys(settings, db, today(), options))
  const { vault, keyring } = keys
  const close = async () => {
    await keys.close()
    await db.close()
  }
  const work = new PasswordWork({ iterations: settings.passwords.iterations })
  const domains = await orClose({ close }, Domains.open({ db, settings, today }))
  const accounts = new Accounts({
    store: accountStore(db, catalogue, [], keys),
    work,
    domains: { has: domain => domains.welcomes(domain) },
    today,
    graceDays: settings.accounts.graceDays,
    ...(options.onUntold === undefined ? {} : { onFault: options.onUntold }),
  })
  accounts.on('removed', ({ id }) => keyring.forget(id))
  const roomAuthors = new RoomAuthors({ db, rooms: vault.rooms })
  const rooms = new RoomStore({ db, vault, now, ...(options.onDamaged && { damaged: options.onDamaged }) })
  // In the running service those who are in the rooms are told.
  if (options.access !== 'service') {
    accounts.on('leaving', account => partWithRooms(rooms, jidOf(account), settings.rooms.orphans))
    domains.on('leaving', domain => endRoomsAt(rooms, serviceJid('conference', domain)))
  }
  accounts.on('leaving', async account => void (await roomAuthors.erase(jidOf(account))))
  const notices = await orClose({ close }, Notices.open(db, today))
  for (const event of ['leaving', 'removed'] as const) domains.on(event, domain => notices.takeAway(domain))
  domains.on('removed', domain => endMade(settings.service.data, domain))
  const kept = documents(
    db,
    sealedCover({
      keys: account => vault.keys(account),
      ...(options.onDamaged && { damaged: options.onDamaged }),
    }),
  )
  if (options.access !== 'service') partWithContacts(accounts, rosterStore(kept))
  const files = filesOf(accounts, db, settings.service.data, now)
  if (options.access === 'service') await orClose({ close }, files.reconcile())
  const invitations = new Invitations({ db, today, most: settings.registration.openInvitations })
  const marks = await openMarks(db, accounts)
  return {
    settings,
    db,
    domains,
    accounts,
    documents: kept,
    vault,
    keyring,
    files,
    work,
    invitations,
    marks,
    notices,
    reports: new Reports({ db, today }),
    roomAuthors,
    rooms,
    roomCards: new RoomCards({ db, rooms: vault.rooms, ...(options.onDamaged && { damaged: options.onDamaged }) }),
    today,
    async close() {
      await accounts.settled()
      await close()
    },
  }
}

/** The files that people have uploaded, which end with their accounts. */
function filesOf(accounts: Accounts, db: Database, data: string, now: () => number): StoredFiles {
  const blobs = localDisk({ directory: join(data, 'files'), now })
  const files = new StoredFiles({ db, blobs, today: () => dayOf(now()) })
  accounts.on('leaving', ({ id }) => files.erase(id))
  accounts.on('removed', ({ id }) => files.erased(id))
  return files
}

/** Who does not get in leaves the door unlocked for others. */
async function orClose<T>(opened: { close(): Promise<void> }, condition: Promise<T>): Promise<T> {
  try {
    return await condition
  } catch (refused) {
    await opened.close()
    throw refused
  }
}
