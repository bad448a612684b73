import type { Socket } from 'node:net'

/**
 * The most that a socket is handed before it has passed on what it was given last. Node's TLS keeps every buffer that it
 * ever needed for as long as the connection lives: 128 KiB at once cost 174 KB for good, in small pieces 56 KB.
 */
export const pieceBytes = 16_384

/** Texts, and callbacks that stand where the texts before them end. */
type Entry = string | (() => void)

/** Longer than anything waits for company. */
const never = 1_000_000

/** Connections that are written to in one go. */
const portion = 50

let due: PacedWriter[] = []
/** By how many milliseconds of patience they have. */
const patient = new Map<number, PacedWriter[]>()

/** Everything that was sent while one round of events was handled goes out together, for each connection in one piece. */
function writeAll(): void {
  const writers = due
  due = []
  for (const writer of writers) writer.flush()
}

function writePatient(patienceMs: number): void {
  const writers = patient.get(patienceMs) ?? []
  patient.delete(patienceMs)
  writePortion(writers, 0)
}

/** Where there is a crowd, others have their turn in between. */
function writePortion(writers: readonly PacedWriter[], from: number): void {
  const to = Math.min(from + portion, writers.length)
  for (let at = from; at < to; at++) writers[at]?.flush()
  if (to < writers.length) setImmediate(writePortion, writers, to)
}

/** Hands texts to a socket in their order, piece by piece. While nothing waits it holds next to nothing. */
export class PacedWriter {
  #socket: Socket
  readonly #encode: ((texts: string) => Buffer) | undefined
  #queue: Entry[] | undefined = undefined
  /** What is left of a text that was too long for one piece. */
  #rest: Buffer | undefined = undefined
  /** Bytes the socket has not passed on. */
  #underway = 0
  #waiting = 0
  /** To be told when that piece is through. */
  #told: (() => void)[] | undefined = undefined
  #drained: (() => void)[] | undefined = undefined
  /** How long the least patient of what waits can wait; 0 until this round of events is over. */
  #patienceMs = never
  #ending = false

  /** @param encode makes bytes out of texts that follow one another, where that is not simply UTF-8 */
  constructor(socket: Socket, encode?: (texts: string) => Buffer) {
    this.#socket = socket
    this.#encode = encode
  }

  /** Bytes that wait, those in the socket included; characters where it is not known yet. */
  get waitingBytes(): number {
    return this.#waiting
  }

  /** Writes on to another socket: the encrypted one. Only while nothing waits. */
  moveTo(socket: Socket): void {
    this.#socket = socket
  }

  /**
   * @param patienceMs how long it may wait for company, since encrypting and writing cost several times what it costs to make
   *   most stanzas, however short they are. Whatever is sent after it and has less patience takes it along.
   */
  send(text: string, patienceMs = 0): void {
    if (this.#ending || text === '') return
    if (this.#queue === undefined) this.#queue = [text]
    else this.#queue.push(text)
    this.#waiting += text.length
    if (this.#underway === 0 && patienceMs < this.#patienceMs) this.#mark(patienceMs)
  }

  /** Runs `then` once everything sent so far has left the process; at once if it has. */
  whenWritten(then: () => void): void {
    if (this.#queue !== undefined) this.#queue.push(then)
    else if (this.#waiting === 0) then()
    else if (this.#rest !== undefined) this.#queue = [then]
    else if (this.#told === undefined) this.#told = [then]
    else this.#told.push(then)
  }

  /** Runs `then` as soon as nothing waits; at once if nothing does. */
  whenDrained(then: () => void): void {
    if (this.#waiting === 0) then()
    else if (this.#drained === undefined) this.#drained = [then]
    else this.#drained.push(then)
  }

  /** Sends a last text and ends the socket once all is written. */
  end(text: string): void {
    if (this.#ending) return
    this.send(text)
    this.#ending = true
    this.flush()
    if (this.#waiting === 0) this.#socket.end()
  }

  /** Forgets what waits, except for what the socket has already been handed. */
  drop(): void {
    this.#queue = undefined
    this.#rest = undefined
    this.#told = undefined
    this.#drained = undefined
    this.#waiting = this.#underway
  }

  /** Hands over the next piece now, unless one is underway. */
  flush(): void {
    this.#patienceMs = never
    while (this.#underway === 0) {
      if (this.#rest !== undefined) {
        const piece = this.#rest.subarray(0, pieceBytes)
        this.#rest = piece.length < this.#rest.length ? this.#rest.subarray(pieceBytes) : undefined
        this.#hand(piece, piece.length)
        return
      }
      const text = this.#take()
      if (text === '') {
        // Nothing but callbacks stood there, and all before them is through.
        if (!this.#tell()) return
        continue
      }
      const encoded = this.#encode?.(text)
      const bytes = encoded?.length ?? Buffer.byteLength(text)
      this.#waiting += bytes - text.length
      if (bytes <= pieceBytes) this.#hand(encoded ?? text, bytes)
      else this.#rest = encoded ?? Buffer.from(text)
    }
  }

  #mark(patienceMs: number): void {
    this.#patienceMs = patienceMs
    if (patienceMs === 0) {
      if (due.length === 0) setImmediate(writeAll)
      due.push(this)
      return
    }
    const others = patient.get(patienceMs)
    if (others !== undefined) {
      others.push(this)
      return
    }
    patient.set(patienceMs, [this])
    setTimeout(writePatient, patienceMs, patienceMs)
  }

  /** The next texts that fit into one piece, or one that does not. Callbacks behind them are put aside for later. */
  #take(): string {
    const queue = this.#queue
    if (queue === undefined) return ''
    let text = ''
    let at = 0
    for (; at < queue.length; at++) {
      const entry = queue[at]!
      if (typeof entry === 'string') {
        if (text !== '' && text.length + entry.length > pieceBytes) break
        text += entry
      } else if (text.length > pieceBytes) {
        // A text of several pieces: whoever waits for it is told after the last one.
        break
      } else if (this.#told === undefined) this.#told = [entry]
      else this.#told.push(entry)
    }
    if (at === queue.length) this.#queue = undefined
    else queue.splice(0, at)
    return text
  }

  #hand(piece: string | Buffer, bytes: number): void {
    this.#underway = bytes
    const { destroyed, writable } = this.#socket
    if (destroyed || !writable) return
    const written = (error?: Error | null) => {
      if (!error) this.#written()
    }
    if (typeof piece === 'string') this.#socket.write(piece, 'utf8', written)
    else this.#socket.write(piece, written)
  }

  #written(): void {
    this.#waiting -= this.#underway
    this.#underway = 0
    if (this.#rest === undefined) this.#tell()
    this.flush()
    if (this.#waiting > 0) return
    const drained = this.#drained
    this.#drained = undefined
    if (drained !== undefined) for (const then of drained) then()
    if (this.#ending && this.#waiting === 0) this.#socket.end()
  }

  /** @returns whether there was anybody to tell. */
  #tell(): boolean {
    const told = this.#told
    if (told === undefined) return false
    this.#told = undefined
    for (const then of told) then()
    return true
  }
}
