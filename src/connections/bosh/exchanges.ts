/** A request that waits for its answer. */
export interface Exchange {
  readonly rid: number
  /** Sends the answer. `written` is called once the network has it; never if the connection breaks before. */
  answer(text: string, written: () => void): void
}

/** An answer that may have to be given again (XEP-0124#broken). */
export interface Answer {
  readonly rid: number
  readonly text: string
  readonly written: () => void
}

/** What becomes of a request that has arrived. */
export type Verdict = 'next' | 'early' | 'again' | 'outside'

/**
 * The requests of one session by their numbers (XEP-0124#rids): which may be taken now, which are open, and the last
 * answers in case they got lost.
 */
export class Exchanges<R> {
  /** How many requests may be open at one time. */
  readonly #most: number
  #next: number
  readonly #early = new Map<number, R>()
  #open: Exchange[] = []
  #answers: Answer[] = []
  #answered = 0

  constructor(first: number, most: number) {
    this.#next = first + 1
    this.#most = most
  }

  /** The last request that was taken in its turn. */
  get last(): number {
    return this.#next - 1
  }

  get open(): number {
    return this.#open.length
  }

  judge(rid: number): Verdict {
    if (rid === this.#next) return 'next'
    if (rid > this.#next) return rid < this.#next + this.#most ? 'early' : 'outside'
    return rid >= this.#next - this.#most ? 'again' : 'outside'
  }

  /** Keeps a request until those before it have come. @returns false if it has come already */
  keep(rid: number, request: R): boolean {
    if (this.#early.has(rid)) return false
    this.#early.set(rid, request)
    return true
  }

  /** The request has been taken; @returns the one after it, if that came early. */
  taken(): R | undefined {
    this.#next++
    const following = this.#early.get(this.#next)
    this.#early.delete(this.#next)
    return following
  }

  opens(exchange: Exchange): void {
    this.#open.push(exchange)
    this.#open.sort((one, other) => one.rid - other.rid)
  }

  /** Its connection broke. */
  broke(exchange: Exchange): void {
    this.#open = this.#open.filter(each => each !== exchange)
  }

  /** The same request on another connection, while the first is open. @returns the first */
  replaces(exchange: Exchange): Exchange | undefined {
    const at = this.#open.findIndex(({ rid }) => rid === exchange.rid)
    return at < 0 ? undefined : this.#open.splice(at, 1, exchange)[0]
  }

  answerOf(rid: number): Answer | undefined {
    return this.#answers.find(answer => answer.rid === rid)
  }

  /** A later request has been answered: this one has nothing to wait for. */
  isPassed(rid: number): boolean {
    return rid < this.#answered
  }

  /** Answers the oldest open request. */
  answer(text: (rid: number) => string, written: () => void): void {
    const exchange = this.#open.shift()
    if (exchange === undefined) throw new Error('No request is open.')
    const answer = { rid: exchange.rid, text: text(exchange.rid), written }
    this.#answers = [...this.#answers, answer].slice(-this.#most)
    this.#answered = Math.max(this.#answered, exchange.rid)
    exchange.answer(answer.text, written)
  }
}
