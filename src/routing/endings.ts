import type { PresenceType } from '../protocol/stanza.ts'

/** Presence that ends something between two people, on its way to the disk: an erasure has to wait for it. */
export class Endings {
  readonly #underway = new Set<Promise<void>>()

  /** Takes note of presence that is being dealt with. */
  note(type: PresenceType, done: Promise<void>): void {
    if (type !== 'unsubscribe' && type !== 'unsubscribed') return
    const ended = done.finally(() => this.#underway.delete(ended))
    this.#underway.add(ended)
  }

  /** Resolves when all that was noted before is dealt with. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underway)
  }
}
