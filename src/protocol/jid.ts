/**
 * RFC 7622: addresses. Only this file makes a `Jid`: whoever holds one holds a canonical address, so two addresses are
 * the same exactly when the strings are equal. Every function here is total: no input makes it throw.
 */

import { prepareDomain } from './precis/domain.ts'
import { opaqueString, usernameCaseMapped } from './precis/profiles.ts'

export { asciiDomain, prepareDomain } from './precis/domain.ts'
export { preparePassword } from './precis/password.ts'
export { registrable } from './precis/registrable.ts'

declare const kind: unique symbol
/** juliet@capulet.lit — a person */
export type BareJid = string & { readonly [kind]: 'bare' }
/** juliet@capulet.lit/balcony, also capulet.lit/balcony — one device, or one entity within a server */
export type FullJid = string & { readonly [kind]: 'full' }
/** capulet.lit — a server */
export type DomainJid = string & { readonly [kind]: 'domain' }
export type Jid = BareJid | FullJid | DomainJid

/** RFC 7622 §3.1: in octets of UTF-8, for each of the three parts. */
const partOctets = 1023
/** Longer text cannot shrink to an address: four code units become one character of two or more octets at best. */
const longestText = 8192

/**
 * Addresses that are canonical as they stand: lower-case ASCII, with a domain whose last piece begins with a letter,
 * so that it is neither an IP address nor has a hyphen next to another. The rest takes the long way.
 */
const plain = /^(?:[!#-%(-.0-9;=?[-~]+@)?(?:[a-z0-9]+[-.])*[a-z][a-z0-9]*(?:\/[ -~]+)?$/
/** RFC 1034 §3.1: a DNS label. A plain domain no longer than one label needs no counting of labels. */
const labelOctets = 63

/**
 * The canonical address (RFC 7622 §3: PRECIS for localpart and resourcepart, IDNA2008 for the domain), or undefined
 * if the text is none. The result is a copy of its own that keeps no larger string, such as a network read, alive.
 */
export function parseJid(text: string): Jid | undefined {
  if (text.length > longestText) return undefined
  if (plain.test(text) && hasShortParts(text)) return own<Jid>(text)
  const slash = text.indexOf('/')
  const rest = slash < 0 ? text : text.slice(0, slash)
  const at = rest.indexOf('@')
  const domain = prepareDomain(rest.slice(at + 1))
  const localpart = at < 0 ? '' : prepareLocalpart(rest.slice(0, at))
  const resource = slash < 0 ? '' : prepareResource(text.slice(slash + 1))
  if (domain === undefined || localpart === undefined || resource === undefined) return undefined
  return own<Jid>((at < 0 ? domain : `${localpart}@${domain}`) + (slash < 0 ? '' : `/${resource}`))
}

/** The canonical address of an account; undefined if the text is no address, or has no localpart, or has a resource. */
export function parseBareJid(text: string): BareJid | undefined {
  const jid = parseJid(text)
  return jid !== undefined && isBare(jid) ? jid : undefined
}

/** An address from parts that need not be prepared; undefined if one of them is not allowed. */
export function bareJid(localpart: string, domain: string): BareJid | undefined {
  const name = prepareLocalpart(localpart)
  const host = prepareDomain(domain)
  return name === undefined || host === undefined ? undefined : own<BareJid>(`${name}@${host}`)
}

/** An account's address with a resource, which need not be prepared; undefined if it is not allowed. */
export function fullJid(bare: BareJid, resource: string): FullJid | undefined {
  const prepared = prepareResource(resource)
  return prepared === undefined ? undefined : own<FullJid>(`${bare}/${prepared}`)
}

/** The part before the `@`, if there is one. */
export function localpartOf(jid: BareJid): string
export function localpartOf(jid: Jid): string | undefined
export function localpartOf(jid: Jid): string | undefined {
  const at = jid.indexOf('@')
  if (at < 0) return undefined
  const slash = jid.indexOf('/')
  return slash >= 0 && slash < at ? undefined : jid.slice(0, at)
}

/** The domainpart, with U-labels; `asciiDomain` makes A-labels of it for DNS and TLS. */
export function domainOf(jid: Jid): string {
  const slash = jid.indexOf('/')
  const end = slash < 0 ? jid.length : slash
  // No domain has an `@`, so the last one before the resource is the first as well.
  return jid.slice(jid.lastIndexOf('@', end) + 1, end)
}

/** The part after the first `/`, if there is one. */
/** The domain of an address, as an address itself: that of its server. */
export function serverOf(jid: Jid): DomainJid {
  return domainOf(jid) as DomainJid
}

/** @param domain prepared */
export function domainJid(domain: string): DomainJid {
  const jid = parseJid(domain)
  if (jid === undefined || !isDomain(jid)) throw new Error('A domain of this service is no address.')
  return jid
}

export function resourceOf(jid: FullJid): string
export function resourceOf(jid: Jid): string | undefined
export function resourceOf(jid: Jid): string | undefined {
  const slash = jid.indexOf('/')
  return slash < 0 ? undefined : jid.slice(slash + 1)
}

/** The address without its resource. */
export function bareOf(jid: BareJid): BareJid
export function bareOf(jid: Jid): BareJid | DomainJid
export function bareOf(jid: Jid): BareJid | DomainJid {
  const slash = jid.indexOf('/')
  return (slash < 0 ? jid : jid.slice(0, slash)) as BareJid | DomainJid
}

/** The address of the account that an address belongs to; undefined for addresses of a server. */
export function accountOf(jid: Jid): BareJid | undefined {
  const bare = bareOf(jid)
  return isBare(bare) ? bare : undefined
}

/** Has a resource. */
export function isFull(jid: Jid): jid is FullJid {
  return jid.includes('/')
}

/** Has a localpart and no resource. */
export function isBare(jid: Jid): jid is BareJid {
  return !jid.includes('/') && jid.includes('@')
}

/** Has neither localpart nor resource. */
export function isDomain(jid: Jid): jid is DomainJid {
  return !jid.includes('/') && !jid.includes('@')
}

/**
 * RFC 7622 §3.3: the canonical localpart, or undefined. The characters that §3.3.1 forbids are looked for last,
 * since width mapping makes them of their fullwidth forms.
 */
export function prepareLocalpart(text: string): string | undefined {
  if (text.length > longestText) return undefined
  const name = /^[!#-%(-.0-9;=?[-~]+$/.test(text) ? text : usernameCaseMapped(text)
  return name === undefined || /["&'/:<>@]/.test(name) || !fits(name) ? undefined : name
}

/** RFC 7622 §3.4: the canonical resourcepart, or undefined. */
export function prepareResource(text: string): string | undefined {
  if (text.length > longestText) return undefined
  const resource = /^[ -~]+$/.test(text) ? text : opaqueString(text)
  return resource === undefined || !fits(resource) ? undefined : resource
}

function fits(part: string): boolean {
  return part.length <= partOctets && Buffer.byteLength(part) <= partOctets
}

function hasShortParts(text: string): boolean {
  if (text.length <= labelOctets) return true
  const slash = text.indexOf('/')
  const end = slash < 0 ? text.length : slash
  const at = text.lastIndexOf('@', end)
  return end - at - 1 <= labelOctets && at <= partOctets && text.length - end - 1 <= partOctets
}

/**
 * V8 makes a long enough slice of a string a window on that string, and an address read from the network would keep
 * the whole read in memory as long as its session lives. Adding a character and taking it off again copies: at 50 ns
 * the cheapest way of those measured (a Buffer takes four times that). Slices of a Jid, as the accessors make them,
 * are windows on at most 3 KiB.
 */
function own<Kind extends Jid>(text: string): Kind {
  return ` ${text}`.slice(1) as Kind
}
