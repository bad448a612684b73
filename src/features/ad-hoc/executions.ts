import { bareOf, type Jid } from '../../protocol/jid.ts'
import type { Stage } from '../../routing/command.ts'

export interface ExecutionsParts {
  /** Milliseconds since 1970. */
  readonly now: () => number
  randomId(): string
}

interface Execution {
  readonly by: Jid
  readonly owner: string
  readonly node: string
  /** The forms shown so far, the present one last. */
  readonly stages: readonly Stage[]
  readonly expires: number
}

const lifetimeMs = 15 * 60 * 1000
/** Of one account, and of all together. */
const mostOfOne = 5
const mostInAll = 5_000

/** Commands that wait for somebody to fill in a form (XEP-0050#impl-session): in memory, for a while, for the device that asked. */
export class Executions {
  readonly #parts: ExecutionsParts
  /** In the order in which they expire. */
  readonly #open = new Map<string, Execution>()

  constructor(parts: ExecutionsParts) {
    this.#parts = parts
  }

  newId(): string {
    return this.#parts.randomId()
  }

  /** The forms of an execution; undefined if there is none (any more), or if it is somebody else's. */
  find(id: string, by: Jid, node: string): readonly Stage[] | undefined {
    this.#expire()
    const found = this.#open.get(id)
    return found?.by === by && found.node === node ? found.stages : undefined
  }

  /**
   * Remembers the present form. Of too many of one account the oldest gives way: apps that were refused something, or closed,
   * leave theirs lying. False where too much is open in all.
   */
  keep(id: string, by: Jid, node: string, stages: readonly Stage[]): boolean {
    this.#expire()
    this.#open.delete(id)
    const owner = bareOf(by)
    let own = 0
    let oldest = ''
    for (const [each, execution] of this.#open) {
      if (execution.owner === owner && own++ === 0) oldest = each
    }
    if (own >= mostOfOne) this.#open.delete(oldest)
    if (this.#open.size >= mostInAll) return false
    this.#open.set(id, { by, owner, node, stages, expires: this.#parts.now() + lifetimeMs })
    return true
  }

  end(id: string): void {
    this.#open.delete(id)
  }

  #expire(): void {
    const now = this.#parts.now()
    for (const [id, { expires }] of this.#open) {
      if (expires > now) return
      this.#open.delete(id)
    }
  }
}
