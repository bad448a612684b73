/** The keys of a data directory: the vault and the keyring, and that they belong to the database. */

import type { Day } from './privacy/day.ts'
import { settleRooms } from './room-keys.ts'
import type { Feature } from './routing/feature.ts'
import type { Session } from './routing/session.ts'
import { Keyring } from './seals/keyring.ts'
import { SealError } from './seals/seal-error.ts'
import { openVault, type Vault } from './seals/vault.ts'
import type { Settings } from './settings/schema.ts'
import type { Database } from './storage/database.ts'
import type { SqliteOptions } from './storage/sqlite/open.ts'

export interface Keys {
  readonly vault: Vault
  readonly keyring: Keyring
  close(): Promise<void>
}

/** Keys without an account that a crash can explain: of accounts that were just being made. */
const explainedOrphans = 10

/**
 * Opens the vault that belongs to a database, and makes it where there are no accounts yet. The service destroys keys
 * whose account was never finished.
 * Throws a `SealError` whose sentence says what to do.
 */
export async function openKeys(
  settings: Settings,
  db: Database,
  today: Day,
  { access, onFailure, onFault }: SqliteOptions,
): Promise<Keys> {
  const accounts = (await db.all('SELECT id FROM accounts')).map(row => Number(row.id))
  const vault = await openVault({
    data: settings.service.data,
    path: settings.seal.master,
    today,
    mayMake: accounts.length === 0,
    access: access === 'service' ? 'service' : 'tool',
    options: { ...(onFailure && { onFailure }), ...(onFault && { onFault }) },
  })
  try {
    if (access === 'service') {
      await settle(vault, db, new Set(accounts))
      await settleRooms(vault, db)
    }
  } catch (error) {
    await vault.close()
    throw error
  }
  const keyring = new Keyring({
    db,
    seal: settings.archive.seal,
    serverKey: account => vault.keys(account)?.epochs,
  })
  return {
    vault,
    keyring,
    async close() {
      keyring.close()
      await vault.close()
    },
  }
}

/** Vault and database of different times are told from what a crash leaves, so that no key is destroyed by mistake. */
async function settle(vault: Vault, db: Database, accounts: ReadonlySet<number>): Promise<void> {
  const keys = new Set(await vault.accounts())
  const leaving = new Set((await db.all('SELECT account FROM departures')).map(row => Number(row.account)))
  const lost = [...accounts].filter(account => !keys.has(account) && !leaving.has(account))
  const orphans = [...keys].filter(account => !accounts.has(account))
  if (lost.length > 0) {
    throw new SealError(
      `The key vault has no key for ${lost.length} of ${accounts.size} accounts, so that it is not the one of this database, ` +
        'or of another day. Put back both as they were at one time.',
    )
  }
  if (orphans.length > explainedOrphans && orphans.length > accounts.size) {
    throw new SealError(
      `The key vault has keys of ${orphans.length} accounts that are not in the database, which has ${accounts.size}. They ` +
        'would be destroyed, so nothing was done. Put back the database that belongs to the vault; or, to begin anew, move ' +
        'away the whole data directory.',
    )
  }
  for (const account of orphans) await vault.destroy(account)
}

/**
 * What somebody's sign-in has opened stays open for as long as they have a session, also one that waits to be resumed
 * (XEP-0198), and is wiped with the last one. Comes before whatever reads what is sealed.
 */
export function heldBySessions(keyring: Keyring): Feature {
  const holds = new WeakMap<Session, () => void>()
  return {
    name: 'keys held by sessions',
    implements: [],
    sessions: {
      bound(session) {
        holds.set(session, keyring.hold(session.account.id))
        keyring.arrived(session.account.id)
      },
      resumed: session => keyring.arrived(session.account.id),
      ended: session => holds.get(session)?.(),
    },
  }
}
