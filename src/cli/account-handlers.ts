/**
 * What the command line can have done to accounts. The running service offers these at its control socket; when it is
 * stopped the command line calls the same functions on the store itself.
 */

import { type Accounts, type Changed, type Created, jidOf } from '../accounts/accounts.ts'
import { type Handler, Refused } from '../operations/control.ts'
import type { Catalogue } from '../privacy/catalogue.ts'
import { describeAccount, type Holding } from '../privacy/describe.ts'
import { type BareJid, parseBareJid } from '../protocol/jid.ts'
import type { Database } from '../storage/database.ts'

export interface AccountSummary {
  readonly jid: string
  /** The day it was made. */
  readonly created: string
}

export interface AccountDetails extends AccountSummary {
  /** Everything that the privacy catalogue lists about accounts, with how much of it this one has. */
  readonly holds: readonly Holding[]
}

export interface AccountHandlerParts {
  readonly accounts: Accounts
  readonly db: Database
  readonly catalogue: Catalogue
}

export function accountHandlers({ accounts, db, catalogue }: AccountHandlerParts): Readonly<Record<string, Handler>> {
  async function show(jid: BareJid): Promise<AccountDetails> {
    const account = await accounts.findJid(jid)
    if (account === undefined) throw unknown(jid)
    return { jid, created: account.created, holds: await describeAccount(db, catalogue, account.id) }
  }

  return {
    'account create': async request => {
      const jid = jidIn(request)
      insist(jid, await accounts.create(jid, passwordIn(request), 'operator'))
    },
    'account passwd': async request => {
      const jid = jidIn(request)
      insist(jid, await accounts.setPassword(jid, passwordIn(request), 'operator'))
    },
    'account delete': async request => {
      const jid = jidIn(request)
      insist(jid, await accounts.remove(jid))
    },
    'account list': async (): Promise<AccountSummary[]> =>
      (await accounts.list()).map(account => ({ jid: jidOf(account), created: account.created })),
    'account show': async request => show(jidIn(request)),
  }
}

function insist(jid: BareJid, result: Created | Changed): void {
  if (result.done) return
  if (result.because === 'unknown') throw unknown(jid)
  throw new Refused(result.because === 'taken' ? `There is already an account ${jid}.` : result.tell)
}

function unknown(jid: BareJid): Refused {
  return new Refused(`There is no account ${jid}. "sotto account list" shows all.`)
}

function jidIn({ jid }: Readonly<Record<string, unknown>>): BareJid {
  const parsed = typeof jid === 'string' ? parseBareJid(jid) : undefined
  if (parsed === undefined) throw new Refused('This is not the address of an account.')
  return parsed
}

function passwordIn({ password }: Readonly<Record<string, unknown>>): string {
  if (typeof password !== 'string') throw new Refused('A password is missing.')
  return password
}
