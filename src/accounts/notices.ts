/** What those who look after a domain announce on its pages: an outage, or planned work. One at a time. */

import { serviceTable } from '../privacy/catalogue.ts'
import type { Day } from '../privacy/day.ts'
import type { Database } from '../storage/database.ts'

export const noticesTable = serviceTable(
  'notices',
  {
    domain: { kind: 'name', why: 'the domain on whose pages it stands' },
    announced: { kind: 'contents', why: 'what those who look after the domain announce to everybody' },
    day: { kind: 'day', why: 'the day from which it stands there' },
  },
  {
    key: ['domain'],
    keep: 'until those who look after the domain take it away, or the domain is removed',
    reader: 'public',
    endedBy: 'those who look after the domain',
    since: 10,
  },
)

export interface Notice {
  readonly text: string
  readonly day: Day
}

/** Characters of a notice. */
export const longestNotice = 300

export class Notices {
  readonly #db: Database
  readonly #today: () => Day
  readonly #standing: Map<string, Notice>

  private constructor(db: Database, today: () => Day, standing: Map<string, Notice>) {
    this.#db = db
    this.#today = today
    this.#standing = standing
  }

  static async open(db: Database, today: () => Day): Promise<Notices> {
    const rows = await db.all('SELECT domain, announced, day FROM notices')
    const standing = rows.map(({ domain, announced, day }): [string, Notice] => [
      String(domain),
      { text: Buffer.from(announced as Uint8Array).toString(), day: String(day) },
    ])
    return new Notices(db, today, new Map(standing))
  }

  of(domain: string): Notice | undefined {
    return this.#standing.get(domain)
  }

  /** Takes the place of what stood there. @param text not empty, at most `longestNotice` characters */
  async put(domain: string, text: string): Promise<void> {
    const notice = { text, day: this.#today() }
    await this.#db.run(
      `INSERT INTO notices (domain, announced, day) VALUES (?, ?, ?)
        ON CONFLICT (domain) DO UPDATE SET announced = excluded.announced, day = excluded.day`,
      [domain, Buffer.from(text), notice.day],
    )
    this.#standing.set(domain, notice)
  }

  async takeAway(domain: string): Promise<void> {
    await this.#db.run('DELETE FROM notices WHERE domain = ?', [domain])
    this.#standing.delete(domain)
  }
}
