/**
 * What the command line can have done to accounts. The running service offers these at its control socket; when it is
 * stopped the command line calls the same functions on the store itself.
 */

import { type Account, type Accounts, type Changed, type Created, jidOf, type Removed } from '../accounts/accounts.ts'
import type { PasswordWork } from '../accounts/credentials.ts'
import type { Documents } from '../accounts/documents.ts'
import { type ExportedMessage, type ExportParts, exportAccount } from '../accounts/export.ts'
import { messageIdKey, messageIdOf } from '../accounts/message-ids.ts'
import { type Proof, provePassword } from '../accounts/password-proof.ts'
import { accountShelf, type EpochReaderParts } from '../archive/epoch-reader.ts'
import { History } from '../archive/history.ts'
import { waitingTexts } from '../archive/waiting-texts.ts'
import { wholeHistory } from '../archive/whole-history.ts'
import { type Handler, Pieces, Refused } from '../operations/control.ts'
import type { Catalogue } from '../privacy/catalogue.ts'
import type { Day } from '../privacy/day.ts'
import { describeAccount, type Holding } from '../privacy/describe.ts'
import { type BareJid, parseBareJid } from '../protocol/jid.ts'
import type { Keyring } from '../seals/keyring.ts'
import type { Database } from '../storage/database.ts'

export interface AccountSummary {
  readonly jid: string
  /** The day it was made. */
  readonly created: string
  /** The day on which it is erased, if it is leaving. */
  readonly leaves?: string
}

export interface AccountDetails extends AccountSummary {
  /** Everything that the privacy catalogue lists about accounts, with how much of it this one has. */
  readonly holds: readonly Holding[]
}

export interface AccountHandlerParts {
  readonly accounts: Accounts
  readonly documents: Documents
  readonly work: PasswordWork
  readonly db: Database
  readonly keyring: Keyring
  readonly today: () => Day
  readonly catalogue: Catalogue
}

export function accountHandlers(parts: AccountHandlerParts): Readonly<Record<string, Handler>> {
  const { accounts, documents, db, keyring, catalogue } = parts
  const reading = { db, seals: keyring, corrupt: () => undefined }
  const exports: ExportParts = {
    documents,
    collections: catalogue.collections,
    waiting: account => waitingTexts(reading, account),
    history: account => historyOf(reading, account),
  }

  async function summary(account: Account): Promise<AccountSummary> {
    const leaves = await accounts.leavesOn(account)
    return { jid: jidOf(account), created: account.created, ...(leaves === undefined ? {} : { leaves }) }
  }

  async function show(jid: BareJid): Promise<AccountDetails> {
    const account = await accounts.findJid(jid)
    if (account === undefined) throw unknown(jid)
    return { ...(await summary(account)), holds: await describeAccount(db, catalogue, account.id) }
  }

  return {
    'account create': async request => {
      const jid = jidIn(request)
      insist(jid, await accounts.create(jid, passwordIn(request), 'operator'))
    },
    'account delete': async request => {
      const jid = jidIn(request)
      const result = await accounts.remove(jid, { now: request.now === true })
      insist(jid, result)
      return result.done && result.due !== undefined ? { leaves: result.due } : {}
    },
    'account restore': async request => {
      const jid = jidIn(request)
      insist(jid, await accounts.restore(jid))
    },
    'account list': async (): Promise<AccountSummary[]> =>
      Promise.all((await accounts.list()).map(account => summary(account))),
    'account show': async request => show(jidIn(request)),
    'account export': async request => {
      const jid = jidIn(request)
      const proof = await provePassword(parts, jid, passwordIn(request))
      if (proof === 'unknown') throw unknown(jid)
      if (proof === 'wrong') throw new Refused(`This is not the password of ${jid}.`)
      if (proof === 'busy') throw new Refused('The server is busy. Please try again in a moment.')
      const { account, verifiers } = proof
      const credentials = request.credentials === true ? { verifiers } : {}
      return new Pieces(whileOpen(keyring, proof, exportAccount(exports, { account, ...credentials })))
    },
  }
}

/** The messages in the history of an account that is open, with the ids by which apps know them. */
async function* historyOf(
  parts: EpochReaderParts & { readonly db: Database },
  account: number,
): AsyncGenerator<ExportedMessage> {
  const idOf = messageIdOf(await messageIdKey(parts.db))
  const history = new History({ db: parts.db, shelf: accountShelf(parts) })
  for await (const { seq, time, text } of wholeHistory(history, account)) yield { id: idOf(seq), time, text }
}

/** The password opens what only it opens, for as long as it takes and no longer. */
async function* whileOpen(
  keyring: Keyring,
  { account: { id }, clientKey }: Proof,
  pieces: AsyncIterable<string>,
): AsyncGenerator<string> {
  const release = keyring.hold(id)
  try {
    if (await keyring.unlock(id, clientKey)) keyring.arrived(id)
    clientKey.key.fill(0)
    yield* pieces
  } finally {
    release()
  }
}

export function insist(jid: BareJid, result: Created | Changed | Removed): void {
  if (result.done) return
  if (result.because === 'unknown') throw unknown(jid)
  throw new Refused(result.because === 'taken' ? `There is already an account ${jid}.` : result.tell)
}

export function unknown(jid: BareJid): Refused {
  return new Refused(`There is no account ${jid}. "sotto account list" shows all.`)
}

export function jidIn({ jid }: Readonly<Record<string, unknown>>): BareJid {
  const parsed = typeof jid === 'string' ? parseBareJid(jid) : undefined
  if (parsed === undefined) throw new Refused('This is not the address of an account.')
  return parsed
}

export function passwordIn({ password }: Readonly<Record<string, unknown>>): string {
  if (typeof password !== 'string') throw new Refused('A password is missing.')
  return password
}
