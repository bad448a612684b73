import { randomInt } from 'node:crypto'
import { personalTable } from '../privacy/catalogue.ts'
import type { Day } from '../privacy/day.ts'
import { type BareJid, bareJid } from '../protocol/jid.ts'
import type { Database, Row } from '../storage/database.ts'

export const reportsTable = personalTable(
  'reports',
  'account',
  {
    id: { kind: 'id', why: 'names the report; random' },
    account: { kind: 'id', why: 'who reports' },
    day: { kind: 'day', why: 'ends the keeping after the time that was promised' },
    report: { kind: 'contents', why: 'whom the report is about, why, and what the reporter attached' },
  },
  {
    key: ['id'],
    indexes: [['account'], ['day']],
    expires: 'day',
    keep: 'until the operator has dealt with it, at most for the retention time',
    reader: 'server',
    endedBy: 'the operator, or expiry',
    since: 3,
    toldAs: 'report',
  },
)

/** What somebody told when they blocked somebody else (XEP-0377): nothing that they did not attach themselves. */
export interface Complaint {
  /** Who was blocked. */
  readonly about: string
  readonly reason: string
  readonly text?: string
  /** Messages that the reporter names by their stanza-ids (XEP-0359). */
  readonly messages: readonly { readonly by: string; readonly id: string }[]
  /** What may be done with it besides. */
  readonly allows: readonly ('report-origin' | 'third-party')[]
}

export interface Report extends Complaint {
  readonly id: number
  readonly from: BareJid
  readonly day: Day
}

export interface ReportsParts {
  readonly db: Database
  readonly today: () => Day
}

/** Open reports of one account. */
const mostOfOne = 100

const SELECT = `SELECT r.id, r.day, r.report, a.localpart, a.domain FROM reports r JOIN accounts a ON a.id = r.account`
/** 40 bits: enough for a name of eight characters that is typed by hand. */
const idLimit = 2 ** 40

export class Reports {
  readonly #parts: ReportsParts

  constructor(parts: ReportsParts) {
    this.#parts = parts
  }

  /** @returns false if too many of that account are open: this one is not kept */
  async add(account: number, complaint: Complaint): Promise<boolean> {
    const { db, today } = this.#parts
    // In one statement: an account has several devices, and one device several reports at once.
    const added = await db.run(
      `INSERT INTO reports (id, account, day, report) SELECT ?, id, ?, ? FROM accounts
        WHERE id = ? AND (SELECT COUNT(*) FROM reports WHERE account = ?) < ?`,
      [randomInt(1, idLimit), today(), Buffer.from(JSON.stringify(complaint)), account, account, mostOfOne],
    )
    return added > 0
  }

  async list(): Promise<readonly Report[]> {
    return (await this.#parts.db.all(`${SELECT} ORDER BY r.day, r.id`)).map(reportOf)
  }

  async find(id: number): Promise<Report | undefined> {
    const row = await this.#parts.db.get(`${SELECT} WHERE r.id = ?`, [id])
    return row && reportOf(row)
  }

  /** The report has been dealt with, and goes. False if there was none. */
  async done(id: number): Promise<boolean> {
    return (await this.#parts.db.run('DELETE FROM reports WHERE id = ?', [id])) > 0
  }

  async days(): Promise<readonly Day[]> {
    return (await this.#parts.db.all('SELECT DISTINCT day FROM reports')).map(({ day }) => String(day))
  }

  async drop(day: Day): Promise<void> {
    await this.#parts.db.run('DELETE FROM reports WHERE day = ?', [day])
  }
}

function reportOf({ id, day, report, localpart, domain }: Row): Report {
  const from = bareJid(String(localpart), String(domain))
  if (from === undefined) throw new Error('A stored account has a name that is no address.')
  const complaint = JSON.parse(Buffer.from(report as Uint8Array).toString()) as Complaint
  return { ...complaint, id: Number(id), day: String(day), from }
}
