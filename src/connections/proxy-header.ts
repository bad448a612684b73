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

/** §2.1: `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n` */
function text(bytes: Buffer): ProxyHeader | 'incomplete' | 'wrong' {
  const start = bytes.subarray(0, longestLine).toString('latin1')
  const end = start.indexOf('\r\n')
  if (end < 0) {
    const begins = 'PROXY '.startsWith(start.slice(0, 6)) && start.length < longestLine
    return begins ? 'incomplete' : 'wrong'
  }
  const [word, family, source = ''] = start.slice(0, end).split(' ')
  if (word !== 'PROXY') return 'wrong'
  if (family === 'UNKNOWN') return { length: end + 2, address: undefined }
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : undefined
  return version !== undefined && isIP(source) === version ? { length: end + 2, address: source } : 'wrong'
}

/** §2.2 */
function binary(bytes: Buffer): ProxyHeader | 'incomplete' | 'wrong' {
  if (bytes.length < 16) return 'incomplete'
  const command = bytes[12]!
  const family = bytes[13]! >> 4
  const block = bytes.readUInt16BE(14)
  const length = 16 + block
  if ((command !== 0x20 && command !== 0x21) || block > longestBlock) return 'wrong'
  if (bytes.length < length) return 'incomplete'
  if (command === 0x20) return { length, address: undefined }
  if (family === 1 && block >= 12) return { length, address: bytes.subarray(16, 20).join('.') }
  if (family === 2 && block >= 36) {
    const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(16 + 2 * i).toString(16))
    return { length, address: groups.join(':') }
  }
  return { length, address: undefined }
}
