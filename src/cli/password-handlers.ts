/** What the command line can have done about passwords and about what they open. */

import type { Accounts } from '../accounts/accounts.ts'
import type { PasswordWork } from '../accounts/credentials.ts'
import { newRecoveryCode } from '../accounts/recovery.ts'
import { type Handler, Refused } from '../operations/control.ts'
import type { Keyring } from '../seals/keyring.ts'
import { insist, jidIn, passwordIn, unknown } from './account-handlers.ts'

export interface PasswordHandlerParts {
  readonly accounts: Accounts
  readonly work: PasswordWork
  readonly keyring: Keyring
}

/** `lost`: the history that there was opens at most with the recovery code. */
export interface PasswordAnswer {
  readonly history: 'kept' | 'lost'
}

export interface SealAnswer {
  /** Whether there is a recovery code. */
  readonly recovery: boolean
}

export interface RecoveryAnswer {
  readonly code: string
}

export function passwordHandlers({ accounts, work, keyring }: PasswordHandlerParts): Readonly<Record<string, Handler>> {
  return {
    'account passwd': async (request): Promise<PasswordAnswer> => {
      const jid = jidIn(request)
      const code = typeof request.code === 'string' ? request.code : undefined
      const result = await accounts.setPassword(jid, passwordIn(request), 'operator', code)
      insist(jid, result)
      return { history: result.done ? result.history : 'lost' }
    },

    'account seal': async (request): Promise<SealAnswer> => {
      const jid = jidIn(request)
      const account = await accounts.findJid(jid)
      if (account === undefined) throw unknown(jid)
      return { recovery: await keyring.hasRecovery(account.id) }
    },

    'account recovery': async (request): Promise<RecoveryAnswer> => {
      const jid = jidIn(request)
      const made = await newRecoveryCode({ accounts, work, keyring }, jid, passwordIn(request))
      if (made === 'unknown') throw unknown(jid)
      if (made === 'wrong') throw new Refused(`This is not the password of ${jid}.`)
      if (made === 'busy') throw new Refused('The server is busy. Please try again in a moment.')
      if (made === 'sealed') throw new Refused(`The history of ${jid} does not open with its password any more.`)
      return { code: made.code }
    },
  }
}
