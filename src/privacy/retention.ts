/**
 * The end of what is kept for a time only: one clock over every store that has days in it.
 *
 * Why it acts as it does is in docs/decisions/0003-retention.md.
 */

import type { Database } from '../storage/database.ts'
import { type Catalogue, serviceTable } from './catalogue.ts'
import { type Day, dayOf, daysBetween } from './day.ts'

export const retentionTable = serviceTable(
  'retention',
  {
    name: { kind: 'text', why: 'what the row tells: what was promised, or what the clock showed' },
    day: { kind: 'day', nullable: true, why: 'the day the clock showed when what is too old was last looked for' },
    days: {
      kind: 'number',
      nullable: true,
      why: 'the retention time that was last in force: it may become shorter only',
    },
  },
  { key: ['name'], keep: 'for good', reader: 'server', endedBy: 'nothing: it is about nobody', since: 2 },
)

/** A store whose contents lie in days and end by whole days. */
export interface Expiring {
  /** As the catalogue calls it: the table, or the partitions. */
  readonly name: string
  /** The days of which there is anything. */
  days(): Promise<readonly Day[]>
  /** Erases everything of one day. */
  drop(day: Day): Promise<unknown>
}

/** The retention time was made longer than people were told. The message says what to do. */
export class NotAnnounced extends Error {
  override readonly name = 'NotAnnounced'
}

/** A day further away than this from the last one is not believed at once. */
export const farDays = 180
/** A day that was not believed is believed when the clock has gone on from it for so many days. */
export const confirmedAfterDays = 2

const SET = `INSERT INTO retention (name, day, days) VALUES (?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET day = excluded.day, days = excluded.days`
const UNSET = 'DELETE FROM retention WHERE name = ?'
const PROMISED = 'promised'
const TRUSTED = 'trusted'
const DOUBTED = 'doubted'
/** Followed by a day that is still to come, of which there is something all the same. */
const AHEAD = 'ahead '

/** What is known about the time that things are kept, in one data directory. */
export interface RetentionState {
  /** Days that were last in force; undefined before the first start. */
  readonly promised: number | undefined
  /** The last day that was believed. */
  readonly trusted: Day | undefined
  /** A day that the clock showed and that is too far from the last one to be believed at once. */
  readonly doubted: Day | undefined
  /** Days to come of which there is something, with the day on which that was noticed. */
  readonly ahead: ReadonlyMap<Day, Day>
}

export async function retentionState(db: Database): Promise<RetentionState> {
  const rows = await db.all('SELECT name, day, days FROM retention')
  const found = new Map(rows.map(row => [String(row.name), row]))
  const dayIn = (name: string) => found.get(name)?.day?.toString()
  const promised = found.get(PROMISED)?.days
  return {
    promised: promised === undefined ? undefined : Number(promised),
    trusted: dayIn(TRUSTED),
    doubted: dayIn(DOUBTED),
    ahead: new Map(
      rows.flatMap(({ name, day }) =>
        String(name).startsWith(AHEAD) ? [[String(name).slice(AHEAD.length), String(day)] as const] : [],
      ),
    ),
  }
}

/**
 * Puts the retention time in force. Shortening is always allowed; making it longer than it was throws `NotAnnounced`
 * unless that was announced to the people concerned.
 */
export async function promiseRetention(db: Database, days: number, announced: boolean): Promise<void> {
  const { promised } = await retentionState(db)
  if (promised === days) return
  if (promised !== undefined && days > promised && !announced) {
    throw new NotAnnounced(
      `retention.days is ${days}, and the people of this service were promised that nothing is kept for longer than ${promised} days. ` +
        `Set it to ${promised} or less; or tell them first and then run "sotto config announce".`,
    )
  }
  await db.run(SET, [PROMISED, null, days])
}

/**
 * The stores by their names in the catalogue. Throws where something is declared to end with the retention time and
 * nobody ends it.
 */
export function expiringStores(
  { tables }: Catalogue,
  stores: Readonly<Record<string, Omit<Expiring, 'name'>>>,
): Expiring[] {
  const lacking = tables.filter(({ name, facts }) => facts.expires !== undefined && !(name in stores))
  if (lacking.length > 0) throw new Error(`Nobody ends what is too old in the table ${lacking[0]!.name}.`)
  return Object.entries(stores).map(([name, store]) => ({
    name,
    days: () => store.days(),
    drop: day => store.drop(day),
  }))
}

/** Whether something of `day` has been kept for `days` days on `today`, both first and last day counted. */
export function isOver(day: Day, today: Day, days: number): boolean {
  return daysBetween(day, today) >= days
}

export interface Look {
  /** Whether the clock is believed; if not, things end as if the last day that was believed were today. */
  readonly believed: boolean
  readonly dropped: number
}

export interface RetentionParts {
  readonly db: Database
  /** How many days a thing lives. */
  readonly days: number
  readonly stores: readonly Expiring[]
  /** Erases what has a day of its own on which it ends, up to and with the given one. */
  readonly due?: (today: Day) => Promise<unknown>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Looks at the clock, and erases what is too old by it. One look at a time. */
export class Retention {
  readonly #parts: RetentionParts
  #looking: Promise<unknown> = Promise.resolve()

  constructor(parts: RetentionParts) {
    this.#parts = parts
  }

  /** With `sure` the clock is believed whatever it shows: somebody has looked at it. */
  look(sure = false): Promise<Look> {
    const look = this.#looking.then(() => this.#look(sure))
    this.#looking = look.catch(() => undefined)
    return look
  }

  async #look(sure: boolean): Promise<Look> {
    const { db, now } = this.#parts
    const state = await retentionState(db)
    const shown = dayOf(now())
    const believed = sure || believes(state, shown)
    if (believed) {
      if (state.trusted !== shown) await db.run(SET, [TRUSTED, shown, null])
      if (state.doubted !== undefined) await db.run(UNSET, [DOUBTED])
    } else if (startsDoubt(state, shown)) await db.run(SET, [DOUBTED, shown, null])
    // An earlier day ends less: of two days that cannot both be right it is the one that harms nothing.
    const today = believed || shown < state.trusted! ? shown : state.trusted!
    const dropped = await this.#drop(state, today)
    await this.#parts.due?.(today)
    return { believed, dropped }
  }

  async #drop({ ahead }: RetentionState, today: Day): Promise<number> {
    const { db, days, stores } = this.#parts
    const stillAhead = new Set<Day>()
    let dropped = 0
    for (const store of stores) {
      for (const day of await store.days()) {
        // Around midnight a message may be of tomorrow already.
        const isAhead = daysBetween(today, day) > 1
        const since = isAhead ? (ahead.get(day) ?? today) : day
        if (isOver(since, today, days)) {
          await store.drop(day)
          dropped++
        } else if (isAhead) {
          stillAhead.add(day)
          if (!ahead.has(day)) await db.run(SET, [AHEAD + day, today, null])
        }
      }
    }
    for (const day of ahead.keys()) if (!stillAhead.has(day)) await db.run(UNSET, [AHEAD + day])
    return dropped
  }
}

function believes({ trusted, doubted }: RetentionState, shown: Day): boolean {
  if (trusted === undefined || !isFar(trusted, shown)) return true
  if (doubted === undefined || isFar(doubted, shown)) return false
  return daysBetween(doubted, shown) >= confirmedAfterDays
}

function startsDoubt({ doubted }: RetentionState, shown: Day): boolean {
  return doubted === undefined || isFar(doubted, shown) || shown < doubted
}

function isFar(one: Day, other: Day): boolean {
  return Math.abs(daysBetween(one, other)) > farDays
}

export interface Watch {
  readonly retention: Retention
  /** Told once for each day on which the clock is not believed. */
  readonly doubts: () => void
  readonly failed: (bug: unknown) => void
  readonly now: () => number
}

/** Looks often, since a machine may have slept and a clock may have been set. A look on a day that was seen to costs nothing. */
const lookMs = 10 * 60 * 1000

/** Looks at once, and whenever the clock shows another day; again where a look failed. Resolves after the first look. */
export async function watchRetention({ retention, doubts, failed, now }: Watch): Promise<() => void> {
  let done: Day | undefined
  const look = async (): Promise<void> => {
    const day = dayOf(now())
    if (day === done) return
    try {
      const { believed } = await retention.look()
      done = day
      if (!believed) doubts()
    } catch (bug) {
      failed(bug)
    }
  }
  await look()
  const timer = setInterval(() => void look(), lookMs).unref()
  return () => clearInterval(timer)
}
