/** The most that one answer carries, in characters. */
const mostAtOnce = 262_144

/** What went into one answer. */
interface Batch {
  readonly characters: number
  readonly told: readonly (() => void)[]
  written: boolean
}

/** Texts on their way to a client that fetches them, and callbacks that stand where the texts before them end. */
export class Outbox {
  #queue: (string | (() => void))[] = []
  #waiting = 0
  #drained: (() => void)[] = []
  #underway: Batch[] = []

  /** Characters that wait or are in answers which the network has not taken. */
  get waiting(): number {
    return this.#waiting
  }

  get empty(): boolean {
    return this.#queue.length === 0
  }

  send(text: string): void {
    this.#queue.push(text)
    this.#waiting += text.length
  }

  whenWritten(then: () => void): void {
    if (this.#waiting === 0) then()
    else this.#queue.push(then)
  }

  whenDrained(then: () => void): void {
    if (this.#waiting === 0) then()
    else this.#drained.push(then)
  }

  /** Whatever has not been written by now counts as lost. */
  drop(): void {
    this.#queue = []
    this.#underway = []
    this.#drained = []
  }

  /** What goes into the next answer, and what to call once that is written, however often it says so. */
  take(): { readonly text: string; readonly written: () => void } {
    let text = ''
    let at = 0
    const told: (() => void)[] = []
    for (; at < this.#queue.length; at++) {
      const entry = this.#queue[at]!
      if (typeof entry !== 'string') told.push(entry)
      else if (text !== '' && text.length + entry.length > mostAtOnce) break
      else text += entry
    }
    this.#queue = this.#queue.slice(at)
    const batch: Batch = { characters: text.length, told, written: false }
    this.#underway.push(batch)
    const written = () => {
      batch.written = true
      this.#settle()
    }
    return { text, written }
  }

  /** Answers travel on several connections; what came first is told of first all the same. */
  #settle(): void {
    while (this.#underway[0]?.written === true) {
      const { characters, told } = this.#underway.shift()!
      this.#waiting -= characters
      for (const then of told) then()
    }
    if (this.#waiting > 0) return
    const drained = this.#drained
    this.#drained = []
    for (const then of drained) then()
  }
}
