import { collection } from '../privacy/catalogue.ts'
import type { Database } from '../storage/database.ts'
import type { Account, Accounts } from './accounts.ts'
import type { Documents } from './documents.ts'
import type { Marks } from './marks.ts'

export const suspensionCollection = collection('suspension', {
  why: 'why those who run the service disabled the account, as its owner is told',
  keep: 'until the account is enabled again',
  reader: 'server',
  exported: () => [],
})

/** What is told where nobody said why. */
export const disabledText = 'This account is disabled.'

/** The only document of the collection. */
const key = ''

export interface SuspensionsParts {
  readonly db: Database
  readonly accounts: Accounts
  readonly documents: Documents
  readonly marks: Marks
}

/** Why accounts are disabled. The few there are, all in memory: whoever tries to sign in is told. */
export class Suspensions {
  readonly #parts: SuspensionsParts
  readonly #reasons = new Map<number, string>()

  private constructor(parts: SuspensionsParts) {
    this.#parts = parts
    parts.accounts.on('removed', ({ id }) => void this.#reasons.delete(id))
    // Whoever enables an account by another way ends the reason too.
    parts.marks.watch(async ({ id }, mark, on) => {
      if (mark === 'disabled' && !on) await this.#forget(id)
    })
  }

  static async open(parts: SuspensionsParts): Promise<Suspensions> {
    const suspensions = new Suspensions(parts)
    const { name } = suspensionCollection
    for (const { account } of await parts.db.all('SELECT account FROM documents WHERE collection = ?', [name])) {
      // Somebody may have enabled it while the service was stopped.
      if (!parts.marks.has(Number(account), 'disabled')) {
        await suspensions.#forget(Number(account))
        continue
      }
      const reason = await parts.documents.get(Number(account), suspensionCollection, key)
      if (reason !== undefined) suspensions.#reasons.set(Number(account), reason)
    }
    return suspensions
  }

  /** What the owner is told who tries to sign in; undefined where nothing is in the way. */
  refusalFor(account: number): string | undefined {
    return this.#parts.marks.has(account, 'disabled') ? this.#reasons.get(account) || disabledText : undefined
  }

  /** Nobody can sign in to it any more. */
  async suspend(account: Account, reason: string): Promise<void> {
    await this.#parts.documents.put(account.id, suspensionCollection, key, reason)
    this.#reasons.set(account.id, reason)
    await this.#parts.marks.set(account, 'disabled', true)
  }

  async end(account: Account): Promise<void> {
    await this.#parts.marks.set(account, 'disabled', false)
  }

  async #forget(account: number): Promise<void> {
    this.#reasons.delete(account)
    await this.#parts.documents.remove(account, suspensionCollection, key)
  }
}
