import type { LocalAccount } from '../../routing/account.ts'
import type { Session } from '../../routing/session.ts'
import type { RegistrationKey } from './registrations.ts'

/** How it stands with one registration. In memory only: after a restart a phone may be woken once more. */
export interface Standing {
  readonly device: string
  /** What it was woken for since it was here last. */
  woken: 'message' | 'call' | undefined
  /** It was woken although it was connected: the stream, and what it had been sent by then (XEP-0198). */
  late: { readonly session: Session; readonly sent: number } | undefined
  /** Notifications in a row that could not be handed over for now. */
  failures: number
  /** Milliseconds since 1970: none before. */
  notBefore: number
}

/** Accounts of which anything is remembered. */
const maxAccounts = 50_000

export class Standings {
  readonly #accounts = new Map<number, Map<RegistrationKey, Standing>>()

  /** The standing of a registration; made where there is none. */
  of({ id }: LocalAccount, key: RegistrationKey, device: string): Standing {
    let standings = this.#accounts.get(id)
    if (standings === undefined) {
      standings = new Map()
      this.#accounts.set(id, standings)
      const [oldest] = this.#accounts.keys()
      if (this.#accounts.size > maxAccounts && oldest !== undefined) this.#accounts.delete(oldest)
    }
    let standing = standings.get(key)
    if (standing?.device !== device) {
      standing = { device, woken: undefined, late: undefined, failures: 0, notBefore: 0 }
      standings.set(key, standing)
    }
    return standing
  }

  forget({ id }: LocalAccount, key: RegistrationKey): void {
    const standings = this.#accounts.get(id)
    if (standings?.delete(key) && standings.size === 0) this.#accounts.delete(id)
  }

  forgetAll({ id }: LocalAccount): void {
    this.#accounts.delete(id)
  }

  /**
   * A device is back and can be woken anew. One that nobody knows may be any of those that registered: a client can
   * choose another resource each time.
   */
  back({ account, resource }: Session): void {
    const standings = [...(this.#accounts.get(account.id)?.values() ?? [])]
    const its = standings.filter(({ device }) => device === resource)
    for (const standing of its.length > 0 ? its : standings) {
      standing.woken = undefined
      standing.late = undefined
    }
  }
}
