/** An archive with two accounts that are open, whose clock stands still until it is set. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { accountsTable, accountTables, documentsTable, storeFiles } from '../../src/accounts/tables.ts'
import { Archive, type Kept, type NewEntry, type Owner } from '../../src/archive/archive.ts'
import type { Entry } from '../../src/archive/epoch-reader.ts'
import type { HistoryPage, HistoryQuery } from '../../src/archive/history.ts'
import { archiveFiles, archiveTables } from '../../src/archive/tables.ts'
import { catalogue, schemaOf } from '../../src/privacy/catalogue.ts'
import { Keyring } from '../../src/seals/keyring.ts'
import { sealTables } from '../../src/seals/tables.ts'
import type { backends, Fresh } from '../../src/storage/contract/backends.ts'

export const kept = catalogue({
  accounts: accountsTable,
  documents: documentsTable,
  tables: [...accountTables, ...sealTables, ...archiveTables],
  collections: [],
  files: [storeFiles, archiveFiles],
})
export const noon = Date.UTC(2026, 10, 22, 12)
export const DAY = 86_400_000
export const login = { hash: 'SHA-256', key: randomBytes(32) } as const
export const JULIET = 4_000_000_000_000_001
export const ROMEO = 12

export class ArchiveHouse {
  readonly clock = { now: noon }
  corrupt = 0
  seq = 1000
  store!: Fresh
  keyring!: Keyring
  archive!: Archive
  owners!: Record<number, Owner>
  limits = { messages: 1000, bytes: 1_000_000 }

  static async build(t: TestContext, backend: (typeof backends)[number]): Promise<ArchiveHouse> {
    const house = new ArchiveHouse()
    house.store = await backend.fresh(schemaOf(kept), { access: 'service' })
    t.after(() => house.store.end())
    house.#keyring()
    for (const id of [JULIET, ROMEO]) {
      await house.store.db.unit([
        [
          'INSERT INTO accounts (id, localpart, domain, created) VALUES (?, ?, ?, ?)',
          [id, `user${id}`, 'capulet.lit', '2026-11-22'],
        ],
        ...house.keyring.created(id, [login]),
      ])
    }
    await house.#open()
    return house
  }

  #keyring(): void {
    this.keyring = new Keyring({ db: this.store.db, seal: 'owner', serverKey: () => undefined })
  }

  async #open(): Promise<void> {
    for (const id of [JULIET, ROMEO]) {
      this.keyring.hold(id)
      await this.keyring.unlock(id, login)
    }
    const seals = [JULIET, ROMEO].map(async id => [id, { id, seal: await this.keyring.publicOf(id) }])
    this.owners = Object.fromEntries(await Promise.all(seals))
    this.archive = await Archive.open({
      db: this.store.db,
      seals: this.keyring,
      limits: this.limits,
      now: () => this.clock.now,
      corrupt: () => this.corrupt++,
    })
  }

  /** As if the process had ended and begun again. */
  async restart(): Promise<void> {
    this.store = await this.store.reopen()
    this.#keyring()
    await this.#open()
  }

  append(text: string, more: Partial<Omit<NewEntry, 'owner' | 'text'>> & { of?: number } = {}): Kept {
    const { of = JULIET, contact = 'romeo@montague.lit', ...rest } = more
    const entry = this.archive.append({
      owner: this.owners[of]!,
      seq: this.seq++,
      peer: `${contact}/orchard`,
      contact,
      text,
      sent: false,
      waiting: false,
      archived: true,
      ...rest,
    })
    assert.ok(typeof entry === 'object', String(entry))
    return entry
  }

  async page(query: Partial<HistoryQuery> = {}, of = JULIET): Promise<HistoryPage<Entry>> {
    const page = await this.archive.history.page(of, { limit: 1000, backwards: false, ...query })
    assert.ok(page !== 'not found')
    return page
  }

  async texts(query: Partial<HistoryQuery> = {}, of = JULIET): Promise<string[]> {
    return (await this.page(query, of)).entries.map(entry => entry.text)
  }

  async waitingTexts(of = JULIET): Promise<string[]> {
    return (await this.archive.waiting(of, 0, 100)).found.map(entry => entry.text)
  }
}

export const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i))
