import { Allowance } from '../operations/limits.ts'

/** How fast one other domain may send, whatever the number of its streams. Who is faster is read more slowly. */
export class DomainPace {
  readonly #stanzas: Allowance
  readonly #bytes: Allowance
  readonly #now: () => number

  constructor(stanzasPerSecond: number, bytesPerSecond: number, now: () => number) {
    this.#now = now
    this.#stanzas = new Allowance({ burst: stanzasPerSecond, per: 'second', by: 'domain' }, now())
    this.#bytes = new Allowance({ burst: bytesPerSecond, per: 'second', by: 'domain' }, now())
  }

  /** Counts a stanza. @returns milliseconds to wait before more is read */
  stanza(): number {
    return this.#spend(this.#stanzas, 1)
  }

  bytes(amount: number): number {
    return this.#spend(this.#bytes, amount)
  }

  #spend(allowance: Allowance, amount: number): number {
    const now = this.#now()
    if (allowance.take(now, amount)) return 0
    const waitMs = Math.max(1, allowance.waitMs(now, amount))
    allowance.take(now + waitMs, amount)
    return waitMs
  }
}

/** Domains whose pace is remembered; the one that was quiet for longest is forgotten first. */
const mostPaces = 10_000

/** The pace of every domain that has sent something lately. */
export class Paces {
  readonly #make: () => DomainPace
  readonly #paces = new Map<string, DomainPace>()

  constructor(make: () => DomainPace) {
    this.#make = make
  }

  of(domain: string): DomainPace {
    const pace = this.#paces.get(domain) ?? this.#make()
    this.#paces.delete(domain)
    this.#paces.set(domain, pace)
    if (this.#paces.size > mostPaces) this.#paces.delete(this.#paces.keys().next().value as string)
    return pace
  }
}
