import type { BareJid, Jid } from '../../protocol/jid.ts'

/** Requests for membership of one room that wait for an answer; the oldest makes way. */
const mostRequests = 50

/** Who waits to be made a member: in memory, as long as somebody is in the room. */
export class Requests {
  readonly #open = new Map<Jid, { readonly person: BareJid; readonly nick: string }>()

  add(person: BareJid, nick: string): void {
    this.#open.delete(person)
    this.#open.set(person, { person, nick })
    const [oldest] = this.#open.size > mostRequests ? this.#open.keys() : []
    if (oldest !== undefined) this.#open.delete(oldest)
  }

  take(person: Jid | undefined): { readonly person: BareJid; readonly nick: string } | undefined {
    const request = person && this.#open.get(person)
    if (request !== undefined) this.#open.delete(request.person)
    return request
  }
}
