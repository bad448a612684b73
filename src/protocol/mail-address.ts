/** Addresses of e-mail, as far as a letter can be sent to them without surprises. */

import { domainToASCII } from 'node:url'

declare const kind: unique symbol
/** An address that is safe in a header and in an envelope: no space, no quote, no line end, nothing to be interpreted. */
export type MailAddress = string & { readonly [kind]: 'mail address' }

/** RFC 5321 §4.5.3.1 */
const longestLocalPart = 64
const longestAddress = 254

/** A dot-atom of RFC 5322 §3.2.3: quoted local parts and comments are left to the history of mail. */
const dotAtom = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** The address that was typed, with its domain as DNS has it; undefined if it is none. */
export function parseMailAddress(typed: string): MailAddress | undefined {
  const text = typed.trim()
  const at = text.lastIndexOf('@')
  const local = text.slice(0, Math.max(0, at))
  if (at < 1 || text.length > longestAddress * 2 || local.length > longestLocalPart || !dotAtom.test(local))
    return undefined
  const domain = domainToASCII(text.slice(at + 1))
  if (!domain.split('.').every(part => label.test(part))) return undefined
  const address = `${local}@${domain}`
  return address.length > longestAddress ? undefined : (address as MailAddress)
}

/** Addresses that hardly any mail server tells apart are equal: small and capital letters. */
export function mailAddressKey(address: MailAddress): string {
  return address.toLowerCase()
}
