import type { BareJid, Jid } from '../../protocol/jid.ts'

/** People of one room who wait for an answer, or whose answer is waited for; the oldest makes way. */
const mostWaiting = 50

/** Who has to do with a room without belonging to it, and what about: in memory, as long as somebody is in the room. */
export class Requests<About> {
  readonly #open = new Map<Jid, { readonly person: BareJid; readonly about: About }>()

  add(person: BareJid, about: About): void {
    this.#open.delete(person)
    this.#open.set(person, { person, about })
    const [oldest] = this.#open.size > mostWaiting ? this.#open.keys() : []
    if (oldest !== undefined) this.#open.delete(oldest)
  }

  take(person: Jid | undefined): { readonly person: BareJid; readonly about: About } | undefined {
    const request = person && this.#open.get(person)
    if (request !== undefined) this.#open.delete(request.person)
    return request
  }
}
