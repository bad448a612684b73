import { timingSafeEqual } from 'node:crypto'
import { type BareJid, domainOf, localpartOf } from '../protocol/jid.ts'
import type { Accounts, Credentials } from './accounts.ts'
import { type HashName, hashNames, type PasswordWork, passwordBytes } from './credentials.ts'

/** An account whose password was given. */
export interface Proof extends Credentials {
  /** What opens what only its owner opens (RFC 5802 §3); never to be kept. */
  readonly clientKey: { readonly hash: HashName; readonly key: Uint8Array }
}

/**
 * Whether a password is that of an account. For those who know anyhow which accounts there are: a name that does not exist is
 * answered sooner than a wrong password.
 */
export async function provePassword(
  { accounts, work }: { readonly accounts: Accounts; readonly work: PasswordWork },
  jid: BareJid,
  password: string,
): Promise<Proof | 'unknown' | 'wrong' | 'busy'> {
  const found = await accounts.credentials(localpartOf(jid), domainOf(jid))
  if (found === undefined) return 'unknown'
  const bytes = passwordBytes(password)
  const verifier = hashNames.flatMap(hash => found.verifiers.find(one => one.hash === hash) ?? [])[0]
  if (bytes === undefined || verifier === undefined) return 'wrong'
  const { hash, salt, iterations, storedKey } = verifier
  const derived = await work.derive(hash, bytes, salt, iterations)
  if (derived === 'busy') return 'busy'
  return timingSafeEqual(derived.storedKey, storedKey)
    ? { ...found, clientKey: { hash, key: derived.clientKey } }
    : 'wrong'
}
