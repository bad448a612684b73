/**
 * The header of the PROXY protocol, versions 1 and 2: for whom a proxy has connected.
 * https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
 */
import { isIP } from 'node:net'

export interface ProxyHeader {
  /** Bytes that it takes. */
  readonly length: number
  /** Where the client is; undefined if the proxy speaks for itself or does not know. */
  readonly address: string | undefined
}

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

/** The longest line of version 1, §2.1. */
const longestLine = 107

/** The most that version 2 may carry here: addresses and whatever a proxy likes to add. */
const longestBlock = 4096

/** @returns 'incomplete' if more bytes are needed, 'wrong' if this can become no header. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | 'incomplete' | 'wrong' {
  const known = Math.min(bytes.length, signature.length)
  if (bytes.subarray(0, known).equals(signature.subarray(0, known)))
    return known < signature.length ? 'incomplete' : binary(bytes)
  return text(bytes)
}

/** §2.1: `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n`, to the letter. */
function text(bytes: Buffer): ProxyHeader | 'incomplete' | 'wrong' {
  const start = bytes.subarray(0, longestLine).toString('latin1')
  const end = start.indexOf('\r\n')
  if (end < 0) {
    const begins = 'PROXY '.startsWith(start.slice(0, 6)) && start.length < longestLine
    return begins ? 'incomplete' : 'wrong'
  }
  const [word, family, ...rest] = start.slice(0, end).split(' ')
  if (word !== 'PROXY') return 'wrong'
  if (family === 'UNKNOWN') return { length: end + 2, address: undefined }
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : undefined
  const [source = '', destination = '', ...ports] = rest
  const fits =
    version !== undefined &&
    [source, destination].every(address => isIP(address) === version && !address.includes('%')) &&
    ports.length === 2 &&
    ports.every(isPort)
  return fits ? { length: end + 2, address: source } : 'wrong'
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535
}

/** §2.2: families and transports that there are, and how much of the block their addresses take. */
const addressBytes: ReadonlyMap<number, number> = new Map([
  [0x00, 0],
  [0x11, 12],
  [0x12, 12],
  [0x21, 36],
  [0x22, 36],
  [0x31, 216],
  [0x32, 216],
])

/** §2.2. What follows the addresses is for those who know it. */
function binary(bytes: Buffer): ProxyHeader | 'incomplete' | 'wrong' {
  if (bytes.length < 16) return 'incomplete'
  const command = bytes[12]!
  const family = bytes[13]!
  const block = bytes.readUInt16BE(14)
  const length = 16 + block
  const local = command === 0x20
  if ((!local && command !== 0x21) || block > longestBlock) return 'wrong'
  // A proxy that speaks for itself may fill in what it likes.
  if (!local && block < (addressBytes.get(family) ?? Number.POSITIVE_INFINITY)) return 'wrong'
  if (bytes.length < length) return 'incomplete'
  if (local) return { length, address: undefined }
  if (family >> 4 === 1) return { length, address: bytes.subarray(16, 20).join('.') }
  if (family >> 4 === 2) {
    const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(16 + 2 * i).toString(16))
    return { length, address: groups.join(':') }
  }
  return { length, address: undefined }
}
