/** What is inside the seal of an entry. */

/** One message as its owner sees it. */
export interface Body {
  /** The number behind its stanza-id (`MessageIds`). */
  readonly seq: number
  /** Milliseconds since 1970, when it was accepted. */
  readonly time: number
  /** The full address at the other end, as it stood in the message. */
  readonly peer: string
  /** The owner sent it. */
  readonly sent: boolean
  /** The stanza; or what stands in its place once its author has retracted it. */
  readonly text: string
  readonly retracted: boolean
}

const VERSION = 1
const SENT = 1
const RETRACTED = 2
/** version ‖ flags ‖ time (6) ‖ seq (6) ‖ length of the address (2). */
const HEAD = 16

export function encodeBody({ seq, time, peer, sent, text, retracted }: Body): Buffer {
  const peerBytes = Buffer.byteLength(peer)
  const bytes = Buffer.allocUnsafe(HEAD + peerBytes + Buffer.byteLength(text))
  bytes[0] = VERSION
  bytes[1] = (sent ? SENT : 0) | (retracted ? RETRACTED : 0)
  bytes.writeUIntBE(time, 2, 6)
  bytes.writeUIntBE(seq, 8, 6)
  bytes.writeUInt16BE(peerBytes, 14)
  bytes.write(peer, HEAD)
  bytes.write(text, HEAD + peerBytes)
  return bytes
}

/** Undefined for what a later version wrote. */
export function decodeBody(bytes: Buffer): Body | undefined {
  if (bytes.length < HEAD || bytes[0] !== VERSION) return undefined
  const flags = bytes[1]!
  const peerEnd = HEAD + bytes.readUInt16BE(14)
  return {
    seq: bytes.readUIntBE(8, 6),
    time: bytes.readUIntBE(2, 6),
    peer: bytes.toString('utf8', HEAD, peerEnd),
    sent: (flags & SENT) !== 0,
    retracted: (flags & RETRACTED) !== 0,
    text: bytes.toString('utf8', peerEnd),
  }
}
