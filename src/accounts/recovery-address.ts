import { createHmac, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { collection } from '../privacy/catalogue.ts'
import { type MailAddress, mailAddressKey } from '../protocol/mail-address.ts'
import type { Documents } from './documents.ts'

export const recoveryAddressCollection = collection('recovery-address', {
  why: 'recognises the e-mail address for a lost password when its owner types it; the address cannot be read from it',
  keep: 'until the owner removes it',
  reader: 'server',
  // Whoever knows the address learns nothing from this, and nobody else either.
  exported: () => [],
})

/** The only document of the collection. */
const key = ''

/** What a typed address comes down to. To be kept, or compared; nothing else can be done with it. */
export type AddressMark = string

/** About 40 ms and 16 MiB each: who has stolen everything still has to try every address for every account. */
const stretching: ScryptOptions = { N: 16_384, r: 8, p: 1 }
const markBytes = 32
const none = Buffer.alloc(markBytes)

export interface RecoveryAddressesParts {
  readonly documents: Documents
  /** A secret of the service that outlives restarts, at least 32 bytes. */
  readonly secret: Uint8Array
}

/**
 * The address that a lost password is recovered by, if its owner has given one. It is not kept: only a stretched hash under a
 * secret of the service, different for each account. So nobody can write to it who has not just been told it by its owner.
 */
export class RecoveryAddresses {
  readonly #parts: RecoveryAddressesParts

  constructor(parts: RecoveryAddressesParts) {
    this.#parts = parts
  }

  /** What would be kept of an address of an account. */
  async markOf(account: number, address: MailAddress): Promise<AddressMark> {
    const salt = createHmac('sha256', this.#parts.secret).update(`recovery address ${account}`).digest()
    return (await stretched(mailAddressKey(address), salt)).toString('base64url')
  }

  async keep(account: number, mark: AddressMark): Promise<void> {
    await this.#parts.documents.put(account, recoveryAddressCollection, key, mark)
  }

  async has(account: number): Promise<boolean> {
    return (await this.#parts.documents.get(account, recoveryAddressCollection, key)) !== undefined
  }

  /** Resolves with whether there was one. */
  async remove(account: number): Promise<boolean> {
    return this.#parts.documents.remove(account, recoveryAddressCollection, key)
  }

  /** Whether that is the address of that account. Costs the same for accounts without one, and for no account. */
  async matches(account: number | undefined, address: MailAddress): Promise<boolean> {
    const kept = await this.#parts.documents.get(account ?? 0, recoveryAddressCollection, key)
    const mark = Buffer.from(await this.markOf(account ?? 0, address), 'base64url')
    const wanted = kept === undefined ? none : Buffer.from(kept, 'base64url')
    return wanted.length === mark.length && timingSafeEqual(wanted, mark) && account !== undefined && kept !== undefined
  }
}

function stretched(text: string, salt: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(text, salt, markBytes, stretching, (error, made) => (error === null ? resolve(made) : reject(error)))
  })
}
