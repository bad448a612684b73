/** How often one person may do what everybody in a room is told of. Counted in memory, and forgotten. */

import type { Limiter } from '../../operations/limits.ts'
import type { BareJid } from '../../protocol/jid.ts'

const names = {
  entering: 'roomEntering',
  presence: 'roomPresence',
  deliveries: 'roomDeliveries',
  nick: 'roomNick',
  subject: 'roomSubject',
  invitation: 'roomInvitation',
  creation: 'roomCreation',
  configuration: 'roomConfiguration',
  unveiling: 'roomUnveiling',
  search: 'roomSearch',
} as const

export class Pace {
  readonly #limiter: Limiter

  constructor(limiter: Limiter) {
    this.#limiter = limiter
  }

  allows(what: keyof typeof names, person: BareJid, times = 1): boolean {
    return this.#limiter.allow(names[what], person, times)
  }
}
