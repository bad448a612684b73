/** What the command line can have done about what sets accounts apart. */

import type { Accounts } from '../accounts/accounts.ts'
import type { Mark, Marks } from '../accounts/marks.ts'
import { type Handler, Refused } from '../operations/control.ts'
import { parseBareJid } from '../protocol/jid.ts'

export interface MarkHandlerParts {
  readonly accounts: Accounts
  readonly marks: Marks
}

export function markHandlers({ accounts, marks }: MarkHandlerParts): Readonly<Record<string, Handler>> {
  const setting =
    (mark: Mark): Handler =>
    async ({ jid, on }) => {
      const parsed = typeof jid === 'string' ? parseBareJid(jid) : undefined
      const account = parsed === undefined ? undefined : await accounts.findJid(parsed)
      if (account === undefined) throw new Refused('There is no such account. "sotto account list" shows all.')
      await marks.set(account, mark, on === true)
    }
  return { 'account admin': setting('admin'), 'account disable': setting('disabled') }
}
