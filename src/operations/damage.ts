import type { Log } from './log.ts'

/** Sealed things that did not open although their key was there: what the disk gave back is not what was written. */
export class Damage {
  readonly #log: Log
  #count = 0

  constructor(log: Log) {
    this.#log = log
  }

  /** How often that was met since the start; the same thing counts each time it is looked at. */
  get count(): number {
    return this.#count
  }

  readonly document = (): void => {
    this.#count++
    this.#log.error('something sealed was changed on the disk: it does not open any more')
  }

  readonly message = (): void => {
    this.#count++
    this.#log.error('a kept message was changed on the disk: it does not open any more')
  }
}
