/** An archive of rooms with a vault of its own, whose clock stands still until it is set. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { accountsTable, accountTables, documentsTable, storeFiles } from '../../src/accounts/tables.ts'
import type { HistoryQuery } from '../../src/archive/history.ts'
import { type NewWords, RoomArchive } from '../../src/archive/room-archive.ts'
import { RoomAuthors } from '../../src/archive/room-authors.ts'
import { roomArchiveFiles, roomArchiveTables } from '../../src/archive/room-tables.ts'
import { catalogue, schemaOf } from '../../src/privacy/catalogue.ts'
import { openVault, type Vault } from '../../src/seals/vault.ts'
import { backends, type Fresh } from '../../src/storage/contract/backends.ts'

const kept = catalogue({
  accounts: accountsTable,
  documents: documentsTable,
  tables: [...accountTables, ...roomArchiveTables],
  collections: [],
  files: [storeFiles, roomArchiveFiles],
})
export const noon = Date.UTC(2026, 10, 22, 12)
export const DAY = 86_400_000
export const BALCONY = 71
export const TOMB = 4_000_000_000_000_072
export const JULIET = { author: 'juliet@capulet.lit', account: 5 }
export const ROMEO = { author: 'romeo@capulet.lit', account: 6 }
/** From another server. */
export const NURSE = { author: 'nurse@verona.lit', account: undefined }

export class RoomArchiveHouse {
  readonly clock = { now: noon }
  corrupt = 0
  seq = 1000
  store!: Fresh
  vault!: Vault
  archive!: RoomArchive
  authors!: RoomAuthors
  readonly #secrets: string

  private constructor(secrets: string) {
    this.#secrets = secrets
  }

  static async build(t: TestContext): Promise<RoomArchiveHouse> {
    const secrets = mkdtempSync(join(tmpdir(), 'sotto-rooms-'))
    const house = new RoomArchiveHouse(secrets)
    house.store = await backends[0]!.fresh(schemaOf(kept), { access: 'service' })
    t.after(async () => {
      await house.vault.close()
      await house.store.end()
      rmSync(secrets, { recursive: true, force: true })
    })
    await house.#open()
    for (const { account } of [JULIET, ROMEO]) await house.vault.add(account)
    for (const room of [BALCONY, TOMB]) await house.vault.rooms.add(room)
    return house
  }

  async #open(): Promise<void> {
    this.vault = await openVault({
      data: join(this.#secrets, 'data'),
      path: join(this.#secrets, 'master.key'),
      today: '2026-11-22',
      mayMake: true,
    })
    const { db } = this.store
    const { vault } = this
    this.authors = new RoomAuthors({ db, rooms: vault.rooms })
    this.archive = await RoomArchive.open({
      db,
      authors: this.authors,
      seals: { room: room => vault.rooms.keys(room), words: account => vault.keys(account)?.words },
      now: () => this.clock.now,
      corrupt: () => this.corrupt++,
    })
  }

  /** As if the process had ended and begun again. */
  async restart(): Promise<void> {
    await this.vault.close()
    this.store = await this.store.reopen()
    await this.#open()
  }

  say(text: string, by: Pick<NewWords, 'author' | 'account'> = JULIET, room = BALCONY): 'kept' | 'gone' {
    return this.archive.append({ room, seq: this.seq++, openly: true, text, ...by })
  }

  async texts(query: Partial<HistoryQuery> = {}, room = BALCONY): Promise<string[]> {
    const page = await this.archive.history.page(room, { limit: 1000, backwards: false, ...query })
    return page === 'not found' ? [page] : page.entries.map(entry => entry.text)
  }
}
