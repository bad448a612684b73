/**
 * Several files as one download: a ZIP archive (APPNOTE 6.3.10) that is written while it is sent, so nobody has to know how
 * large anything is before it is over, and no more is in memory than what is on its way.
 */

import { pipeline } from 'node:stream/promises'
import { constants, crc32, createDeflateRaw } from 'node:zlib'

export interface Zipped {
  /** With slashes, and nothing that leads elsewhere. */
  readonly name: string
  /** 'YYYY-MM-DD': no time finer than that is told. */
  readonly day: string
  /** It is likely to be smaller afterwards, as text is. */
  readonly squeezes: boolean
  readonly pieces: AsyncIterable<Uint8Array>
}

/** What the directory at the end says of a file. */
interface Written {
  readonly name: Buffer
  readonly date: number
  readonly crc: number
  readonly squeezed: number
  readonly plain: number
  readonly at: number
}

/** Sizes follow what they are of; names are UTF-8 (APPNOTE §4.4.4). */
const flags = 0x0808
const deflate = 8
/** ZIP64: sizes and places of eight bytes (APPNOTE §4.5.3). */
const version = 45
const beyond = 0xffffffff

export async function* zip(files: AsyncIterable<Zipped>): AsyncGenerator<Uint8Array> {
  const directory: Written[] = []
  let at = 0
  for await (const { name, day, squeezes, pieces } of files) {
    const [bytes, date, begins] = [Buffer.from(name), dateOf(day), at]
    const head = localHeader(bytes, date)
    yield head
    const counted = { crc: 0, plain: 0 }
    let squeezed = 0
    for await (const piece of squeezedPieces(counting(pieces, counted), squeezes)) {
      squeezed += piece.length
      yield piece
    }
    const { crc, plain } = counted
    const tail = descriptor(crc, squeezed, plain)
    yield tail
    at += head.length + squeezed + tail.length
    directory.push({ name: bytes, date, crc, squeezed, plain, at: begins })
  }
  let length = 0
  for (const written of directory) {
    const entry = directoryEntry(written)
    length += entry.length
    yield entry
  }
  yield ending(directory.length, length, at)
}

async function* counting(
  pieces: AsyncIterable<Uint8Array>,
  counted: { crc: number; plain: number },
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    counted.crc = crc32(piece, counted.crc)
    counted.plain += piece.length
    yield piece
  }
}

async function* squeezedPieces(pieces: AsyncIterable<Uint8Array>, squeezes: boolean): AsyncGenerator<Uint8Array> {
  const squeezing = createDeflateRaw({ level: squeezes ? constants.Z_DEFAULT_LEVEL : constants.Z_BEST_SPEED })
  const fed = pipeline(pieces, squeezing)
  // It is asked for below.
  fed.catch(() => undefined)
  try {
    for await (const piece of squeezing) yield piece as Uint8Array
    await fed
  } finally {
    squeezing.destroy()
  }
}

/** APPNOTE §4.4.6: the date as MS-DOS had it; the time is midnight. */
function dateOf(day: string): number {
  const [year = 1980, month = 1, date = 1] = day.split('-').map(Number)
  return ((year - 1980) << 9) | (month << 5) | date
}

function localHeader(name: Buffer, date: number): Buffer {
  const head = Buffer.alloc(30)
  head.writeUInt32LE(0x04034b50, 0)
  head.writeUInt16LE(version, 4)
  head.writeUInt16LE(flags, 6)
  head.writeUInt16LE(deflate, 8)
  head.writeUInt16LE(date, 12)
  head.writeUInt32LE(beyond, 18)
  head.writeUInt32LE(beyond, 22)
  head.writeUInt16LE(name.length, 26)
  const extra = wide(0, 0)
  head.writeUInt16LE(extra.length, 28)
  return Buffer.concat([head, name, extra])
}

/** APPNOTE §4.5.3 */
function wide(...numbers: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + numbers.length * 8)
  extra.writeUInt16LE(1, 0)
  extra.writeUInt16LE(numbers.length * 8, 2)
  for (const [i, number] of numbers.entries()) extra.writeBigUInt64LE(BigInt(number), 4 + i * 8)
  return extra
}

/** APPNOTE §4.3.9 */
function descriptor(crc: number, squeezed: number, plain: number): Buffer {
  const tail = Buffer.alloc(24)
  tail.writeUInt32LE(0x08074b50, 0)
  tail.writeUInt32LE(crc, 4)
  tail.writeBigUInt64LE(BigInt(squeezed), 8)
  tail.writeBigUInt64LE(BigInt(plain), 16)
  return tail
}

/** APPNOTE §4.3.12 */
function directoryEntry({ name, date, crc, squeezed, plain, at }: Written): Buffer {
  const entry = Buffer.alloc(46)
  entry.writeUInt32LE(0x02014b50, 0)
  entry.writeUInt16LE(version, 4)
  entry.writeUInt16LE(version, 6)
  entry.writeUInt16LE(flags, 8)
  entry.writeUInt16LE(deflate, 10)
  entry.writeUInt16LE(date, 14)
  entry.writeUInt32LE(crc, 16)
  entry.writeUInt32LE(beyond, 20)
  entry.writeUInt32LE(beyond, 24)
  entry.writeUInt16LE(name.length, 28)
  const extra = wide(plain, squeezed, at)
  entry.writeUInt16LE(extra.length, 30)
  entry.writeUInt32LE(beyond, 42)
  return Buffer.concat([entry, name, extra])
}

/** APPNOTE §4.3.14 to §4.3.16 */
function ending(count: number, length: number, at: number): Buffer {
  const end = Buffer.alloc(56 + 20 + 22)
  end.writeUInt32LE(0x06064b50, 0)
  end.writeBigUInt64LE(44n, 4)
  end.writeUInt16LE(version, 12)
  end.writeUInt16LE(version, 14)
  for (const place of [24, 32]) end.writeBigUInt64LE(BigInt(count), place)
  end.writeBigUInt64LE(BigInt(length), 40)
  end.writeBigUInt64LE(BigInt(at), 48)
  end.writeUInt32LE(0x07064b50, 56)
  end.writeBigUInt64LE(BigInt(at + length), 64)
  end.writeUInt32LE(1, 72)
  end.writeUInt32LE(0x06054b50, 76)
  for (const place of [84, 86]) end.writeUInt16LE(Math.min(count, 0xffff), place)
  end.writeUInt32LE(beyond, 88)
  end.writeUInt32LE(beyond, 92)
  return end
}
