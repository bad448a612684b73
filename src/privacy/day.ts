/** Days: the finest time that is kept of anything. */

/** A UTC date, 'YYYY-MM-DD'. */
export type Day = string

/** Milliseconds. */
export const DAY_MS = 86_400_000

/** The day of an instant given in milliseconds since 1970. */
export function dayOf(ms: number): Day {
  return new Date(ms).toISOString().slice(0, 10)
}

/** The day that is `days` before `day`. */
export function daysBefore(day: Day, days: number): Day {
  return dayOf(Date.parse(`${day}T00:00:00Z`) - days * DAY_MS)
}

/** Whether a text is a day, and one that exists. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && dayOf(Date.parse(text)) === text
}

/** How many days `to` is after `from`; negative where it is before. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS)
}
