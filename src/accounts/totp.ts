/** Codes that change every half minute (RFC 6238 over RFC 4226). */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** RFC 4226 §4 asks for 128 bits and recommends 160. */
const secretBytes = 20
const stepSeconds = 30
const digits = 6
/** RFC 6238 §5.2: a step before and after, for clocks that differ and people who type. */
const tolerance = 1

/** RFC 4648 §6 */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A new secret, as apps for such codes take it: base 32. */
export function freshTotpSecret(): string {
  return toBase32(randomBytes(secretBytes))
}

/** The step that a time is in. @param now milliseconds since 1970 */
export function totpStep(now: number): number {
  return Math.floor(now / 1000 / stepSeconds)
}

/** RFC 4226 §5.3 with SHA-1, which is what apps understand. @param step RFC 6238 §4.2 */
export function totpCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', fromBase32(secret)).update(counter).digest()
  const offset = mac[mac.length - 1]! & 15
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

/** The step whose code was typed, if it is one of those around now and later than `after`; spaces do not matter. */
export function matchingStep(secret: string, typed: string, now: number, after: number): number | undefined {
  const code = Buffer.from(typed.replace(/\s/g, ''))
  let found: number | undefined
  for (let step = totpStep(now) - tolerance; step <= totpStep(now) + tolerance; step++) {
    const right = Buffer.from(totpCode(secret, step))
    if (right.length === code.length && timingSafeEqual(right, code) && step > after) found ??= step
  }
  return found
}

/** What an app reads from a QR code. */
export function totpUri(secret: string, issuer: string, account: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${digits}&period=${stepSeconds}`
}

function toBase32(bytes: Uint8Array): string {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  return (bits.match(/.{1,5}/g) ?? []).map(five => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}

function fromBase32(text: string): Buffer {
  let bits = ''
  for (const letter of text) bits += alphabet.indexOf(letter).toString(2).padStart(5, '0')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2)))
}
