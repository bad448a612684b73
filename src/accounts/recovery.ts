/** Recovery codes: what opens an account's history when its password is forgotten. */

import type { BareJid } from '../protocol/jid.ts'
import type { Keyring } from '../seals/keyring.ts'
import type { Accounts } from './accounts.ts'
import type { PasswordWork } from './credentials.ts'
import { provePassword } from './password-proof.ts'

export interface RecoveryParts {
  readonly accounts: Accounts
  readonly work: PasswordWork
  readonly keyring: Keyring
}

/** `sealed`: the history does not open with the password any more. */
export type NewCode = { readonly code: string } | 'unknown' | 'wrong' | 'busy' | 'sealed'

/** A new code for an account whose password is given, to be shown once; any earlier one ends. */
export async function newRecoveryCode(
  { accounts, work, keyring }: RecoveryParts,
  jid: BareJid,
  password: string,
): Promise<NewCode> {
  const proof = await provePassword({ accounts, work }, jid, password)
  if (typeof proof === 'string') return proof
  const { account, clientKey } = proof
  const release = keyring.hold(account.id)
  try {
    await keyring.unlock(account.id, clientKey)
    const code = await keyring.addRecovery(account.id)
    return code === undefined ? 'sealed' : { code }
  } finally {
    clientKey.key.fill(0)
    keyring.arrived(account.id)
    release()
  }
}
