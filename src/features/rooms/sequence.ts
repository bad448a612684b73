/**
 * What a room sends, in the order in which it happened. A message waits for the disk before anybody sees it, and what
 * happened after it waits behind it; what goes to many pauses in between, so that nobody else has to wait for a big room.
 */

/** Something to be sent. */
export interface Sending {
  /** Sends the next portion. @returns true when all is sent */
  send(): boolean
  /** Takes what comes next along, if it goes the same way and nothing has been sent yet: fewer, larger writes. */
  absorb?(next: Sending): boolean
}

interface Entry {
  ready: boolean
  sending: Sending | undefined
}

export class Sequence {
  readonly #entries: Entry[] = []
  #paused = false
  #sending = false

  /** Sends at once, unless something older waits. */
  add(sending: Sending): void {
    this.#entries.push({ ready: true, sending })
    this.#advance()
  }

  /** Does something in its turn. */
  inTurn(act: () => void): void {
    this.add({
      send() {
        act()
        return true
      },
    })
  }

  /** Keeps a place. @returns how to fill it; with nothing if it stays empty after all */
  reserve(): (sending?: Sending) => void {
    const entry: Entry = { ready: false, sending: undefined }
    this.#entries.push(entry)
    return sending => {
      entry.sending = sending
      entry.ready = true
      this.#advance()
    }
  }

  /** Sends all that is ready without pausing: the service ends. What still waits for the disk is passed over. */
  finish(): void {
    for (const { ready, sending } of this.#entries.splice(0)) {
      if (ready && sending !== undefined) while (!sending.send()) {}
    }
  }

  #advance(): void {
    if (this.#sending || this.#paused) return
    this.#sending = true
    try {
      for (let first = this.#entries[0]; first?.ready === true; first = this.#entries[0]) {
        const { sending } = first
        if (sending !== undefined) this.#gather(sending)
        if (sending !== undefined && !sending.send()) {
          this.#pause()
          return
        }
        this.#entries.shift()
      }
    } finally {
      this.#sending = false
    }
  }

  #gather(first: Sending): void {
    let along = 1
    for (let next = this.#entries[along]; next?.ready === true; next = this.#entries[along]) {
      if (next.sending !== undefined && first.absorb?.(next.sending) !== true) break
      along++
    }
    if (along > 1) this.#entries.splice(1, along - 1)
  }

  #pause(): void {
    this.#paused = true
    setImmediate(() => {
      this.#paused = false
      this.#advance()
    })
  }
}
