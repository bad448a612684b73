/** What is held of an account, counted: for the command line and the account pages. */

import { type Account, jidOf } from './accounts/accounts.ts'
import type { Documents } from './accounts/documents.ts'
import type { RoomAuthors } from './archive/room-authors.ts'
import { roomEntriesTable } from './archive/room-tables.ts'
import { historySizes } from './archive/sizes.ts'
import type { StoredFiles } from './features/files/stored-files.ts'
import type { Catalogue } from './privacy/catalogue.ts'
import { describeAccount, type Holding } from './privacy/describe.ts'
import type { AccountSize } from './site/portal/parts.ts'
import type { Database } from './storage/database.ts'

export interface SizeParts {
  readonly db: Database
  readonly documents: Pick<Documents, 'amount'>
  readonly files: Pick<StoredFiles, 'usage'>
}

/** What accounts take up, in bytes. Nothing is opened for it. */
export async function ownSizes(
  { db, documents, files }: SizeParts,
  accounts: readonly number[],
): Promise<Map<number, AccountSize>> {
  const history = await historySizes(db, accounts)
  const sizes = new Map<number, AccountSize>()
  for (const account of accounts) {
    const [{ bytes }, { kib }] = await Promise.all([documents.amount(account), files.usage(account)])
    sizes.set(account, { documents: bytes, history: history.get(account)?.bytes ?? 0, files: kib * 1024 })
  }
  return sizes
}

export interface HoldingsParts {
  readonly db: Database
  readonly catalogue: Catalogue
  readonly roomAuthors: Pick<RoomAuthors, 'count'>
}

const { name, facts } = roomEntriesTable

/** Everything that the catalogue lists about the account, and what is kept for rooms and is by the account. */
export async function ownHoldings({ db, catalogue, roomAuthors }: HoldingsParts, account: Account): Promise<Holding[]> {
  const inRooms: Holding = {
    what: name,
    why: ['what the account said in rooms of this service, kept for those who may enter them'],
    keep: facts.keep,
    reader: facts.reader,
    count: await roomAuthors.count(jidOf(account)),
  }
  return [...(await describeAccount(db, catalogue, account.id)), inRooms]
}
