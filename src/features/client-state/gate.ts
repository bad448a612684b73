import { presenceType } from '../../protocol/stanza.ts'
import type { Parcel } from '../../routing/parcel.ts'
import type { Gate, Session } from '../../routing/session.ts'
import { importance } from './importance.ts'

/** More than this is not held: then the phone has to wake up. */
const maxHeld = 200

/** What an inactive client need not know yet. The newest presence of each sender replaces the older one in its place. */
export class QuietGate implements Gate {
  readonly #session: Session
  readonly #held: Parcel[] = []

  constructor(session: Session) {
    this.#session = session
  }

  holds(parcel: Parcel): boolean {
    const kind = importance(parcel.stanza)
    if (kind === 'drop' && parcel.receipt === undefined) return true
    if (kind !== 'hold' || this.#held.length >= maxHeld) {
      this.open()
      return false
    }
    if (parcel.stanza.name === 'presence' && presenceType(parcel.stanza) !== undefined) {
      const from = parcel.stanza.attr('from')
      const at = this.#held.findIndex(({ stanza }) => stanza.name === 'presence' && stanza.attr('from') === from)
      if (at >= 0) this.#held.splice(at, 1)
    }
    this.#held.push(parcel)
    return true
  }

  /** Lets everything go, in order. */
  open(): void {
    for (const parcel of this.#held.splice(0)) this.#session.put(parcel)
  }

  abandon(): void {
    for (const parcel of this.#held.splice(0)) parcel.receipt?.returned()
  }
}
