/** The privacy policy as it was: a version for each day on which it became another one. */

import type { Database } from '../../storage/database.ts'
import { serviceTable } from '../catalogue.ts'
import type { Day } from '../day.ts'
import type { Block } from './blocks.ts'

export const policyVersionsTable = serviceTable(
  'policy_versions',
  {
    day: { kind: 'day', why: 'the day on which the privacy policy became this' },
    language: { kind: 'text', why: 'the language it is in' },
    blocks: { kind: 'text', why: 'what it said, apart from whom to ask' },
  },
  { key: ['day', 'language'], keep: 'for good', reader: 'public', endedBy: 'nothing: it is about nobody', since: 7 },
)

const UPSERT = `INSERT INTO policy_versions (day, language, blocks) VALUES (?, ?, ?)
  ON CONFLICT (day, language) DO UPDATE SET blocks = excluded.blocks`

/** What the policy said, by day. The text follows from the program and its settings, so it changes at a start only. */
export class PolicyVersions {
  readonly #db: Database
  readonly #days: readonly Day[]

  private constructor(db: Database, days: readonly Day[]) {
    this.#db = db
    this.#days = days
  }

  /** Keeps the texts of today where they are other ones than those of the last version. */
  static async keep(
    db: Database,
    today: Day,
    texts: Readonly<Record<string, readonly Block[]>>,
  ): Promise<PolicyVersions> {
    for (const [language, blocks] of Object.entries(texts)) {
      const text = JSON.stringify(blocks)
      const last = await db.get('SELECT blocks FROM policy_versions WHERE language = ? ORDER BY day DESC LIMIT 1', [
        language,
      ])
      if (last?.blocks !== text) await db.run(UPSERT, [today, language, text])
    }
    const rows = await db.all('SELECT DISTINCT day FROM policy_versions ORDER BY day DESC')
    return new PolicyVersions(
      db,
      rows.map(({ day }) => String(day)),
    )
  }

  /** The days on which it became another one in some language, the last one first. */
  get days(): readonly Day[] {
    return this.#days
  }

  /** The text that came with that day, or was in force on it already; undefined before the first. */
  async at(day: Day, language: string): Promise<readonly Block[] | undefined> {
    const row = await this.#db.get(
      'SELECT blocks FROM policy_versions WHERE language = ? AND day <= ? ORDER BY day DESC LIMIT 1',
      [language, day],
    )
    return row === undefined ? undefined : (JSON.parse(String(row.blocks)) as readonly Block[])
  }

  /** The text that was in force before that day; undefined if there was none. */
  async before(day: Day, language: string): Promise<readonly Block[] | undefined> {
    const earlier = this.#days.find(each => each < day)
    return earlier === undefined ? undefined : this.at(earlier, language)
  }
}
