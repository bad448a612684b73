/**
 * What a room sends, in the order in which it happened. A message waits for the disk before anybody sees it, and what
 * happened after it waits behind it; what goes to many pauses in between, so that nobody else has to wait for a big room.
 */

/** Sends the next portion. @returns true when all is sent */
export type Portions = () => boolean

interface Entry {
  ready: boolean
  send: Portions | undefined
}

export class Sequence {
  readonly #entries: Entry[] = []
  #paused = false
  #sending = false

  get idle(): boolean {
    return this.#entries.length === 0
  }

  /** Sends at once, unless something older waits. */
  add(send: Portions): void {
    this.#entries.push({ ready: true, send })
    this.#advance()
  }

  /** Keeps a place. @returns how to fill it; with nothing if it stays empty after all */
  reserve(): (send?: Portions) => void {
    const entry: Entry = { ready: false, send: undefined }
    this.#entries.push(entry)
    return send => {
      entry.send = send
      entry.ready = true
      this.#advance()
    }
  }

  /** Sends all that is ready without pausing: the service ends. What still waits for the disk is passed over. */
  finish(): void {
    for (const { ready, send } of this.#entries.splice(0)) if (ready && send !== undefined) while (!send()) {}
  }

  #advance(): void {
    if (this.#sending || this.#paused) return
    this.#sending = true
    try {
      for (let first = this.#entries[0]; first?.ready === true; first = this.#entries[0]) {
        if (first.send !== undefined && !first.send()) {
          this.#paused = true
          setImmediate(() => {
            this.#paused = false
            this.#advance()
          })
          return
        }
        this.#entries.shift()
      }
    } finally {
      this.#sending = false
    }
  }
}
