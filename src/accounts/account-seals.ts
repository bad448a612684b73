/** What an account's rows are sealed with: made before the account, destroyed before its rows. */

import { bound, open, seal, wipe } from '../seals/envelope.ts'
import type { Keyring, LoginKey } from '../seals/keyring.ts'
import type { Vault } from '../seals/vault.ts'
import type { NewVerifier } from './accounts.ts'
import type { Verifier } from './credentials.ts'

export interface AccountSeals {
  readonly vault: Pick<Vault, 'add' | 'destroy' | 'credentialsKey'>
  readonly keyring: Pick<Keyring, 'created' | 'rewrap'>
}

type VerifierKeys = Pick<Verifier, 'storedKey' | 'serverKey'>

/** Seals what checks the password of an account. Throws if the account has no key. */
export function sealVerifiers(
  { vault }: AccountSeals,
  account: number,
  verifiers: readonly NewVerifier[],
): readonly Verifier[] {
  const key = vault.credentialsKey(account)
  if (key === undefined) throw new Error('There is no key for this account: it is being erased.')
  const sealed = verifiers.map(({ hash, salt, iterations, storedKey, serverKey }) => ({
    hash,
    salt,
    iterations,
    storedKey: seal(key, storedKey, binding(account, hash, 'stored')),
    serverKey: seal(key, serverKey, binding(account, hash, 'server')),
  }))
  wipe(key)
  return sealed
}

/**
 * Opens what checks the passwords of an account. What does not open is left out: nobody can sign in with that.
 * Costs the same for every account, whether it was asked for lately or not.
 */
export function openVerifiers({ vault }: AccountSeals, account: number, sealed: readonly Verifier[]): Verifier[] {
  const key = vault.credentialsKey(account)
  if (key === undefined) return []
  const opened = sealed.flatMap(verifier => {
    const keys = openKeys(key, account, verifier)
    return keys === undefined ? [] : [{ ...verifier, ...keys }]
  })
  wipe(key)
  return opened
}

function openKeys(
  key: Uint8Array,
  account: number,
  { hash, storedKey, serverKey }: Verifier,
): VerifierKeys | undefined {
  const stored = open(key, storedKey, binding(account, hash, 'stored'))
  const server = open(key, serverKey, binding(account, hash, 'server'))
  return stored && server && { storedKey: stored, serverKey: server }
}

export function hasKey({ vault }: AccountSeals, account: number): boolean {
  const key = vault.credentialsKey(account)
  wipe(key)
  return key !== undefined
}

/** What of a new password opens keys. */
export function loginKeys(verifiers: readonly NewVerifier[]): readonly LoginKey[] {
  return verifiers.map(({ hash, clientKey }) => {
    if (clientKey === undefined)
      throw new Error('The keys of an account are wrapped with its password, which is not here.')
    return { hash, key: clientKey }
  })
}

function binding(account: number, hash: string, which: 'stored' | 'server'): Buffer {
  return bound('sotto verifier', account, hash, which)
}
