/** Accounts and their password verifiers in the database. */

import { hash } from 'node:crypto'
import type { Catalogue } from '../privacy/catalogue.ts'
import { eraseAccount } from '../privacy/erase.ts'
import { type Database, type Row, type Step, StorageError } from '../storage/database.ts'
import { type AccountSeals, hasKey, loginKeys, openVerifiers, sealVerifiers } from './account-seals.ts'
import type { Account, AccountStore, Credentials, NewVerifier, Rewrapping, VerifiersSet } from './accounts.ts'
import type { HashName, Verifier } from './credentials.ts'
import { depart, departureOf, departures, erectTombstone, stay, tombstone } from './departures.ts'
import { serviceKey } from './service-keys.ts'
import type { IterationCount } from './sign-in/candidates.ts'

const ACCOUNT = 'SELECT id, localpart, domain, created FROM accounts'
const INSERT_UNLESS_ERASED = `INSERT INTO accounts (id, localpart, domain, created)
  SELECT ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE tag = ?)`

/** What an account has in other places than the database's own tables. Called again if the process ends in between. */
export type EraseElsewhere = (account: number) => Promise<unknown>

/**
 * Row numbers are random 52 bits: that two accounts draw the same is not a case worth an answer of its own.
 * Without `seals` verifiers are stored as they are, and accounts have no keys.
 */
export function accountStore(
  db: Database,
  catalogue: Catalogue,
  elsewhere: readonly EraseElsewhere[] = [],
  seals?: AccountSeals,
): AccountStore {
  let key: Promise<Uint8Array> | undefined
  async function tombstoneOf(localpart: string, domain: string): Promise<Uint8Array> {
    key ??= serviceKey(db, 'erased names', 32)
    return tombstone(await key, localpart, domain)
  }

  async function find(localpart: string, domain: string): Promise<Account | undefined> {
    const row = await db.get(`${ACCOUNT} WHERE localpart = ? AND domain = ?`, [localpart, domain])
    return row && account(row)
  }

  return {
    find,

    async credentials(localpart: string, domain: string): Promise<Credentials | undefined> {
      // A name that does not exist must not be answered sooner than one that does. So it has a stand-in, always the same
      // as long as the accounts are, whose rows are read in its place and thrown away.
      const place = hash('sha256', `${localpart}@${domain}`, 'buffer').readUIntBE(0, 6) * 16
      const ids = await db.get(
        `SELECT (SELECT id FROM accounts WHERE localpart = ? AND domain = ?
            AND id NOT IN (SELECT account FROM departures)) AS id,
          (SELECT id FROM accounts WHERE id >= ? ORDER BY id LIMIT 1) AS after, (SELECT MIN(id) FROM accounts) AS least`,
        [localpart, domain, place],
      )
      const rows = await db.all(
        `SELECT a.id, a.created, c.hash, c.salt, c.iterations, c.stored_key, c.server_key
        FROM accounts a JOIN credentials c ON c.account = a.id WHERE a.id = ? ORDER BY c.hash DESC`,
        [ids?.id ?? ids?.after ?? ids?.least ?? 0],
      )
      const [first] = rows
      if (first === undefined) return undefined
      const stored = rows.map(verifier)
      const verifiers = seals === undefined ? stored : openVerifiers(seals, Number(first.id), stored)
      return ids?.id === null ? undefined : { account: account({ ...first, localpart, domain }), verifiers }
    },

    async create(made: Account, verifiers: readonly NewVerifier[]): Promise<boolean> {
      const { id, localpart, domain, created } = made
      const tag = await tombstoneOf(localpart, domain)
      // The key comes first: without the account it is found at the next start, and destroyed.
      await seals?.vault.add(id)
      const stored = seals === undefined ? verifiers : sealVerifiers(seals, id, verifiers)
      const [isMade = 0] = await db
        .unit([
          [INSERT_UNLESS_ERASED, [id, localpart, domain, created, tag]],
          ...stored.map(v => insertVerifierIfThere(id, v)),
          ...(seals === undefined ? [] : seals.keyring.created(id, loginKeys(verifiers))),
        ])
        .catch((error: unknown) => {
          if (error instanceof StorageError && error.code === 'unique') return []
          throw error
        })
      if (isMade === 0) await seals?.vault.destroy(id)
      else if (seals !== undefined && !hasKey(seals, id)) {
        // A service that started meanwhile took the key for one that was left over.
        await eraseAccount(db, catalogue, id)
        throw new StorageError('busy', 'The service is just starting. Try again in a moment.')
      }
      return isMade > 0
    },

    async setVerifiers(
      id: number,
      verifiers: readonly NewVerifier[],
      { keep = false, code }: Rewrapping = {},
    ): Promise<VerifiersSet> {
      // The first step locks nothing and changes nothing; its count tells whether the account is there, in the same unit.
      const there = await db.get('SELECT id FROM accounts WHERE id = ?', [id])
      if (there === undefined) return 'unknown'
      const rewrap = await seals?.keyring.rewrap(id, loginKeys(verifiers), keep ? 'keep' : 'renew', code)
      if (seals !== undefined && rewrap === undefined) return 'wrong code'
      const stored = seals === undefined ? verifiers : sealVerifiers(seals, id, verifiers)
      const [found = 0] = await db.unit([
        ['UPDATE accounts SET id = id WHERE id = ?', [id]],
        ['DELETE FROM credentials WHERE account = ?', [id]],
        ...stored.map(v => insertVerifierIfThere(id, v)),
        ...(rewrap?.steps ?? []),
      ])
      if (found === 0) return 'unknown'
      rewrap?.done()
      return rewrap?.outcome ?? 'kept'
    },

    async isErased(localpart: string, domain: string): Promise<boolean> {
      const tag = await tombstoneOf(localpart, domain)
      return (await db.get('SELECT 1 AS there FROM tombstones WHERE tag = ?', [tag])) !== undefined
    },

    depart: (account, due) => depart(db, { account, due }),
    stay: account => stay(db, account),
    departures: () => departures(db),
    departureOf: async account => (await departureOf(db, account))?.due,

    async erase(id: number): Promise<boolean> {
      const row = await db.get(`${ACCOUNT} WHERE id = ?`, [id])
      if (row === undefined) return false
      const { localpart, domain } = account(row)
      const tag = await tombstoneOf(localpart, domain)
      // With its key everything sealed is gone at once, in every copy.
      await seals?.vault.destroy(id)
      for (const erase of elsewhere) await erase(id)
      return eraseAccount(db, catalogue, id, [erectTombstone(tag)])
    },

    async withId(id: number): Promise<Account | undefined> {
      const row = await db.get(`${ACCOUNT} WHERE id = ?`, [id])
      return row && account(row)
    },

    async list(domain?: string): Promise<readonly Account[]> {
      const rows =
        domain === undefined
          ? await db.all(`${ACCOUNT} ORDER BY domain, localpart`)
          : await db.all(`${ACCOUNT} WHERE domain = ? ORDER BY localpart`, [domain])
      return rows.map(account)
    },
  }
}

/** A password changed while the account was being erased must not leave a row behind. */
function insertVerifierIfThere(account: number, v: Verifier): Step {
  return [
    'INSERT INTO credentials (account, hash, salt, iterations, stored_key, server_key) SELECT id, ?, ?, ?, ?, ? FROM accounts WHERE id = ?',
    [v.hash, v.salt, v.iterations, v.storedKey, v.serverKey, account],
  ]
}

function account(row: Row): Account {
  return {
    id: Number(row.id),
    localpart: String(row.localpart),
    domain: String(row.domain),
    created: String(row.created),
  }
}

function verifier(row: Row): Verifier {
  return {
    hash: row.hash as HashName,
    salt: row.salt as Uint8Array,
    iterations: Number(row.iterations),
    storedKey: row.stored_key as Uint8Array,
    serverKey: row.server_key as Uint8Array,
  }
}

/** How many accounts have verifiers of how many rounds: what unknown names have to look like. */
export async function iterationCounts(db: Database): Promise<IterationCount[]> {
  const rows = await db.all(
    "SELECT iterations, COUNT(*) AS n FROM credentials WHERE hash = 'SHA-256' GROUP BY iterations",
  )
  return rows.map(({ iterations, n }) => [Number(iterations), Number(n)])
}
