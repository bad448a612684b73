/** Seconds between two looks at all connections; deadlines are kept to about that. */
export const sweepSeconds = 5

/** Something with deadlines. */
export interface Swept {
  /** @param now seconds of the sweep's clock */
  swept(now: number): void
}

/** A clock that stands still between two sweeps: reading it costs nothing, and its whole seconds fit into small integers. */
export interface Clock {
  readonly now: number
}

/** One timer for the deadlines of all connections, instead of one for each. */
export class Sweep<M extends Swept> implements Clock {
  readonly #seconds: () => number
  readonly #members = new Set<M>()
  readonly #guests: Swept[] = []
  #timer: NodeJS.Timeout | undefined
  now: number

  /** @param nowMs milliseconds of a clock that never goes back */
  constructor(nowMs: () => number) {
    this.#seconds = () => Math.floor(nowMs() / 1000)
    this.now = this.#seconds()
  }

  get size(): number {
    return this.#members.size
  }

  start(): void {
    this.#timer ??= setInterval(() => this.run(), sweepSeconds * 1000).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  add(member: M): void {
    this.#members.add(member)
  }

  /** Looks after something else as well, which is no member. */
  also(guest: Swept): void {
    this.#guests.push(guest)
  }

  delete(member: M): void {
    this.#members.delete(member)
  }

  run(): void {
    this.now = this.#seconds()
    for (const member of this.#members) member.swept(this.now)
    for (const guest of this.#guests) guest.swept(this.now)
  }

  members(): Iterable<M> {
    return this.#members
  }
}
