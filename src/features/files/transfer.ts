/** Bytes between the network and the disk, through the seal: never more than a few chunks of one file in memory. */

import type { Readable, Writable } from 'node:stream'
import type { BlobDraft, OpenBlob } from '../../blobs/blob-store.ts'
import type { Range } from './ranges.ts'
import { chunkBytes, headBytes, letGo, type Sealer, sealedChunkBytes, type Unsealer } from './sealed-file.ts'

/** Chunks that are written down together: each visit to the disk costs as much as sealing one of them. */
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
  const plain = Buffer.allocUnsafeSlow(Math.min(size, chunkBytes))
  const sealed = Buffer.allocUnsafeSlow(
    headBytes + Math.min(chunksAtOnce, Math.ceil(size / chunkBytes)) * sealedChunkBytes,
  )
  let filled = 0
  let unwritten = headBytes
  sealed.set(sealer.head)
  let got = 0
  let failed = false
  let writing: Promise<void> = Promise.resolve()
  const write = (bytes: Buffer): void => {
    writing = draft.write(bytes)
    // Whoever needs it written asks again.
    writing.catch(() => undefined)
  }
  return new Promise((resolve, reject) => {
    const fail = (why: unknown): void => {
      failed = true
      stop()
      body.pause()
      // Whoever throws the draft away must not do it in the middle of a write.
      writing.then(
        () => reject(why),
        () => reject(why),
      )
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
    const flush = async (): Promise<void> => {
      // What is being written stays as it is until it is written.
      if (unwritten === 0) await writing
      if (failed) return
      unwritten += sealer.chunk(plain.subarray(0, filled), sealed.subarray(unwritten)).length
      filled = 0
      if (got < size && unwritten + sealedChunkBytes <= sealed.length) return
      write(sealed.subarray(0, unwritten))
      unwritten = 0
    }
    /** Takes what fits; the rest once there is room. */
    const fill = async (piece: Buffer): Promise<void> => {
      for (let at = 0; at < piece.length; ) {
        const part = piece.subarray(at, at + plain.length - filled)
        plain.set(part, filled)
        filled += part.length
        at += part.length
        if (filled === plain.length || (got === size && at === piece.length)) await flush()
        if (failed) return
      }
      letGo(piece)
    }
    const take = (piece: Buffer): void => {
      idle.refresh()
      got += piece.length
      if (got > size) {
        gone()
        return
      }
      if (filled + piece.length < plain.length && got < size) {
        plain.set(piece, filled)
        filled += piece.length
        letGo(piece)
        return
      }
      body.pause()
      // With the last piece all is here: that the body closes now is as it should be.
      if (got === size) stop()
      fill(piece).then(() => {
        if (failed) return
        if (got < size) body.resume()
        else writing.then(resolve, reject)
      }, fail)
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
