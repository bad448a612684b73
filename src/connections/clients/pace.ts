import { Allowance, limits } from '../../operations/limits.ts'

/** How fast one client may send. Who is faster is not refused anything, but read more slowly. */
export class Pace {
  readonly #stanzas: Allowance
  readonly #bytes: Allowance

  constructor() {
    const now = performance.now()
    this.#stanzas = new Allowance(limits.stanzas, now)
    this.#bytes = new Allowance(limits.stanzaBytes, now)
  }

  /** Counts a stanza. @returns milliseconds to wait before it is dealt with. */
  stanza(): number {
    return spend(this.#stanzas, 1)
  }

  /** Counts bytes that have been read. @returns milliseconds to wait before more are read. */
  bytes(amount: number): number {
    return spend(this.#bytes, amount)
  }
}

function spend(allowance: Allowance, amount: number): number {
  const now = performance.now()
  if (allowance.take(now, amount)) return 0
  const waitMs = Math.max(1, allowance.waitMs(now, amount))
  allowance.take(now + waitMs, amount)
  return waitMs
}
