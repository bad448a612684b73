import { DAY_MS, type Day, dayOf } from '../privacy/day.ts'
import type { Database, Partition } from '../storage/database.ts'

/** A clock that goes back by less is wrong for a moment; by more, it was set. */
const stepBackMs = 3_600_000

/** When a message is put away (order and time of messages agree), and the partition of that day. */
export class PresentDay {
  readonly #db: Database
  readonly #family: string
  readonly #now: () => number
  #time = 0
  #partition: Partition | undefined
  #ends = 0

  /** @param now milliseconds since 1970 */
  constructor(db: Database, family: string, now: () => number) {
    this.#db = db
    this.#family = family
    this.#now = now
  }

  /** The time of the last message. */
  get time(): number {
    return this.#time
  }

  /** The time of the next message: never before that of the last one, unless the clock was really set back. */
  tick(): number {
    const now = this.#now()
    if (now < this.#time && this.#time - now < stepBackMs) return this.#time
    this.#time = now
    return now
  }

  /** Where messages of that time lie. */
  partition(time: number): Partition {
    if (this.#partition === undefined || time >= this.#ends || time < this.#ends - DAY_MS) {
      const day = dayOf(time)
      this.#partition = this.#db.partition(this.#family, day)
      this.#ends = Date.parse(`${day}T00:00:00Z`) + DAY_MS
    }
    return this.#partition
  }

  /** The partition of that day is no more. */
  forget(day: Day): void {
    if (this.#partition?.day === day) this.#partition = undefined
  }
}
