import { type Problem, problem } from '../protocol/problems.ts'
import { kept, type Letter, type LetterOwner } from './letter.ts'
import { Missed } from './missed.ts'
import type { PeerStream } from './peer-stream.ts'
import { type Failure, type ReachParts, reach } from './reaching/reach.ts'
import type { Slots } from './slots.ts'

export interface LinkParts extends ReachParts {
  /** Calls underway at one time, over all links. */
  readonly slots: Slots
  /** What waits in all links together. */
  readonly waiting: Waiting
  /** Gives a stanza back to who sent it. */
  bounce(letter: Letter, because: Problem): void
  /** A stream is there, of our making. */
  began(stream: PeerStream): void
  left(stream: PeerStream, how: 'ended' | 'broken'): void
  /** From 0 to 1. */
  random(): number
}

/** What waits for other servers, in characters. */
export interface Waiting {
  characters: number
}

/** Stanzas and characters that may wait for one other domain, and characters for all. */
const mostLetters = 1_000
const mostCharacters = 4 * 1024 * 1024
const mostInAll = 64 * 1024 * 1024
/** The first pause after a failure, and the longest; each is twice the one before, and a bit different for everybody. */
const firstPauseMs = 1_000
const longestPauseMs = 300_000
/** How long a server that was there is looked for, even though nothing waits for it. */
const missedMs = 3_600_000

/** The way from one of our domains to one domain elsewhere, for as long as it is in use. */
export class Link implements LetterOwner {
  readonly our: string
  readonly their: string
  readonly #parts: LinkParts
  #queue: Letter[] = []
  #characters = 0
  #stream: PeerStream | undefined
  #calling = false
  #failures = 0
  #callAfter = 0
  #because: Problem | undefined
  /** When the other side was last known to be there. */
  #goodAt = Number.NEGATIVE_INFINITY
  /** The other side may have missed something. */
  #doubted = false
  #isLost = false
  readonly #missed = new Missed()
  #closed = false

  constructor(parts: LinkParts, our: string, their: string) {
    this.#parts = parts
    this.our = our
    this.their = their
  }

  /** Nobody would miss it. */
  get isIdle(): boolean {
    const now = this.#now
    return (
      this.#stream === undefined &&
      !this.#calling &&
      this.#queue.length === 0 &&
      now > this.#callAfter &&
      !this.#patient &&
      !this.#isMissed
    )
  }

  /** It was there, and somebody may want to know when it is there again. */
  get #isMissed(): boolean {
    return this.#doubted && this.#now - this.#goodAt < missedMs
  }

  get waiting(): number {
    return this.#queue.length
  }

  get #now(): number {
    return this.#parts.streams.now()
  }

  /** The other side was there a moment ago: it may be restarting. */
  get #patient(): boolean {
    return this.#now - this.#goodAt < this.#patienceMs
  }

  get #patienceMs(): number {
    return this.#parts.streams.settings.federation.patienceSeconds * 1000
  }

  send(letter: Letter): void {
    const stream = this.#stream
    if (stream !== undefined && this.#queue.length === 0 && !stream.crowded) {
      stream.send(letter)
      return
    }
    if (this.#closed || !this.#enqueue(letter)) {
      this.#parts.bounce(letter, problem('resource-constraint', 'Too much waits for the other server.'))
      return
    }
    if (stream === undefined) this.#call()
  }

  /** A stream that the other side began takes what is for it as well (XEP-0288). */
  adopt(stream: PeerStream): void {
    if (this.#stream === undefined && !this.#closed) this.#use(stream)
  }

  forget(stream: object): void {
    if (this.#stream !== stream) return
    this.#stream = undefined
    this.#goodAt = this.#now
    if (this.#queue.length > 0) this.#call()
  }

  /** A stream with the other side broke, this one's or another: it may have missed something. */
  doubt(): void {
    const { host } = this.#parts.streams
    host.peer('doubtful', this.our, this.their)
    if (this.#stream !== undefined) host.peer('back', this.our, this.their)
    else this.#doubted = true
  }

  /** The other side has just shown that it is there. */
  isSeen(): void {
    if (!this.#doubted || this.#stream !== undefined) return
    this.#callAfter = 0
    this.#goodAt = this.#now
    this.#call()
  }

  returned(letters: readonly Letter[]): void {
    if (letters.length === 0) return
    const at = this.#now
    const again = letters.map(letter => kept({ ...letter, at }))
    for (const { text } of again) this.#count(text.length)
    this.#queue.unshift(...again)
    if (this.#stream !== undefined) this.proceed()
    else this.#call()
  }

  proceed(): void {
    const stream = this.#stream
    if (stream === undefined || this.#queue.length === 0) return
    let sent = 0
    while (sent < this.#queue.length && !stream.crowded && !stream.over) {
      const letter = this.#queue[sent++]!
      this.#count(-letter.text.length)
      stream.send(letter)
    }
    this.#queue.splice(0, sent)
  }

  /** Looks after what waits for too long. */
  swept(now: number): void {
    const late = this.#queue.findIndex(({ at }) => now - at < this.#patienceMs)
    if (late !== 0 && this.#queue.length > 0) this.#giveBack(late < 0 ? this.#queue.length : late)
    if (this.#stream === undefined && (this.#queue.length > 0 || this.#isMissed)) this.#call()
  }

  close(because: Problem): void {
    this.#closed = true
    this.#because = because
    this.#giveBack(this.#queue.length)
  }

  #enqueue(letter: Letter): boolean {
    const { length } = letter.text
    const room = this.#characters + length <= mostCharacters && this.#parts.waiting.characters + length <= mostInAll
    if (this.#queue.length >= mostLetters || !room) return false
    this.#queue.push(kept(letter))
    this.#count(length)
    return true
  }

  #count(characters: number): void {
    this.#characters += characters
    this.#parts.waiting.characters += characters
  }

  #giveBack(count: number): void {
    const because = this.#because ?? timeout()
    for (const letter of this.#queue.splice(0, count)) {
      this.#count(-letter.text.length)
      if (letter.bounces) this.#parts.bounce(letter, because)
      else if (this.#isMissed) this.#missed.note(letter)
    }
  }

  #use(stream: PeerStream): void {
    this.#stream = stream
    stream.attach(this)
    this.#failures = 0
    this.#callAfter = 0
    this.#because = undefined
    this.returned(this.#missed.take())
    this.proceed()
    if (!this.#doubted) return
    this.#doubted = this.#isLost = false
    this.#parts.streams.host.peer('back', this.our, this.their)
  }

  #call(): void {
    if (this.#calling || this.#closed) return
    if (this.#now < this.#callAfter) {
      // Who waits for a server that comes back waits on; nobody waits for one that was not there in the first place.
      if (!this.#patient) this.#giveBack(this.#queue.length)
      return
    }
    this.#calling = true
    void this.#reach().then(failure => {
      this.#calling = false
      if (failure !== undefined) this.#failed(failure)
      else if (this.#stream === undefined && this.#queue.length > 0) this.#call()
    })
  }

  async #reach(): Promise<Failure | undefined> {
    const { slots } = this.#parts
    await slots.take()
    try {
      const outcome = await reach(this.#parts, {
        our: this.our,
        their: this.their,
        left: (stream, how) => this.#parts.left(stream, how),
      })
      if (typeof outcome === 'string') return outcome === 'answered' ? 'broken' : outcome
      if (this.#closed || outcome.over) return undefined
      this.#parts.began(outcome)
      // If the other side called at the same time, its stream goes on to be used, so that the order stays. Ours is not
      // closed: the other side may have chosen that one.
      if (this.#stream === undefined) this.#use(outcome)
    } catch (bug) {
      this.#parts.streams.log.bug('another server could not be called', bug)
      return 'broken'
    } finally {
      slots.free()
    }
    return undefined
  }

  #failed(failure: Failure): void {
    if (this.#stream !== undefined) return
    this.#because = problemOf(failure)
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#failures++)
    this.#callAfter = this.#now + pause * (0.5 + this.#parts.random())
    if (!this.#patient || failure === 'no such server') {
      this.#giveBack(this.#queue.length)
      if (!this.#doubted || this.#isLost) return
      this.#isLost = true
      this.#parts.streams.host.peer('lost', this.our, this.their)
    }
  }
}

const timeout = () => problem('remote-server-timeout', 'The other server did not answer.')

/** RFC 6120 §8.3.3. */
function problemOf(failure: Failure): Problem {
  switch (failure) {
    case 'no such server':
    case 'not there':
      return problem('remote-server-not-found', 'There is no such server.')
    case 'unencrypted':
      return problem('remote-server-not-found', 'The other server does not encrypt.')
    case 'certificate':
      return problem('remote-server-not-found', 'The other server cannot prove who it is.')
    case 'refused':
      return problem('remote-server-not-found', 'The other server does not want to talk to this one.')
    case 'no answer':
    case 'unreachable':
    case 'silent':
    case 'broken':
      return timeout()
  }
}
