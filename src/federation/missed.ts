import { parseElement } from '../protocol/xml/parser.ts'
import type { Letter } from './letter.ts'

/** Pairs of addresses between which presence is remembered. */
const mostPairs = 2_000

/**
 * Presence that could not be sent to a server that was there before. It goes to nobody's disk and back to nobody; but what
 * was said last from each to each is told when the server is there again, so that nobody is seen who is gone.
 */
export class Missed {
  readonly #letters = new Map<string, Letter>()

  get size(): number {
    return this.#letters.size
  }

  note(letter: Letter): void {
    const presence = parseElement(letter.text)
    const type = presence.attr('type')
    if (type === 'error') return
    // Subscriptions are another matter than being there, and so are questions about it.
    const about = type === undefined || type === 'unavailable' ? '' : type === 'probe' ? 'question' : 'subscription'
    const key = `${presence.attr('from')} ${presence.attr('to')} ${about}`
    this.#letters.delete(key)
    if (this.#letters.size < mostPairs) this.#letters.set(key, letter)
  }

  /** All of it, oldest first; nothing is remembered any longer. */
  take(): Letter[] {
    const letters = [...this.#letters.values()]
    this.#letters.clear()
    return letters
  }
}
