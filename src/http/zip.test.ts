import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Zipped, zip } from './zip.ts'

async function* pieces(...all: readonly Uint8Array[]) {
  yield* all
}

async function packed(files: readonly Zipped[]): Promise<Buffer> {
  const all: Uint8Array[] = []
  async function* each() {
    yield* files
  }
  for await (const piece of zip(each())) all.push(piece)
  return Buffer.concat(all)
}

test('a program that others wrote finds in it what was put in', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-zip-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const noise = randomBytes(300_000)
  const text = Buffer.from('Soft! what light? '.repeat(10_000))
  const archive = await packed([
    { name: 'account.xml', day: '2026-11-30', squeezes: true, pieces: pieces(text.subarray(0, 7), text.subarray(7)) },
    { name: 'files/2026-11-29/Rösö 🌹.jpg', day: '2026-11-29', squeezes: false, pieces: pieces(noise) },
    { name: 'nothing.txt', day: '1980-01-01', squeezes: true, pieces: pieces() },
  ])
  assert.ok(archive.length < noise.length + 5_000, 'text takes little room')
  writeFileSync(join(directory, 'a.zip'), archive)
  const unpack = `import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for i in z.infolist(): print(i.filename, i.file_size, *i.date_time)
z.extractall(sys.argv[2])`
  const list = execFileSync('python3', ['-c', unpack, join(directory, 'a.zip'), join(directory, 'out')], {
    encoding: 'utf8',
  })
  assert.deepEqual(list.trim().split('\n'), [
    'account.xml 180000 2026 11 30 0 0 0',
    'files/2026-11-29/Rösö 🌹.jpg 300000 2026 11 29 0 0 0',
    'nothing.txt 0 1980 1 1 0 0 0',
  ])
  assert.ok(readFileSync(join(directory, 'out/account.xml')).equals(text))
  assert.ok(readFileSync(join(directory, 'out/files/2026-11-29/Rösö 🌹.jpg')).equals(noise))
})

test('what cannot be read ends the whole', async () => {
  async function* broken() {
    yield Buffer.from('x')
    throw new Error('damaged')
  }
  await assert.rejects(packed([{ name: 'a', day: '2026-11-30', squeezes: true, pieces: broken() }]), /damaged/)
})
