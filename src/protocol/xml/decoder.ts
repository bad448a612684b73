/** Bytes to text, chunk by chunk: UTF-8 only, and a fault is found at the first byte that cannot be right. */
import { isAscii, isUtf8 } from 'node:buffer'

/** What one chunk amounts to. */
export interface Decoded {
  /** The complete characters before the fault or the end of the chunk. */
  readonly text: string
  /** Every character of `text` is one byte. */
  readonly ascii: boolean
  /** Bytes of a character that has begun and is not complete, after `text`. */
  readonly unfinished: number
  /** After `text` and `unfinished` comes a byte that UTF-8 does not allow there. */
  readonly faulty: boolean
}

const nothing = Buffer.alloc(0)

/** Keeps at most the three bytes of an unfinished character between chunks. */
export class Decoder {
  #rest: Buffer = nothing

  decode(chunk: Uint8Array): Decoded {
    let bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (this.#rest.length > 0) {
      bytes = Buffer.concat([this.#rest, bytes])
      this.#rest = nothing
    } else if (isAscii(bytes)) {
      return { text: bytes.toString('latin1'), ascii: true, unfinished: 0, faulty: false }
    }
    const whole = bytes.length - unfinishedAtEnd(bytes)
    if (isUtf8(whole === bytes.length ? bytes : bytes.subarray(0, whole))) {
      this.#rest = whole === bytes.length ? nothing : Buffer.from(bytes.subarray(whole))
      return {
        text: bytes.toString('utf8', 0, whole),
        ascii: false,
        unfinished: bytes.length - whole,
        faulty: false,
      }
    }
    return beforeFault(bytes)
  }

  /** Forgets an unfinished character. */
  clear(): void {
    this.#rest = nothing
  }
}

/** How many bytes at the end begin a character, none of them wrong so far. */
function unfinishedAtEnd(bytes: Buffer): number {
  const { length } = bytes
  for (let back = 1; back <= 3 && back <= length; back++) {
    const lead = bytes[length - back] as number
    if (lead < 0x80) return 0
    if (lead >= 0xc0) return sequenceAt(bytes, length - back) === -back ? back : 0
  }
  return 0
}

/**
 * The length of the character at an index; minus the number of right bytes if the input ends too early; 0 if a byte is
 * wrong (RFC 3629 §4: no overlong forms, no surrogates, nothing above U+10FFFF).
 */
function sequenceAt(bytes: Buffer, at: number): number {
  const lead = bytes[at] as number
  if (lead < 0x80) return 1
  if (lead < 0xc2 || lead > 0xf4) return 0
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  for (let k = 1; k < length; k++) {
    const byte = bytes[at + k]
    if (byte === undefined) return -k
    if (!mayFollow(lead, k, byte)) return 0
  }
  return length
}

function mayFollow(lead: number, k: number, byte: number): boolean {
  if (byte < 0x80 || byte > 0xbf) return false
  if (k > 1) return true
  if (lead === 0xe0) return byte >= 0xa0
  if (lead === 0xed) return byte <= 0x9f
  if (lead === 0xf0) return byte >= 0x90
  return lead !== 0xf4 || byte <= 0x8f
}

function beforeFault(bytes: Buffer): Decoded {
  let at = 0
  let length = sequenceAt(bytes, 0)
  while (length > 0) {
    at += length
    length = sequenceAt(bytes, at)
  }
  const lead = bytes[at] as number
  let unfinished = 0
  if (lead >= 0xc2 && lead <= 0xf4) {
    unfinished = 1
    while (mayFollow(lead, unfinished, bytes[at + unfinished] as number)) unfinished++
  }
  return { text: bytes.toString('utf8', 0, at), ascii: false, unfinished, faulty: true }
}
