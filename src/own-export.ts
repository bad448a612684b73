/** The file in which owners are given what is kept of their account, for the command line and the account pages. */

import { type Account, jidOf } from './accounts/accounts.ts'
import type { Documents } from './accounts/documents.ts'
import { type Exported, type ExportedMessage, type ExportParts, exportAccount, keptNs } from './accounts/export.ts'
import { messageIdKey, messageIdOf } from './accounts/message-ids.ts'
import { accountShelf, type EpochReaderParts } from './archive/epoch-reader.ts'
import { History } from './archive/history.ts'
import type { RoomAuthors } from './archive/room-authors.ts'
import { type RoomWordsParts, wordsInRooms } from './archive/room-words.ts'
import { waitingTexts } from './archive/waiting-texts.ts'
import { wholeHistory } from './archive/whole-history.ts'
import type { Catalogue, TableDeclaration } from './privacy/catalogue.ts'
import { type Element, xml } from './protocol/xml/element.ts'
import type { Keyring } from './seals/keyring.ts'
import type { Vault } from './seals/vault.ts'
import type { Database } from './storage/database.ts'

export interface OwnExportParts {
  readonly documents: Documents
  readonly db: Database
  readonly keyring: Keyring
  readonly catalogue: Catalogue
  readonly roomAuthors: RoomAuthors
  readonly vault: Pick<Vault, 'keys' | 'rooms'>
}

/** Pieces of the file; the account has to be open while they are taken. */
export function ownExport({
  documents,
  db,
  keyring,
  catalogue,
  roomAuthors,
  vault,
}: OwnExportParts): (of: Exported) => AsyncIterable<string> {
  const reading = { db, seals: keyring, corrupt: () => undefined }
  const inRooms: RoomWordsParts = {
    db,
    authors: roomAuthors,
    seals: { room: room => vault.rooms.keys(room), words: account => vault.keys(account)?.words },
    corrupt: () => undefined,
  }
  const parts: ExportParts = {
    documents,
    collections: catalogue.collections,
    kept: account => keptRows(db, catalogue, account),
    waiting: account => waitingTexts(reading, account),
    history: account => historyOf(reading, account),
    inRooms: account => saidInRooms(inRooms, account),
  }
  return exported => exportAccount(parts, exported)
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

/** What an account said in rooms, with the ids by which everybody in the room knows it. */
async function* saidInRooms(parts: RoomWordsParts, account: Account): AsyncGenerator<ExportedMessage> {
  const idOf = messageIdOf(await messageIdKey(parts.db))
  for await (const { seq, time, text } of wordsInRooms(parts, jidOf(account))) yield { id: idOf(seq), time, text }
}

/** Rows about the account, in tables that the catalogue has told to its owner. */
async function* keptRows(db: Database, { tables }: Catalogue, account: number): AsyncGenerator<Element> {
  for (const table of tables) {
    const { toldAs } = table.facts
    const names = columnsForPeople(table)
    if (toldAs === undefined || table.owner === undefined || names.length === 0) continue
    const columns = names.join(', ')
    const rows = await db.all(`SELECT ${columns} FROM ${table.name} WHERE ${table.owner} = ? ORDER BY ${columns}`, [
      account,
    ])
    for (const row of rows) {
      const given = names.flatMap(name => (row[name] === null ? [] : [[name, textOf(row[name]!)] as const]))
      const [contents] = given.filter(([name]) => table.columns[name]!.kind === 'contents')
      const attributes = Object.fromEntries(given.filter(([name]) => name !== contents?.[0]))
      yield xml(toldAs, { xmlns: keptNs, ...attributes }, contents?.[1])
    }
  }
}

const forPeople: ReadonlySet<string> = new Set(['number', 'text', 'name', 'day', 'contents'])

function columnsForPeople({ columns, owner }: TableDeclaration): string[] {
  return Object.keys(columns).filter(name => name !== owner && forPeople.has(columns[name]!.kind))
}

function textOf(value: string | number | Uint8Array): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : String(value)
}
