import { type Body, ofXmpp } from './body.ts'

/** XEP-0124#poll and #overactive: who has nothing to say and hears nothing new should not ask all the time. */
export class Eagerness {
  readonly #most: number
  readonly #seconds: number
  #emptyAt = Number.NEGATIVE_INFINITY
  #times = 0

  /**
   * @param most empty requests in a row that may come too early
   * @param seconds that should lie between two of them
   */
  constructor(most: number, seconds: number) {
    this.#most = most
    this.#seconds = seconds
  }

  /** @param nothingToTell there was nothing to answer it with */
  isTooMuch({ element, payload }: Body, nothingToTell: boolean): boolean {
    const now = performance.now() / 1000
    const means = element.attr('type') ?? element.attr('pause') ?? ofXmpp(element, 'restart')
    const empty = payload.length === 0 && means === undefined
    this.#times = empty && now - this.#emptyAt < this.#seconds ? this.#times + 1 : 0
    this.#emptyAt = empty && nothingToTell ? now : Number.NEGATIVE_INFINITY
    return this.#times > this.#most
  }
}
