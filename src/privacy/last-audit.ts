/** When the promises were last proved on the data of this service, for everybody to read. */

import type { Database } from '../storage/database.ts'
import { serviceTable } from './catalogue.ts'
import type { Day } from './day.ts'

export const auditsTable = serviceTable(
  'audits',
  {
    day: { kind: 'day', why: 'the day of the last audit' },
    findings: { kind: 'number', why: 'how much it found that should not be' },
  },
  { key: ['day'], keep: 'until the next audit', reader: 'public', endedBy: 'the next audit', since: 7 },
)

export interface AuditResult {
  readonly day: Day
  readonly findings: number
}

export class LastAudit {
  readonly #db: Database
  #last: AuditResult | undefined

  private constructor(db: Database, last: AuditResult | undefined) {
    this.#db = db
    this.#last = last
  }

  static async open(db: Database): Promise<LastAudit> {
    const row = await db.get('SELECT day, findings FROM audits ORDER BY day DESC LIMIT 1')
    return new LastAudit(db, row && { day: String(row.day), findings: Number(row.findings) })
  }

  get result(): AuditResult | undefined {
    return this.#last
  }

  async keep(result: AuditResult): Promise<void> {
    await this.#db.unit([
      ['DELETE FROM audits'],
      ['INSERT INTO audits (day, findings) VALUES (?, ?)', [result.day, result.findings]],
    ])
    this.#last = result
  }
}
