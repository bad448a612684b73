/** The framing of RFC 6455 §5, as a server reads and writes it, without extensions. */

/** What a frame holds, by its opcode (§11.8). */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** Why a WebSocket is closed (§7.4.1). */
export const Closing = { normal: 1000, protocolError: 1002, unsupported: 1003 } as const

/** The other end does not keep to the protocol. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
  /** What the closing frame says. */
  readonly code: number

  constructor(code: number, tell: string) {
    super(tell)
    this.code = code
  }
}

export interface FrameEvents {
  /** Some of a text message, unmasked; `last` ends it. */
  text(bytes: Buffer, last: boolean): void
  ping(payload: Buffer): void
  /** @param code undefined where the other end gave none */
  closing(code: number | undefined): void
}

/** Longest payload of a control frame (§5.5). */
const longestControl = 125

/** Beyond this no length is exact, and no message is that long. */
const longestFrame = 2 ** 48

const nothing = Buffer.alloc(0)

/** Reads frames from bytes as they come. Text is passed on at once; nothing but headers and control frames is kept. */
export class FrameReader {
  readonly #events: FrameEvents
  /** Bytes of a header that is not complete. */
  #head: Buffer = nothing
  #opcode = -1
  #final = false
  /** A message has begun and not ended. */
  #open = false
  #left = 0
  readonly #mask = new Uint8Array(4)
  #turn = 0
  #control: Buffer = nothing

  constructor(events: FrameEvents) {
    this.#events = events
  }

  /**
   * Reads from `chunk` at `at` until something was passed on or the chunk ends; text is unmasked in place.
   * @returns where to go on
   * @throws FrameError
   */
  read(chunk: Buffer, at: number): number {
    return this.#opcode < 0 ? this.#readHead(chunk, at) : this.#readPayload(chunk, at)
  }

  #readHead(chunk: Buffer, at: number): number {
    const had = this.#head.length
    const head =
      had === 0 ? chunk.subarray(at, at + 14) : Buffer.concat([this.#head, chunk.subarray(at, at + 14 - had)])
    const length = headLength(head)
    if (length > head.length) {
      this.#head = Buffer.from(head)
      return chunk.length
    }
    this.#head = nothing
    this.#begin(head, length)
    const next = at + length - had
    if (this.#left > 0) return next
    this.#pass(nothing)
    return next
  }

  #begin(head: Buffer, length: number): void {
    const first = head[0]!
    const second = head[1]!
    const opcode = first & 0x0f
    this.#final = (first & 0x80) !== 0
    if ((first & 0x70) !== 0) throw new FrameError(Closing.protocolError, 'No extension was agreed on.')
    if ((second & 0x80) === 0) throw new FrameError(Closing.protocolError, 'Frames of clients have to be masked.')
    const short = second & 0x7f
    this.#left = short < 126 ? short : short === 126 ? head.readUInt16BE(2) : longLength(head)
    this.#mask.set(head.subarray(length - 4, length))
    this.#turn = 0
    if (opcode >= Opcode.close) this.#beginControl(opcode)
    else if (opcode === Opcode.continuation ? !this.#open : this.#open || opcode !== Opcode.text)
      throw opcode === Opcode.binary && !this.#open
        ? new FrameError(Closing.unsupported, 'XMPP is text.')
        : new FrameError(Closing.protocolError, 'Frames are out of order.')
    else this.#open = !this.#final
    this.#opcode = opcode
  }

  #beginControl(opcode: number): void {
    if (!this.#final || this.#left > longestControl || opcode > Opcode.pong)
      throw new FrameError(Closing.protocolError, 'That is no control frame.')
    this.#control = nothing
  }

  #readPayload(chunk: Buffer, at: number): number {
    const to = Math.min(chunk.length, at + this.#left)
    const piece = chunk.subarray(at, to)
    this.#unmask(piece)
    this.#left -= piece.length
    this.#pass(piece)
    return to
  }

  #unmask(piece: Buffer): void {
    const mask = this.#mask
    let turn = this.#turn
    for (let i = 0; i < piece.length; i++) {
      piece[i] = piece[i]! ^ mask[turn]!
      turn = (turn + 1) & 3
    }
    this.#turn = turn
  }

  #pass(piece: Buffer): void {
    const opcode = this.#opcode
    const whole = this.#left === 0
    if (whole) this.#opcode = -1
    if (opcode < Opcode.close) {
      this.#events.text(piece, whole && this.#final)
      return
    }
    if (piece.length > 0) this.#control = Buffer.concat([this.#control, piece])
    if (!whole) return
    const payload = this.#control
    this.#control = nothing
    if (opcode === Opcode.ping) this.#events.ping(payload)
    else if (opcode === Opcode.close) this.#events.closing(payload.length < 2 ? undefined : payload.readUInt16BE(0))
  }
}

/** How long a header is, as far as that can be told; more than there is if not. */
function headLength(head: Buffer): number {
  if (head.length < 2) return 2
  const short = head[1]! & 0x7f
  const mask = (head[1]! & 0x80) === 0 ? 0 : 4
  return 2 + (short < 126 ? 0 : short === 126 ? 2 : 8) + mask
}

function longLength(head: Buffer): number {
  const length = head.readUInt32BE(2) * 2 ** 32 + head.readUInt32BE(6)
  if (length > longestFrame) throw new FrameError(1009, 'No message is that long.')
  return length
}

/**
 * Messages on their way through a `PacedWriter`, which knows texts: each ends with a character that XML does not have.
 * What begins with another of these is a control frame, its payload in base64.
 */
const endOfMessage = '\0'
const control = { [Opcode.ping]: '\x01', [Opcode.pong]: '\x02', [Opcode.close]: '\x03' } as const

export function textMessage(text: string): string {
  return text + endOfMessage
}

export function controlFrame(opcode: keyof typeof control, payload: Uint8Array = nothing): string {
  return control[opcode] + Buffer.from(payload).toString('base64') + endOfMessage
}

export function closingFrame(code: number): string {
  const payload = Buffer.alloc(2)
  payload.writeUInt16BE(code)
  return controlFrame(Opcode.close, payload)
}

/** The longest header of a frame without a mask. */
const longestHead = 10

/** The bytes of messages made by the functions above. */
export function encodeMessages(texts: string): Buffer {
  let count = 0
  for (let at = texts.indexOf(endOfMessage); at >= 0; at = texts.indexOf(endOfMessage, at + 1)) count++
  const out = Buffer.allocUnsafe(
    texts.length * 3 > 4096 ? Buffer.byteLength(texts) + count * longestHead : texts.length * 3 + count * longestHead,
  )
  let at = 0
  let from = 0
  for (let to = texts.indexOf(endOfMessage); to >= 0; to = texts.indexOf(endOfMessage, from)) {
    at = encodeMessage(out, at, count === 1 ? texts.slice(0, -1) : texts.slice(from, to))
    from = to + 1
  }
  return out.subarray(0, at)
}

function encodeMessage(out: Buffer, at: number, text: string): number {
  const kind = text.charCodeAt(0)
  if (kind >= 1 && kind <= 3) {
    const payload = Buffer.from(text.slice(1), 'base64')
    out[at] = 0x80 | (kind === 1 ? Opcode.ping : kind === 2 ? Opcode.pong : Opcode.close)
    out[at + 1] = payload.length
    payload.copy(out, at + 2)
    return at + 2 + payload.length
  }
  // Where even three bytes a character need no longer header, it need not be known how many there are.
  const bytes = text.length * 3 < 126 ? text.length : Buffer.byteLength(text)
  const head = bytes < 126 ? 2 : bytes < 65_536 ? 4 : 10
  const written = out.write(text, at + head)
  out[at] = 0x80 | Opcode.text
  if (head === 2) out[at + 1] = written
  else if (head === 4) {
    out[at + 1] = 126
    out.writeUInt16BE(written, at + 2)
  } else {
    out[at + 1] = 127
    out.writeUInt32BE(Math.floor(written / 2 ** 32), at + 2)
    out.writeUInt32BE(written >>> 0, at + 6)
  }
  return at + head + written
}
