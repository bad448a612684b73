import type { Letter } from './letter.ts'

/** XEP-0198. */
export const managementNamespace = 'urn:xmpp:sm:3'

/** Both counters of stream management for one stream between servers. */
export class PeerManagement {
  /** Stanzas that have arrived, and those of them that are not dealt with yet, in their order. */
  #arrived = 0
  readonly #open = new Set<number>()
  /** The other side asked, and was told of less than it had sent. */
  #owes = false
  #acknowledged = 0
  #asked = false
  #askedAfter = 0
  /** Sent and not acknowledged, oldest first. */
  #unacknowledged: Letter[] = []

  /** A stanza has arrived. @returns its number, for `settled` */
  arrives(): number {
    this.#open.add(++this.#arrived)
    return this.#arrived
  }

  /** @returns whether the other side asked before, was told of less, and is to be told now of everything */
  settled(number: number): boolean {
    this.#open.delete(number)
    return this.#owes && this.#open.size === 0
  }

  /** How far everything is dealt with: `<a/>`. */
  told(): string {
    this.#owes = this.#open.size > 0
    return `<a xmlns='${managementNamespace}' h='${this.handled}'/>`
  }

  /** How many are dealt with, without a gap. This is the `h` we tell. */
  get handled(): number {
    for (const first of this.#open) return (first - 1) >>> 0
    return this.#arrived >>> 0
  }

  get waiting(): number {
    return this.#unacknowledged.length
  }

  /** @returns whether the other side is to be asked for an acknowledgement: once a round trip, not once a stanza */
  remember(letter: Letter): boolean {
    this.#unacknowledged.push(letter)
    return this.asks()
  }

  /** @returns whether to ask now */
  asks(): boolean {
    if (this.#asked || this.#unacknowledged.length === 0) return false
    this.#asked = true
    this.#askedAfter = this.#sent
    return true
  }

  /** Nothing has come for long: asks again, or for a sign of life. */
  asksAnyway(): void {
    this.#asked = true
    this.#askedAfter = this.#sent
  }

  get #sent(): number {
    return (this.#acknowledged + this.#unacknowledged.length) >>> 0
  }

  /**
   * The other side's `<a h=…/>`.
   * @returns how many that is more than before, whether to ask again; undefined if it acknowledges more than was sent
   */
  acknowledge(h: number): { readonly newly: number; readonly asks: boolean } | undefined {
    const newly = (h - this.#acknowledged) >>> 0
    if (newly > this.#unacknowledged.length) return undefined
    this.#acknowledged = h
    this.#unacknowledged.splice(0, newly)
    this.#asked = false
    return { newly, asks: this.#sent !== this.#askedAfter && this.asks() }
  }

  /** What the other side may not have. */
  takeUnacknowledged(): readonly Letter[] {
    return this.#unacknowledged.splice(0)
  }
}
