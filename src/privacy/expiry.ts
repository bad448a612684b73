import { type Day, daysBefore } from './day.ts'

export interface Expiring {
  readonly today: () => Day
  /** How many days a thing lives. */
  readonly days: number
  /** Each forgets what is from before a day. */
  readonly expireBefore: readonly ((day: Day) => Promise<unknown>)[]
  readonly failed: (bug: unknown) => void
}

/** Looks often, since a machine may have slept; acts once a day. */
const lookMs = 10 * 60 * 1000

/** Erases what is too old: at once, and then whenever a new day has begun. Returns how to stop that. */
export function expireDaily({ today, days, expireBefore, failed }: Expiring): () => void {
  let done: Day | undefined
  const look = async (): Promise<void> => {
    const day = today()
    if (day === done) return
    done = day
    for (const expire of expireBefore) await expire(daysBefore(day, days))
  }
  const run = (): void => void look().catch(failed)
  run()
  const timer = setInterval(run, lookMs).unref()
  return () => clearInterval(timer)
}
