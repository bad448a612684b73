/** How addresses and times give themselves away in stored values. Guesses: they find mistakes, not malice. */

import { isIP } from 'node:net'

/** Addresses of no machine in particular. */
const NOBODYS: readonly string[] = ['0.0.0.0', '127.0.0.1', '::', '::1']
// Hexadecimal digits with two colons or more, or digits with three dots, as a word of their own.
const IPV6 = /(?<![\w:.])[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}(?:(?:\.\d{1,3}){3})?(?![\w:]|\.\d)/gi
const IPV4 = /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)/g

/** Whether a text contains an address of a machine on a network, IPv4 or IPv6. */
export function holdsAddress(text: string): boolean {
  return [IPV6, IPV4].some(words =>
    text.match(words)?.some(candidate => isIP(candidate) !== 0 && !NOBODYS.includes(candidate)),
  )
}

/** Whether a text contains what looks like the address of an account. */
export function holdsJid(text: string): boolean {
  return /[\w.+\x80-\xff-]@[a-z0-9\x80-\xff]/i.test(text)
}

/**
 * Whether values that should be random bytes look like addresses: four bytes, sixteen that hold an IPv4 address
 * (RFC 4291 §2.5.5.2), or many of sixteen that all begin as the addresses of the internet do (RFC 4291 §2.4: 2000::/3).
 */
export function looksLikeAddresses(values: readonly Uint8Array[]): boolean {
  if (values.some(value => value.length === 4)) return true
  const long = values.filter(value => value.length === 16)
  const mapped = (v: Uint8Array) => v.subarray(0, 10).every(byte => byte === 0) && v[10] === 255 && v[11] === 255
  return long.some(mapped) || (long.length >= 8 && long.every(value => value[0]! >> 5 === 1))
}

/** Whether a text contains a date together with a time of day (ISO 8601, RFC 3339, RFC 9110 dates). */
export function holdsTime(text: string): boolean {
  return /\d{4}-?\d{2}-?\d{2}[T _]?\d{2}:?\d{2}/.test(text) || /\b\d{1,2}:\d{2}:\d{2}\b/.test(text)
}

const WORDS_OF_TIME =
  /(^|_)(at|time|times|timestamp|stamp|when|last(?=_)|seen|since|until|login|logged|modified|updated|accessed|expires)($|_)/
const WORDS_OF_PLACE = /(^|_)(ip|ipv4|ipv6|host|remote|network|addr|peername)($|_)/

/** Whether a column is named as if it held a time, or where somebody connects from. */
export function nameOf(column: string): 'a time' | 'an address' | undefined {
  if (WORDS_OF_TIME.test(column)) return 'a time'
  return WORDS_OF_PLACE.test(column) ? 'an address' : undefined
}

const SECONDS_PER_DAY = 86_400
/** Units since 1970 in which times are commonly written, per second. */
const UNITS: readonly number[] = [1, 1e3, 1e6]

/**
 * The ranges of numbers that look like times: from 2015 to two years from now, in seconds, milliseconds and
 * microseconds; for numbers given out in order, which pass through those ranges one day, two days around now.
 */
export function rangesOfTimes(nowMs: number, serial: boolean): (readonly [number, number])[] {
  const now = nowMs / 1000
  const from = serial ? now - 2 * SECONDS_PER_DAY : Date.UTC(2015, 0) / 1000
  const to = serial ? now + 2 * SECONDS_PER_DAY : now + 730 * SECONDS_PER_DAY
  return UNITS.map(unit => [Math.floor(from * unit), Math.ceil(to * unit)])
}
