/** Bytes between the network and the disk, through the seal: never more than a few chunks of one file in memory. */

import type { Readable, Writable } from 'node:stream'
import type { BlobDraft, OpenBlob } from '../../blobs/blob-store.ts'
import type { Range } from './ranges.ts'
import { chunkBytes, headBytes, letGo, type Sealer, sealedChunkBytes, tagBytes, type Unsealer } from './sealed-file.ts'

/** Chunks that are written down together, while as many are being sealed: each visit to the disk costs as much as sealing one. */
const chunksAtOnce = 4

/** Why a transfer did not come to its end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly because: 'gone' | 'slow' | 'damaged'

  constructor(because: Interrupted['because']) {
    super(because)
    this.because = because
  }
}

export interface Patience {
  /** How long nothing may come or go, in milliseconds. */
  readonly idleMs: number
  /** How many bytes a second a whole transfer has to make at least. */
  readonly bytesPerSecond: number
}

/**
 * Reads a body of exactly `size` bytes, seals it and writes it down. What is full is written while the next comes in; the
 * sender is not read further before.
 * @throws Interrupted if the sender goes or is too slow, and whatever the draft throws
 */
export function receive(
  body: Readable,
  size: number,
  sealer: Sealer,
  draft: BlobDraft,
  { idleMs, bytesPerSecond }: Patience,
): Promise<void> {
  const room = headBytes + Math.min(chunksAtOnce, Math.ceil(size / chunkBytes)) * sealedChunkBytes
  let sealed: Buffer = Buffer.allocUnsafeSlow(room)
  let spare: Buffer | undefined
  let filled = headBytes
  sealed.set(sealer.head)
  let got = 0
  let failed = false
  let writing: Promise<void> | undefined
  const write = (): void => {
    const written = draft.write(sealed.subarray(0, filled)).then(() => {
      writing = undefined
    })
    // Whoever needs it written asks again.
    written.catch(() => undefined)
    writing = written
    const next = spare
    spare = sealed
    filled = 0
    if (sealer.room > 0) sealed = next ?? Buffer.allocUnsafeSlow(room)
  }
  return new Promise((resolve, reject) => {
    const fail = (why: unknown): void => {
      failed = true
      stop()
      body.pause()
      // Whoever throws the draft away must not do it in the middle of a write.
      const over = (): void => reject(why)
      if (writing === undefined) over()
      else writing.then(over, over)
    }
    const gone = (): void => fail(new Interrupted('gone'))
    const slow = (): void => fail(new Interrupted('slow'))
    const idle = setTimeout(slow, idleMs)
    const late = setTimeout(slow, idleMs + (size / bytesPerSecond) * 1000)
    const stop = (): void => {
      clearTimeout(idle)
      clearTimeout(late)
      body.off('data', take).off('close', gone).off('error', gone)
    }
    /** Seals a piece from a position on, and has written down what is full. How far it comes is for the disk to say. */
    const seal = (piece: Buffer, from: number): number => {
      for (let at = from; ; ) {
        if (filled + sealer.room + tagBytes > sealed.length) {
          if (writing !== undefined) return at
          write()
        }
        if (at === piece.length) return at
        const part = piece.subarray(at, at + sealer.room)
        filled += sealer.seal(part, sealed.subarray(filled))
        at += part.length
      }
    }
    const finish = (): void => {
      if (writing !== undefined) {
        writing.then(finish, fail)
        return
      }
      if (filled === 0) resolve()
      else {
        write()
        writing!.then(resolve, reject)
      }
    }
    const work = (piece: Buffer, from: number): void => {
      const at = seal(piece, from)
      if (at < piece.length) {
        body.pause()
        writing!.then(() => {
          if (!failed) work(piece, at)
        }, fail)
        return
      }
      letGo(piece)
      if (got === size) finish()
      else if (body.isPaused()) body.resume()
    }
    const take = (piece: Buffer): void => {
      idle.refresh()
      got += piece.length
      if (got > size) {
        gone()
        return
      }
      // With the last piece all is here: that the body closes now is as it should be.
      if (got === size) stop()
      work(piece, 0)
    }
    body.on('data', take).on('close', gone).on('error', gone)
    // Who went while the draft was being made is not heard any more.
    if (body.destroyed) gone()
  })
}

/**
 * Opens a range of a file and writes it to a client, the next chunk being read while the last one leaves.
 * How slow the client may be is the connection's business.
 * @throws Interrupted if the client goes, or the file is damaged: what was sent by then is not all
 */
export async function send(blob: OpenBlob, file: Unsealer, { from, to }: Range, out: Writable): Promise<void> {
  const buffers = [Buffer.allocUnsafeSlow(sealedChunkBytes), Buffer.allocUnsafeSlow(sealedChunkBytes)] as const
  const read = async (index: number): Promise<Buffer> => {
    const { position, length } = file.placeOf(index)
    const into = buffers[index % 2]!.subarray(0, length)
    if ((await blob.read(into, position)) < length) throw new Interrupted('damaged')
    return into
  }
  const first = Math.floor(from / chunkBytes)
  const last = Math.floor(to / chunkBytes)
  let next = read(first)
  try {
    for (let index = first; index <= last; index++) {
      const plain = file.chunk(index, await next)
      if (plain === undefined) throw new Interrupted('damaged')
      if (index < last) {
        next = read(index + 1)
        next.catch(() => undefined)
      }
      const start = index * chunkBytes
      const part = plain.subarray(Math.max(0, from - start), Math.min(plain.length, to - start + 1))
      if (out.destroyed) throw new Interrupted('gone')
      if (!out.write(part, () => letGo(plain))) await drained(out)
    }
  } finally {
    // Whoever closes the blob must not do it in the middle of a read.
    await next.catch(() => undefined)
  }
}

function drained(out: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      out.off('drain', go).off('close', gone)
    }
    const go = (): void => {
      stop()
      resolve()
    }
    const gone = (): void => {
      stop()
      reject(new Interrupted('gone'))
    }
    out.on('drain', go).on('close', gone)
    if (out.destroyed) gone()
  })
}
