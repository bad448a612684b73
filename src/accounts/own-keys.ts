/** What only the password of an account opens, opened for as long as something is done with it. */

import type { Keyring } from '../seals/keyring.ts'
import type { Account } from './accounts.ts'
import type { ClientKey } from './sign-in/types.ts'

/** An account whose password was given. */
export interface Proven {
  readonly account: Account
  readonly clientKey: ClientKey
}

/** Resolves with what the work resolves with; `clientKey` is wiped at once. */
export async function whileOpen<T>(keyring: Keyring, proven: Proven, work: () => Promise<T>): Promise<T> {
  const release = await opened(keyring, proven)
  try {
    return await work()
  } finally {
    release()
  }
}

/** The same for what is made piece by piece. */
export async function* piecesWhileOpen<T>(
  keyring: Keyring,
  proven: Proven,
  pieces: AsyncIterable<T>,
): AsyncGenerator<T> {
  const release = await opened(keyring, proven)
  try {
    yield* pieces
  } finally {
    release()
  }
}

async function opened(keyring: Keyring, { account: { id }, clientKey }: Proven): Promise<() => void> {
  const release = keyring.hold(id)
  try {
    if (await keyring.unlock(id, clientKey)) keyring.arrived(id)
    clientKey.key.fill(0)
    return release
  } catch (thrown) {
    release()
    throw thrown
  }
}
