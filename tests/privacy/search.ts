/** Looks for marks in bytes, in every form in which something careless could have written them. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Form {
  /** What was found, for people, e.g. `address as hex`. */
  readonly name: string
  readonly bytes: Buffer
}

/** The forms of an IPv4 address. */
export function formsOfAddress(address: string): Form[] {
  const octets = Buffer.from(address.split('.').map(Number))
  const number = octets.readUInt32BE()
  const groups = [octets.readUInt16BE(0), octets.readUInt16BE(2)].map(each => each.toString(16))
  const text = [
    ...inText('address', address),
    form('address as a group of IPv6', groups.join(':')),
    form('address as a padded group of IPv6', groups.map(each => each.padStart(4, '0')).join(':')),
    form('address as a number', String(number)),
    form('address as a number, little-endian', String(octets.readUInt32LE())),
  ]
  const reversed = Buffer.from(octets).reverse()
  const bytes = [
    { name: 'address as 4 bytes', bytes: octets },
    { name: 'address as 4 bytes reversed', bytes: reversed },
    form('address as hex', octets.toString('hex')),
    form('address as capital hex', octets.toString('hex').toUpperCase()),
    form('address as reversed hex', reversed.toString('hex')),
    ...base64Forms('4 bytes of the address', octets),
    // The IPv4-mapped form of 16 bytes: in binary and in hex the last 4 give it away; in base64 they do not stand alone.
    ...base64Forms('16 bytes of the address', Buffer.concat([Buffer.from('ffff', 'hex'), octets])),
  ]
  return [...text, ...bytes]
}

/** The forms of a secret text. */
export function formsOfSecret(what: string, secret: string): Form[] {
  return [
    ...inText(what, secret),
    form(`${what} reversed`, [...secret].reverse().join('')),
    form(`${what} percent-encoded`, encodeURIComponent(secret)),
    { name: `${what} as UTF-16`, bytes: Buffer.from(secret, 'utf16le') },
  ]
}

function inText(what: string, text: string): Form[] {
  const bytes = Buffer.from(text)
  return [
    form(what, text),
    form(`${what} as hex`, bytes.toString('hex')),
    form(`${what} as capital hex`, bytes.toString('hex').toUpperCase()),
    ...base64Forms(what, bytes),
  ]
}

/** Base64 as it looks wherever the bytes stand among others: what depends on the neighbours is left out. */
function base64Forms(what: string, bytes: Buffer): Form[] {
  return [0, 1, 2].flatMap(before => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const from = Math.ceil((before * 8) / 6)
    const to = Math.floor(((before + bytes.length) * 8) / 6)
    const certain = whole.slice(from, to)
    const urlSafe = certain.replaceAll('+', '-').replaceAll('/', '_')
    const name = `${what} as base64 (${before})`
    return certain === urlSafe ? [form(name, certain)] : [form(name, certain), form(`${name}, for URLs`, urlSafe)]
  })
}

function form(name: string, text: string): Form {
  return { name, bytes: Buffer.from(text) }
}

/** Which forms occur in these bytes. */
export function occurrences(forms: readonly Form[], bytes: Buffer): string[] {
  return forms.filter(each => bytes.includes(each.bytes)).map(each => each.name)
}

/** Which forms occur in any file below the directory, its name included. */
export function occurrencesBelow(forms: readonly Form[], directory: string): string[] {
  return filesBelow(directory).flatMap(file =>
    occurrences(forms, Buffer.concat([Buffer.from(`${file}\n`), readFileSync(join(directory, file))])).map(
      name => `${name} in ${file}`,
    ),
  )
}

/** Every plain file, by its path below the directory. */
export function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(directory.length + 1))
}
