import type { Session } from '../../routing/session.ts'

/** Broken streams that are kept for resumption, over all accounts. */
const maxWaiting = 20_000
/** Ended streams whose last counter is still told (XEP-0198#resumption: `h` of `<failed/>`). */
const maxRemembered = 2_000

/** Sessions that can be resumed, by their resumption id. In memory only: after a restart clients sign in anew. */
export class Waiting {
  readonly #seconds: number
  readonly #giveUp: (session: Session) => void
  readonly #sessions = new Map<string, Session>()
  /** Oldest first, since all wait equally long. */
  readonly #deadlines = new Map<Session, number>()
  readonly #lastCounts = new Map<string, { account: number; h: number }>()
  #timer: NodeJS.Timeout | undefined

  constructor(seconds: number, giveUp: (session: Session) => void) {
    this.#seconds = seconds
    this.#giveUp = giveUp
  }

  /** From now on the session can be resumed by that id. */
  known(id: string, session: Session): void {
    this.#sessions.set(id, session)
  }

  /** The session, if it is one of that account's: ids of others are as good as unknown. */
  find(id: string, account: number): Session | undefined {
    const session = this.#sessions.get(id)
    return session?.account.id === account ? session : undefined
  }

  lastCount(id: string, account: number): number | undefined {
    const last = this.#lastCounts.get(id)
    return last?.account === account ? last.h : undefined
  }

  /** Its connection broke: the clock runs. Where too many wait already the oldest gives way. */
  started(session: Session): void {
    if (this.#deadlines.size >= maxWaiting) {
      const [oldest] = this.#deadlines.keys()
      if (oldest !== undefined) this.#giveUp(oldest)
    }
    this.#deadlines.set(session, performance.now() + this.#seconds * 1000)
    this.#schedule()
  }

  resumed(session: Session): void {
    this.#deadlines.delete(session)
  }

  over(session: Session): void {
    const { management, account } = session
    this.#deadlines.delete(session)
    if (management?.resumptionId === undefined) return
    this.#sessions.delete(management.resumptionId)
    this.#lastCounts.set(management.resumptionId, { account: account.id, h: management.handled })
    if (this.#lastCounts.size <= maxRemembered) return
    const [first] = this.#lastCounts.keys()
    if (first !== undefined) this.#lastCounts.delete(first)
  }

  #schedule(): void {
    if (this.#timer !== undefined) return
    const [first] = this.#deadlines.values()
    if (first === undefined) return
    this.#timer = setTimeout(() => this.#expire(), Math.max(50, first - performance.now()))
    this.#timer.unref()
  }

  #expire(): void {
    this.#timer = undefined
    const now = performance.now()
    for (const [session, deadline] of this.#deadlines) {
      if (deadline > now) break
      this.#deadlines.delete(session)
      this.#giveUp(session)
    }
    this.#schedule()
  }
}
