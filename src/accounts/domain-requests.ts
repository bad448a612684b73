import { personalTable } from '../privacy/catalogue.ts'
import type { Day } from '../privacy/day.ts'
import { type BareJid, bareJid } from '../protocol/jid.ts'
import type { Database } from '../storage/database.ts'

export const domainRequestsTable = personalTable(
  'domain_requests',
  'account',
  {
    account: { kind: 'id', why: 'who asks' },
    wanted: { kind: 'contents', why: 'the domain that its owner would like to have served here' },
    day: { kind: 'day', why: 'the day it was asked for, so that those who asked first come first' },
  },
  {
    key: ['account'],
    keep: 'until those who run the service have dealt with it, or its owner takes it back',
    reader: 'server',
    endedBy: 'the operator, or its owner',
    since: 8,
  },
)

export interface DomainRequest {
  readonly account: number
  readonly from: BareJid
  readonly domain: string
  readonly day: Day
}

/** Domains that customers would like to bring: one request of each account at a time. */
export class DomainRequests {
  readonly #db: Database
  readonly #today: () => Day

  constructor({ db, today }: { readonly db: Database; readonly today: () => Day }) {
    this.#db = db
    this.#today = today
  }

  async of(account: number): Promise<string | undefined> {
    const row = await this.#db.get('SELECT wanted FROM domain_requests WHERE account = ?', [account])
    return row && textOf(row.wanted)
  }

  /** A later wish takes the place of an earlier one. @param domain prepared */
  async ask(account: number, domain: string): Promise<void> {
    await this.#db.run(
      `INSERT INTO domain_requests (account, wanted, day) SELECT id, ?, ? FROM accounts WHERE id = ?
        ON CONFLICT (account) DO UPDATE SET wanted = excluded.wanted, day = excluded.day`,
      [Buffer.from(domain), this.#today(), account],
    )
  }

  /** It is dealt with, or no longer wanted. */
  async end(account: number): Promise<boolean> {
    return (await this.#db.run('DELETE FROM domain_requests WHERE account = ?', [account])) > 0
  }

  async list(): Promise<readonly DomainRequest[]> {
    const rows = await this.#db.all(
      `SELECT r.account, r.wanted, r.day, a.localpart, a.domain FROM domain_requests r JOIN accounts a ON a.id = r.account
        ORDER BY r.day, r.account`,
    )
    return rows.flatMap(({ account, wanted, day, localpart, domain }) => {
      const from = bareJid(String(localpart), String(domain))
      return from === undefined ? [] : [{ account: Number(account), from, domain: textOf(wanted), day: String(day) }]
    })
  }
}

function textOf(value: unknown): string {
  return Buffer.from(value as Uint8Array).toString()
}
