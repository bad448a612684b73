/** The audit of what should have ended: things past their retention time, and accounts past their day. */

import type { Database } from '../storage/database.ts'
import type { Finding } from './audit.ts'
import type { Place } from './catalogue.ts'
import { dayOf, daysBefore, daysBetween } from './day.ts'
import { farDays, isOver, type RetentionState } from './retention.ts'

/** The service looks at the clock every ten minutes: around midnight it has not seen everything yet. */
const SLACK_MS = 3_600_000

/** Days of which there should be nothing any more, in the partition itself or in rows that carry a day. */
export async function overdue(place: Place, state: RetentionState, nowMs: number): Promise<Finding[]> {
  const { promised } = state
  if (promised === undefined) return []
  const today = dayOf(nowMs - SLACK_MS)
  const findings: Finding[] = []
  const judge = (what: string, day: string, rows: string) => {
    const since = daysBetween(dayOf(nowMs), day) > 1 ? state.ahead.get(day) : day
    if (since !== undefined && isOver(since, today, promised)) {
      const sentence = `${what} holds ${rows} of ${day}, and ${promised} days are promised. Start the service: it erases them before anybody is let in. If it runs, its log says why it does not.`
      findings.push({ promise: 'P8', sentence })
    } else if (since === undefined) {
      const sentence = `${what} holds ${rows} of ${day}, which is still to come: the clock was wrong when they were kept. The service ends them ${promised} days after it next looks.`
      findings.push({ promise: 'P8', sentence })
    }
  }
  if (place.day !== undefined) judge(capital(place.name), place.day, 'messages')
  for (const { name, facts } of place.tables) {
    if (facts.expires === undefined) continue
    const days = await place.rows.all(
      `SELECT ${facts.expires} AS day, COUNT(*) AS n FROM ${name} GROUP BY ${facts.expires}`,
    )
    for (const { day, n } of days) judge(`The table ${name}`, String(day), `${Number(n)} ${n === 1 ? 'row' : 'rows'}`)
  }
  return findings
}

/** A clock that nobody believes yet keeps things from ending. */
export function clockInDoubt({ trusted, doubted }: RetentionState): Finding[] {
  if (doubted === undefined) return []
  return [
    {
      promise: 'P8',
      sentence: `The clock showed ${doubted}, more than ${farDays} days from ${trusted ?? 'the day before'}, so nothing is erased by it yet. If it is right, run "sotto expire --now"; if it is wrong, set it.`,
    },
  ]
}

/** Accounts whose erasure was decided and has not happened. */
export async function unfinished(db: Database, table: string, nowMs: number): Promise<Finding[]> {
  const yesterday = daysBefore(dayOf(nowMs - SLACK_MS), 1)
  const row = await db.get(`SELECT COUNT(*) AS n FROM ${table} WHERE due <= ?`, [yesterday])
  const count = Number(row?.n ?? 0)
  if (count === 0) return []
  return [
    {
      promise: 'P13',
      sentence: `${count === 1 ? 'One account has' : `${count} accounts have`} been deleted and not erased. Start the service: it finishes that before anybody is let in. If it runs, its log says why it does not.`,
    },
  ]
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
