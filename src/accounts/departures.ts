/** Accounts that are on their way out: what makes an erasure finish, whatever comes in between. */

import { createHmac } from 'node:crypto'
import { personalTable, serviceTable } from '../privacy/catalogue.ts'
import type { Day } from '../privacy/day.ts'
import type { Database, Row, Step } from '../storage/database.ts'

export const departuresTable = personalTable(
  'departures',
  'account',
  {
    account: { kind: 'id', why: 'who is leaving, and cannot sign in any more' },
    due: { kind: 'day', why: 'the day from which on everything about the account is erased' },
  },
  {
    key: ['account'],
    keep: 'from the decision to erase the account until that is done',
    reader: 'server',
    endedBy: 'the operator, who lets the account stay after all',
    since: 2,
  },
)

export const tombstonesTable = serviceTable(
  'tombstones',
  {
    tag: {
      kind: 'random',
      why: 'a keyed hash of the address of an erased account, so that nobody else is ever taken for its owner',
    },
  },
  { key: ['tag'], keep: 'for good', reader: 'server', endedBy: 'nothing: no name can be read from it', since: 2 },
)

/** An account that is leaving. */
export interface Departure {
  readonly account: number
  readonly due: Day
}

const DEPART = `INSERT INTO departures (account, due) SELECT id, ? FROM accounts WHERE id = ?
  ON CONFLICT (account) DO UPDATE SET due = excluded.due`

/** Who leaves, and when; resolves when that is on disk, with whether there is such an account. */
export async function depart(db: Database, { account, due }: Departure): Promise<boolean> {
  return (await db.run(DEPART, [due, account])) > 0
}

/** The account stays after all; resolves with whether it was leaving. */
export async function stay(db: Database, account: number): Promise<boolean> {
  return (await db.run('DELETE FROM departures WHERE account = ?', [account])) > 0
}

export async function departures(db: Database): Promise<Departure[]> {
  return (await db.all('SELECT account, due FROM departures ORDER BY due')).map(departure)
}

export async function departureOf(db: Database, account: number): Promise<Departure | undefined> {
  const row = await db.get('SELECT account, due FROM departures WHERE account = ?', [account])
  return row && departure(row)
}

function departure(row: Row): Departure {
  return { account: Number(row.account), due: String(row.due) }
}

/** What is kept of an address for good. */
export function tombstone(key: Uint8Array, localpart: string, domain: string): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(`${localpart}@${domain}`).digest())
}

export function erectTombstone(tag: Uint8Array): Step {
  return ['INSERT INTO tombstones (tag) VALUES (?) ON CONFLICT (tag) DO NOTHING', [tag]]
}
