/**
 * What the command line can have done to accounts. The running service offers these at its control socket; when it is
 * stopped the command line calls the same functions on the store itself.
 */

import { type Account, type Accounts, type Changed, type Created, jidOf, type Removed } from '../accounts/accounts.ts'
import type { PasswordWork } from '../accounts/credentials.ts'
import type { Documents } from '../accounts/documents.ts'
import { piecesWhileOpen } from '../accounts/own-keys.ts'
import { provePassword } from '../accounts/password-proof.ts'
import type { RoomAuthors } from '../archive/room-authors.ts'
import type { StoredFiles } from '../features/files/stored-files.ts'
import { type Handler, Pieces, Refused } from '../operations/control.ts'
import { ownBundle } from '../own-bundle.ts'
import { ownExport } from '../own-export.ts'
import { ownHoldings, ownSizes } from '../own-holdings.ts'
import type { Catalogue } from '../privacy/catalogue.ts'
import type { Day } from '../privacy/day.ts'
import type { Holding } from '../privacy/describe.ts'
import { type BareJid, parseBareJid } from '../protocol/jid.ts'
import type { Keyring } from '../seals/keyring.ts'
import type { Vault } from '../seals/vault.ts'
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
  /** What it takes up, in bytes. */
  readonly takes: { readonly documents: number; readonly history: number; readonly files: number }
}

export interface AccountHandlerParts {
  readonly accounts: Accounts
  readonly documents: Documents
  readonly work: PasswordWork
  readonly db: Database
  readonly keyring: Keyring
  readonly files: StoredFiles
  readonly today: () => Day
  readonly roomAuthors: RoomAuthors
  readonly vault: Pick<Vault, 'keys' | 'rooms'>
  readonly catalogue: Catalogue
}

export function accountHandlers(parts: AccountHandlerParts): Readonly<Record<string, Handler>> {
  const { accounts, keyring, files, today } = parts
  const exported = ownExport(parts)

  async function summary(account: Account): Promise<AccountSummary> {
    const leaves = await accounts.leavesOn(account)
    return { jid: jidOf(account), created: account.created, ...(leaves === undefined ? {} : { leaves }) }
  }

  async function show(jid: BareJid): Promise<AccountDetails> {
    const account = await accounts.findJid(jid)
    if (account === undefined) throw unknown(jid)
    const [holds, sizes] = [await ownHoldings(parts, account), await ownSizes(parts, [account.id])]
    return { ...(await summary(account)), holds, takes: sizes.get(account.id)! }
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
      const portable = exported({ account, ...credentials })
      if (request.files !== true) return new Pieces(piecesWhileOpen(keyring, proof, portable))
      const bundle = ownBundle({ files, today, now: Date.now }, { account: account.id, portable, language: 'en' })
      return new Pieces(piecesWhileOpen(keyring, proof, inBase64(bundle)))
    },
  }
}

async function* inBase64(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<{ readonly base64: string }> {
  for await (const piece of pieces) yield { base64: Buffer.from(piece).toString('base64') }
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
