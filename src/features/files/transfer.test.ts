import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { PassThrough, Writable } from 'node:stream'
import { describe, test } from 'node:test'
import type { BlobDraft, OpenBlob } from '../../blobs/blob-store.ts'
import { chunkBytes, headBytes, newSecret, Sealer, sealedBytes, Unsealer } from './sealed-file.ts'
import { Interrupted, receive, send } from './transfer.ts'

const patience = { idleMs: 10_000, bytesPerSecond: 1000 }
const sealerOf = (secret: string, size: number) =>
  new Sealer(secret, { name: 'a', type: 'b/c', size, purpose: 'message' })

/** A draft in memory, which can be told to fail, or to write no further for now. */
function draftIn(pieces: Buffer[]) {
  const state = { failing: false, held: undefined as Promise<void> | undefined, writes: 0 }
  const draft: BlobDraft = {
    async write(piece) {
      state.writes++
      await state.held
      if (state.failing) throw new Error('the disk is full')
      pieces.push(Buffer.from(piece))
    },
    finish: async () => {},
    commit: async () => {},
    discard: async () => {},
  }
  return { draft, state }
}

const blobOf = (bytes: Buffer): OpenBlob => ({
  bytes: bytes.length,
  read: async (into, position) => bytes.copy(into, 0, position, position + into.length),
  close: async () => {},
})

async function sealed(secret: string, plain: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = []
  const body = new PassThrough()
  const received = receive(body, plain.length, sealerOf(secret, plain.length), draftIn(pieces).draft, patience)
  body.end(plain)
  await received
  return Buffer.concat(pieces)
}

async function opened(secret: string, bytes: Buffer, from: number, to: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  const out = new Writable({
    highWaterMark: 1000,
    write(piece, _, done) {
      pieces.push(Buffer.from(piece))
      setImmediate(done)
    },
  })
  const file = Unsealer.open(secret, bytes.subarray(0, headBytes), bytes.length)!
  await send(blobOf(bytes), file, { from, to }, out)
  await new Promise<void>(resolve => out.end(resolve))
  return Buffer.concat(pieces)
}

const interrupted = (because: string) => (error: unknown) => error instanceof Interrupted && error.because === because

describe('what is received', () => {
  test('comes out again, whatever pieces it came in', async () => {
    for (const size of [1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 4 * chunkBytes, 9 * chunkBytes + 7]) {
      for (const pieceBytes of [1 + Math.floor(size / 50), 16_384, chunkBytes, 300_000]) {
        const secret = newSecret()
        const plain = randomBytes(size)
        const pieces: Buffer[] = []
        const body = new PassThrough({ highWaterMark: 1 << 20 })
        const received = receive(body, size, sealerOf(secret, size), draftIn(pieces).draft, patience)
        for (let at = 0; at < size; at += pieceBytes) body.write(Buffer.from(plain.subarray(at, at + pieceBytes)))
        body.end()
        await received
        const bytes = Buffer.concat(pieces)
        assert.equal(bytes.length, sealedBytes(size))
        assert.deepEqual(await opened(secret, bytes, 0, size - 1), plain)
      }
    }
  })

  test('is not read further while it cannot be written: no more than a few chunks are in memory', async () => {
    const size = 64 * chunkBytes
    const { draft, state } = draftIn([])
    let release = (): void => {}
    state.held = new Promise(resolve => {
      release = resolve
    })
    const body = new PassThrough({ highWaterMark: chunkBytes })
    const received = receive(body, size, sealerOf(newSecret(), size), draft, patience)
    let taken = 0
    const piece = Buffer.alloc(chunkBytes)
    const feed = (): void => {
      while (taken < size) {
        taken += piece.length
        if (!body.write(Buffer.from(piece))) {
          body.once('drain', feed)
          return
        }
      }
      body.end()
    }
    feed()
    for (let i = 0; i < 100; i++) await new Promise(resolve => setImmediate(resolve))
    assert.equal(state.writes, 1)
    assert.ok(taken <= 10 * chunkBytes, String(taken))
    release()
    await received
    assert.equal(taken, size)
  })

  test('breaks off with its sender, and when the sender is too slow', async () => {
    const begun = (idleMs: number) => {
      const body = new PassThrough()
      const received = receive(body, 1000, sealerOf(newSecret(), 1000), draftIn([]).draft, { ...patience, idleMs })
      body.write('some')
      return { body, received }
    }
    const gone = begun(10_000)
    gone.body.destroy()
    await assert.rejects(gone.received, interrupted('gone'))
    await assert.rejects(begun(20).received, interrupted('slow'))
    const early = new PassThrough()
    early.destroy()
    await new Promise(resolve => early.once('close', resolve))
    const late = receive(early, 1000, sealerOf(newSecret(), 1000), draftIn([]).draft, patience)
    await assert.rejects(late, interrupted('gone'))
  })

  test('may not take for ever, even where something comes every now and then', async () => {
    const body = new PassThrough()
    const received = receive(body, 1000, sealerOf(newSecret(), 1000), draftIn([]).draft, {
      idleMs: 60,
      bytesPerSecond: 1e6,
    })
    const drops = setInterval(() => body.write('x'), 20)
    await assert.rejects(received, interrupted('slow'))
    clearInterval(drops)
  })

  test('is refused where the disk refuses it', async () => {
    const { draft, state } = draftIn([])
    state.failing = true
    const body = new PassThrough()
    const received = receive(body, 3 * chunkBytes, sealerOf(newSecret(), 3 * chunkBytes), draft, patience)
    body.end(Buffer.alloc(3 * chunkBytes))
    await assert.rejects(received, /the disk is full/)
  })
})

describe('what is sent', () => {
  test('is any part of the file', async () => {
    const secret = newSecret()
    const plain = randomBytes(2 * chunkBytes + 100)
    const bytes = await sealed(secret, Buffer.from(plain))
    for (const [from, to] of [
      [0, 0],
      [chunkBytes - 1, chunkBytes],
      [10, 2 * chunkBytes + 99],
      [2 * chunkBytes + 99, 2 * chunkBytes + 99],
    ] as const) {
      assert.deepEqual(await opened(secret, bytes, from, to), plain.subarray(from, to + 1))
    }
  })

  test('ends where the file is damaged, or its reader goes', async () => {
    const secret = newSecret()
    const bytes = await sealed(secret, randomBytes(5 * chunkBytes))
    const bent = Buffer.from(bytes)
    bent[bent.length - 1]! ^= 1
    await assert.rejects(opened(secret, bent, 0, 5 * chunkBytes - 1), interrupted('damaged'))
    assert.equal((await opened(secret, bent, 0, 9)).length, 10)

    const file = Unsealer.open(secret, bytes.subarray(0, headBytes), bytes.length)!
    const stuck = new Writable({ highWaterMark: 1, write() {} })
    const sending = send(blobOf(bytes), file, { from: 0, to: 5 * chunkBytes - 1 }, stuck)
    setImmediate(() => stuck.destroy())
    await assert.rejects(sending, interrupted('gone'))
  })
})
