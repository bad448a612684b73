import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { accountsTable, documentsTable, storeFiles } from '../../accounts/tables.ts'
import type { BlobDraft } from '../../blobs/blob-store.ts'
import { localDisk } from '../../blobs/local-disk.ts'
import { catalogue, schemaOf } from '../../privacy/catalogue.ts'
import { backends } from '../../storage/contract/backends.ts'
import { StoredFiles } from './stored-files.ts'
import { filesTable, uploadedFiles } from './table.ts'

const kept = catalogue({
  accounts: accountsTable,
  documents: documentsTable,
  tables: [accountsTable, documentsTable, filesTable],
  collections: [],
  files: [storeFiles, uploadedFiles],
})
const juliet = 11
const romeo = 12
const nameOf = (digit: string) => digit.repeat(64)

for (const backend of backends) {
  async function fresh(t: TestContext) {
    const { db, end } = await backend.fresh(schemaOf(kept))
    const directory = mkdtempSync(join(tmpdir(), 'sotto-files-'))
    t.after(async () => {
      await end()
      rmSync(directory, { recursive: true })
    })
    let today = '2026-11-22'
    const blobs = localDisk({ directory, now: () => Date.parse(today) })
    const make = () => new StoredFiles({ db, blobs, today: () => today })
    const files = make()
    for (const id of [juliet, romeo]) {
      await db.run('INSERT INTO accounts (id, localpart, domain, created) VALUES (?, ?, ?, ?)', [
        id,
        `p${id}`,
        'd',
        today,
      ])
    }
    const draftOf = async (blob: string, size = 3000) => {
      const draft = await blobs.begin(blob)
      await draft.write(Buffer.alloc(size))
      return draft
    }
    const add = async (account: number, digit: string, ends?: string) =>
      files.keep({ account, blob: nameOf(digit), size: 3000, ends }, await draftOf(nameOf(digit)))
    const onDisk = () =>
      readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(({ name }) => name[0])
        .sort()
        .join('')
    const inTable = async () =>
      (await db.all('SELECT hex(blob) AS blob FROM files ORDER BY blob'))
        .map(({ blob }) => String(blob)[0]!.toLowerCase())
        .join('')
    return { db, files, blobs, add, draftOf, onDisk, inTable, directory, make, goTo: (day: string) => (today = day) }
  }

  describe(`stored files on ${backend.name}`, () => {
    test('are there once they are kept, and count for their owner', async t => {
      const { files, add, onDisk } = await fresh(t)
      assert.equal(await add(juliet, 'a'), true)
      await add(juliet, 'b')
      await add(romeo, 'c')
      assert.equal(onDisk(), 'abc')
      assert.deepEqual(await files.usage(juliet), { files: 2, kib: 6, kibToday: 6, oldest: '2026-11-22' })
      assert.deepEqual(await files.list(romeo), [{ blob: nameOf('c'), day: '2026-11-22', kib: 3 }])
    })

    test('go when their owner says so; nobody deletes another’s', async t => {
      const { files, add, onDisk, inTable } = await fresh(t)
      await add(juliet, 'a')
      await add(juliet, 'b')
      assert.equal(await files.remove(romeo, [nameOf('a')]), 0)
      assert.equal(await files.remove(juliet, [nameOf('a'), nameOf('f')]), 1)
      assert.equal(onDisk(), 'b')
      assert.equal(await inTable(), 'b')
    })

    test('what came and went today still counts for today, and no longer for the space', async t => {
      const { files, add, goTo } = await fresh(t)
      await add(juliet, 'a')
      await add(juliet, 'b')
      await files.remove(juliet, [nameOf('a')])
      assert.deepEqual(await files.usage(juliet), { files: 1, kib: 3, kibToday: 6, oldest: '2026-11-22' })
      assert.equal((await files.usage(romeo)).kibToday, 0)
      goTo('2026-11-23')
      assert.equal((await files.usage(juliet)).kibToday, 0)
    })

    test('end by days, and those with an end of their own on the day after it', async t => {
      const { files, add, goTo, onDisk, inTable } = await fresh(t)
      await add(juliet, 'a')
      await add(juliet, 'b', '2026-11-23')
      goTo('2026-11-23')
      await add(juliet, 'c')
      assert.deepEqual([...(await files.days())].sort(), ['2026-11-22', '2026-11-23'])
      assert.equal(onDisk(), 'abc')
      await files.endDue('2026-11-23')
      assert.equal(onDisk(), 'abc')
      await files.endDue('2026-11-24')
      assert.equal(onDisk(), 'ac')
      await files.drop('2026-11-22')
      assert.equal(onDisk(), 'c')
      assert.equal(await inTable(), 'c')
    })

    test('end with their account, also those that are just being kept, and none come after it', async t => {
      const { files, add, draftOf, onDisk, inTable } = await fresh(t)
      await add(juliet, 'a')
      await add(romeo, 'e')
      const late = await draftOf(nameOf('c'))
      const underway = add(juliet, 'b')
      await underway
      const keeping = files.keep({ account: juliet, blob: nameOf('c'), size: 3000, ends: undefined }, late)
      await files.erase(juliet)
      assert.equal(await keeping, true)
      assert.equal(onDisk(), 'e')
      assert.equal(await inTable(), 'e')
      assert.equal(await add(juliet, 'd'), false)
      assert.equal(onDisk(), 'e')
    })

    test('end with all others where their owner ends them while they are just being kept', async t => {
      const { files, draftOf, onDisk, inTable } = await fresh(t)
      const real = await draftOf(nameOf('a'))
      let seen = (): void => {}
      const isKnown = new Promise<void>(resolve => (seen = resolve))
      let goOn = (): void => {}
      const told = new Promise<void>(resolve => (goOn = resolve))
      const draft: BlobDraft = {
        write: bytes => real.write(bytes),
        finish: () => real.finish(),
        commit: async () => {
          seen()
          await told
          await real.commit()
        },
        discard: () => real.discard(),
      }
      const keeping = files.keep({ account: juliet, blob: nameOf('a'), size: 3000, ends: undefined }, draft)
      await isKnown
      assert.equal(await inTable(), 'a')
      const ending = files.purge(juliet)
      // Whatever does not wait for the blob has ended its row by then, and looked for the blob in vain.
      for (let looks = 0; looks < 100 && (await inTable()) !== ''; looks++);
      goOn()
      assert.equal(await keeping, true)
      assert.equal(await ending, 1)
      assert.deepEqual([onDisk(), await inTable()], ['', ''])
    })

    test('of an account that is gone are not kept', async t => {
      const { db, files, add, onDisk } = await fresh(t)
      await db.run('DELETE FROM accounts WHERE id = ?', [juliet])
      files.erased(juliet)
      assert.equal(await add(juliet, 'a'), false)
      assert.equal(onDisk(), '')
    })

    test('leave nothing behind where the disk fails at the last moment, and can be tried again', async t => {
      const { files, add, draftOf, onDisk, inTable } = await fresh(t)
      const full = Object.assign(new Error('the disk is full'), { code: 'ENOSPC' })
      const keep = (draft: BlobDraft) =>
        files.keep({ account: juliet, blob: nameOf('a'), size: 3000, ends: undefined }, draft)
      const failing = async (part: Partial<BlobDraft>) => {
        const draft = await draftOf(nameOf('a'))
        const bound: BlobDraft = {
          write: piece => draft.write(piece),
          finish: () => draft.finish(),
          commit: () => draft.commit(),
          discard: () => draft.discard(),
        }
        await assert.rejects(keep({ ...bound, ...part }), /the disk is full/)
        assert.equal(onDisk(), '')
        assert.equal(await inTable(), '')
      }
      await failing({ finish: () => Promise.reject(full) })
      await failing({ commit: () => Promise.reject(full) })
      // In sight, and not known to last.
      const shown = await draftOf(nameOf('a'))
      const halfway: BlobDraft = {
        write: piece => shown.write(piece),
        finish: () => shown.finish(),
        commit: async () => {
          await shown.commit()
          throw full
        },
        discard: () => shown.discard(),
      }
      await assert.rejects(keep(halfway), /the disk is full/)
      assert.equal(onDisk(), '')
      assert.equal(await inTable(), '')
      assert.equal(await add(juliet, 'a'), true)
      assert.equal(onDisk(), 'a')
    })

    test('a second one of the same name does not end the first', async t => {
      const { add, onDisk, inTable } = await fresh(t)
      await add(juliet, 'a')
      await assert.rejects(add(juliet, 'a'))
      assert.equal(onDisk(), 'a')
      assert.equal(await inTable(), 'a')
    })

    test('killed while a row is known and its blob only a draft: neither is there after the start', async t => {
      const { files, draftOf, onDisk, inTable, make } = await fresh(t)
      const draft = await draftOf(nameOf('a'))
      let known = (): void => {}
      const reached = new Promise<void>(resolve => {
        known = resolve
      })
      const stopped: BlobDraft = {
        write: piece => draft.write(piece),
        finish: () => draft.finish(),
        commit: () => {
          known()
          return new Promise(() => {})
        },
        discard: () => draft.discard(),
      }
      void files.keep({ account: juliet, blob: nameOf('a'), size: 3000, ends: undefined }, stopped)
      await reached
      assert.equal(await inTable(), 'a')
      assert.deepEqual(await make().reconcile(), { drafts: 1, blobs: 0, rows: 1 })
      assert.equal(onDisk(), '')
      assert.equal(await inTable(), '')
      await draft.discard()
    })

    test('what a crash left half done is put right at the start', async t => {
      const { db, files, blobs, add, draftOf, onDisk, inTable, directory, make } = await fresh(t)
      for (const digit of ['a', 'b', '0', 'f']) await add(juliet, digit)
      // A row without its blob: killed between the two, or in the middle of deleting.
      unlinkSync(join(directory, 'bb', nameOf('b')))
      // A blob without its row.
      const orphan = await draftOf(nameOf('c'))
      await orphan.finish()
      await orphan.commit()
      // An upload in the middle.
      writeFileSync(join(directory, 'drafts', 'half'), 'half')
      assert.equal(onDisk(), '0acfh')
      const gone = await make().reconcile()
      assert.deepEqual(gone, { drafts: 1, blobs: 1, rows: 1 })
      assert.equal(onDisk(), '0af')
      assert.equal(await inTable(), '0af')
      assert.deepEqual(await make().reconcile(), { drafts: 0, blobs: 0, rows: 0 })
      assert.equal((await db.all('SELECT blob FROM files')).length, 3)
      assert.notEqual(await blobs.stat(nameOf('a')), undefined)
      assert.equal((await files.list(juliet)).length, 3)
    })
  })
}
