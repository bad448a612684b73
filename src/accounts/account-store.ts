/** Accounts and their password verifiers in the database. */

import { hash } from 'node:crypto'
import type { Catalogue } from '../privacy/catalogue.ts'
import { eraseAccount } from '../privacy/erase.ts'
import { type Database, type Row, type Step, StorageError } from '../storage/database.ts'
import type { Account, AccountStore, Credentials } from './accounts.ts'
import type { HashName, Verifier } from './credentials.ts'
import type { IterationCount } from './sign-in/candidates.ts'

const ACCOUNT = 'SELECT id, localpart, domain, created FROM accounts'
const INSERT_VERIFIER =
  'INSERT INTO credentials (account, hash, salt, iterations, stored_key, server_key) VALUES (?, ?, ?, ?, ?, ?)'

/** Row numbers are random 52 bits: that two accounts draw the same is not a case worth an answer of its own. */
export function accountStore(db: Database, catalogue: Catalogue): AccountStore {
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
        `SELECT (SELECT id FROM accounts WHERE localpart = ? AND domain = ?) AS id,
          (SELECT id FROM accounts WHERE id >= ? ORDER BY id LIMIT 1) AS after, (SELECT MIN(id) FROM accounts) AS least`,
        [localpart, domain, place],
      )
      const rows = await db.all(
        `SELECT a.id, a.created, c.hash, c.salt, c.iterations, c.stored_key, c.server_key
        FROM accounts a JOIN credentials c ON c.account = a.id WHERE a.id = ? ORDER BY c.hash DESC`,
        [ids?.id ?? ids?.after ?? ids?.least ?? 0],
      )
      const read = rows[0] && { account: account({ ...rows[0], localpart, domain }), verifiers: rows.map(verifier) }
      return ids?.id === null ? undefined : read
    },

    async create(made: Account, verifiers: readonly Verifier[]): Promise<boolean> {
      const { id, localpart, domain, created } = made
      try {
        await db.unit([
          [
            'INSERT INTO accounts (id, localpart, domain, created) VALUES (?, ?, ?, ?)',
            [id, localpart, domain, created],
          ],
          ...verifiers.map(v => insertVerifier(id, v)),
        ])
        return true
      } catch (error) {
        if (error instanceof StorageError && error.code === 'unique') return false
        throw error
      }
    },

    async setVerifiers(id: number, verifiers: readonly Verifier[]): Promise<boolean> {
      // The first step locks nothing and changes nothing; its count tells whether the account is there, in the same unit.
      const [found = 0] = await db.unit([
        ['UPDATE accounts SET id = id WHERE id = ?', [id]],
        ['DELETE FROM credentials WHERE account = ?', [id]],
        ...verifiers.map(v => insertVerifierIfThere(id, v)),
      ])
      return found > 0
    },

    erase: (id: number) => eraseAccount(db, catalogue, id),

    async list(domain?: string): Promise<readonly Account[]> {
      const rows =
        domain === undefined
          ? await db.all(`${ACCOUNT} ORDER BY domain, localpart`)
          : await db.all(`${ACCOUNT} WHERE domain = ? ORDER BY localpart`, [domain])
      return rows.map(account)
    },
  }
}

function insertVerifier(account: number, v: Verifier): Step {
  return [INSERT_VERIFIER, [account, v.hash, v.salt, v.iterations, v.storedKey, v.serverKey]]
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
