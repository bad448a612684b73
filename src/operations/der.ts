/** A writer for the little of DER (X.690) that a certificate needs. Values in, bytes out. */

function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents)
  const size = body.length
  if (size < 0x80) return Buffer.concat([Buffer.from([tag, size]), body])
  const digits = Buffer.from(size.toString(16).padStart(size > 0xff ? (size > 0xffff ? 6 : 4) : 2, '0'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | digits.length]), digits, body])
}

export const sequence = (...items: readonly Uint8Array[]): Buffer => tagged(0x30, ...items)
export const setOf = (item: Uint8Array): Buffer => tagged(0x31, item)
export const boolean = (value: boolean): Buffer => tagged(0x01, Buffer.from([value ? 0xff : 0]))
export const octets = (bytes: Uint8Array): Buffer => tagged(0x04, bytes)
export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text, 'utf8'))
/** A bit string whose length is a whole number of bytes unless `unused` says how many low bits do not count. */
export const bits = (bytes: Uint8Array, unused = 0): Buffer => tagged(0x03, Buffer.from([unused]), bytes)
/** `[number]`, holding other values (constructed) or bytes. */
export const context = (number: number, constructed: boolean, ...contents: readonly Uint8Array[]): Buffer =>
  tagged(0x80 | (constructed ? 0x20 : 0) | number, ...contents)

/** A whole number that is not negative, from its big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const body = bytes.subarray(start)
  return (body[0] ?? 0) >= 0x80 ? tagged(0x02, Buffer.from([0]), body) : tagged(0x02, body)
}

/** An object identifier from its dotted form. */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes: number[] = []
  for (const arc of [first * 40 + second, ...rest]) {
    const digits = [arc & 0x7f]
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift(0x80 | (left & 0x7f))
    bytes.push(...digits)
  }
  return tagged(0x06, Buffer.from(bytes))
}

/** A time, to the second, as RFC 5280 §4.1.2.5 wants it: two digits for the year until 2049, four from then on. */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '')
  return at.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits))
}
