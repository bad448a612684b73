import { randomBytes } from 'node:crypto'
import type { Jid } from '../protocol/jid.ts'
import { errorReply, problem } from '../protocol/problems.ts'
import type { Element } from '../protocol/xml/element.ts'

interface Open {
  readonly to: Jid
  answered(answer: Element): void
}

/** Requests of ours without an answer, over all features. */
const maxOpen = 10_000
const patienceMs = 60_000
const idBytes = 12

/** Requests that this server itself sends, and their answers (RFC 6120 §8.2.3). */
export class Inquiries {
  readonly #open = new Map<string, Open>()
  readonly #patienceMs: number

  constructor(patience = patienceMs) {
    this.#patienceMs = patience
  }

  /**
   * Sends a request under an id of its own, which nobody can guess.
   * @param iq with `from`, `to` and its payload
   * @returns the answer, a result or an error; `remote-server-timeout` where none came in a minute. Never rejects.
   */
  ask(iq: Element, to: Jid, send: (iq: Element) => void): Promise<Element> {
    const id = randomBytes(idBytes).toString('base64url')
    const asked = iq.with({ id })
    return new Promise(resolve => {
      const give = (condition: 'resource-constraint' | 'remote-server-timeout'): void =>
        resolve(errorReply(asked, problem(condition)) ?? asked)
      if (this.#open.size >= maxOpen) return give('resource-constraint')
      const timer = setTimeout(() => {
        this.#open.delete(id)
        give('remote-server-timeout')
      }, this.#patienceMs)
      timer.unref()
      this.#open.set(id, {
        to,
        answered: answer => {
          clearTimeout(timer)
          this.#open.delete(id)
          resolve(answer)
        },
      })
      send(asked)
    })
  }

  /** @returns whether that was the answer to a request of ours: it is the asked one's to give, and nobody else's */
  settle(iq: Element, from: Jid): boolean {
    const open = this.#open.get(iq.attr('id') ?? '')
    if (open === undefined || open.to !== from) return false
    open.answered(iq)
    return true
  }
}
