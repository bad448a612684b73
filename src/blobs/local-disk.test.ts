import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { BlobStore } from './blob-store.ts'
import { localDisk } from './local-disk.ts'

const name = 'ab'.repeat(32)
const now = Date.UTC(2026, 10, 22, 13, 14, 15)
const day = Date.UTC(2026, 10, 22)

let directory: string
let blobs: BlobStore

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'sotto-blobs-')), 'files')
  blobs = localDisk({ directory, now: () => now })
})
afterEach(() => rmSync(join(directory, '..'), { recursive: true }))

async function put(store: BlobStore, as: string, content: string): Promise<void> {
  const draft = await store.begin(as)
  for (const piece of content.match(/.{1,3}/gs) ?? []) await draft.write(Buffer.from(piece))
  await draft.finish()
  await draft.commit()
}

async function get(store: BlobStore, of: string, from: number, length: number): Promise<string | undefined> {
  const blob = await store.open(of)
  if (blob === undefined) return undefined
  const into = Buffer.alloc(length)
  const got = await blob.read(into, from)
  await blob.close()
  return into.toString('utf8', 0, got)
}

async function names(store: BlobStore): Promise<string[]> {
  const all: string[] = []
  for await (const each of store.list('ab')) all.push(each)
  return all
}

describe('blobs on the local disk', () => {
  test('come back whole and in parts', async () => {
    await put(blobs, name, 'But soft, what light')
    assert.equal(await get(blobs, name, 0, 100), 'But soft, what light')
    assert.equal(await get(blobs, name, 4, 4), 'soft')
    assert.equal(await get(blobs, name, 20, 4), '')
    assert.deepEqual(await blobs.stat(name), { bytes: 20 })
    assert.deepEqual(await names(blobs), [name])
  })

  test('are not there before they are committed', async () => {
    const draft = await blobs.begin(name)
    await draft.write(Buffer.from('But soft'))
    await draft.finish()
    assert.equal(await blobs.open(name), undefined)
    assert.deepEqual(await names(blobs), [])
    await draft.discard()
    await draft.discard()
    assert.deepEqual(readdirSync(join(directory, 'drafts')), [])
  })

  test('committing what is not finished is a mistake', async () => {
    const draft = await blobs.begin(name)
    await assert.rejects(draft.commit(), /finished before/)
    await draft.discard()
    assert.equal(await blobs.stat(name), undefined)
  })

  test('what an unfinished upload left behind goes at the next start', async () => {
    const half = await blobs.begin(name)
    await half.write(Buffer.from('half'))
    const finished = await blobs.begin(name)
    await finished.finish()
    const next = localDisk({ directory, now: () => now })
    assert.equal(await next.removeLeftovers(), 2)
    assert.equal(await next.removeLeftovers(), 0)
    assert.deepEqual(readdirSync(join(directory, 'drafts')), [])
    await half.discard()
    await finished.discard()
  })

  test('are deleted once; who is reading one reads on, but not its beginning', async () => {
    await put(blobs, name, `${'x'.repeat(4096)}the end`)
    const reading = await blobs.open(name)
    assert.equal(await blobs.delete(name), true)
    assert.equal(await blobs.delete(name), false)
    assert.equal(await blobs.open(name), undefined)
    const rest = Buffer.alloc(4103)
    assert.equal(await reading?.read(rest, 0), 4103)
    assert.deepEqual(rest.subarray(0, 4096), Buffer.alloc(4096))
    assert.equal(rest.toString('utf8', 4096), 'the end')
    await reading?.close()
  })

  test('are for nobody but the service, and do not tell the time', async () => {
    await put(blobs, name, 'But soft')
    const file = join(directory, 'ab', name)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    for (const path of [directory, join(directory, 'ab'), join(directory, 'drafts')]) {
      assert.equal(statSync(path).mode & 0o777, 0o700, path)
      assert.equal(statSync(path).mtimeMs, day, path)
    }
    assert.equal(statSync(file).mtimeMs, day)
    await get(blobs, name, 0, 4)
    assert.equal(statSync(file).atimeMs, day)
    await blobs.delete(name)
    assert.equal(statSync(join(directory, 'ab')).mtimeMs, day)
  })

  test('names that could lead elsewhere are refused, whatever is asked', async () => {
    for (const bad of ['../../etc/passwd', 'ab', '', `${'a'.repeat(63)}/`, 'AB'.repeat(32), `${name}\0`]) {
      await assert.rejects(async () => blobs.begin(bad), /not the name of a blob/)
      await assert.rejects(async () => blobs.open(bad), /not the name of a blob/)
      await assert.rejects(async () => blobs.delete(bad), /not the name of a blob/)
    }
  })

  test('a draft that is written in many pieces holds exactly those', async () => {
    const draft = await blobs.begin(name)
    const piece = Buffer.alloc(1000)
    for (let i = 0; i < 100; i++) await draft.write(piece.fill(i))
    await draft.finish()
    await draft.commit()
    const there = readFileSync(join(directory, 'ab', name))
    assert.equal(there.length, 100_000)
    assert.ok([...there.keys()].every(at => there[at] === Math.floor(at / 1000)))
  })
})
