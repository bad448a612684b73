/**
 * RFC 7622: addresses. Only this file makes a `Jid`: whoever holds one holds a prepared, canonical address, so two
 * addresses are the same exactly when the strings are equal.
 */

declare const kind: unique symbol
/** juliet@capulet.lit — a person */
export type BareJid = string & { readonly [kind]: 'bare' }
/** juliet@capulet.lit/balcony or capulet.lit/balcony — a device or another single entity */
export type FullJid = string & { readonly [kind]: 'full' }
/** capulet.lit — a server */
export type DomainJid = string & { readonly [kind]: 'domain' }
export type Jid = BareJid | FullJid | DomainJid

export function parseJid(text: string): Jid | undefined {
  const slash = text.indexOf('/')
  const resource = slash < 0 ? undefined : prepareResource(text.slice(slash + 1))
  if (slash >= 0 && resource === undefined) return undefined
  const rest = slash < 0 ? text : text.slice(0, slash)
  const at = rest.indexOf('@')
  const localpart = at < 0 ? undefined : prepareLocalpart(rest.slice(0, at))
  if (at >= 0 && localpart === undefined) return undefined
  const domain = prepareDomain(rest.slice(at + 1))
  if (domain === undefined) return undefined
  return ((at < 0 ? domain : `${localpart}@${domain}`) + (slash < 0 ? '' : `/${resource}`)) as Jid
}

export function parseBareJid(text: string): BareJid | undefined {
  const jid = parseJid(text)
  return jid !== undefined && isBare(jid) ? jid : undefined
}

export function localpartOf(jid: BareJid): string
export function localpartOf(jid: Jid): string | undefined
export function localpartOf(jid: Jid): string | undefined {
  const at = atOf(jid)
  return at < 0 ? undefined : jid.slice(0, at)
}

export function domainOf(jid: Jid): string {
  const slash = jid.indexOf('/')
  return jid.slice(atOf(jid) + 1, slash < 0 ? jid.length : slash)
}

export function resourceOf(jid: FullJid): string
export function resourceOf(jid: Jid): string | undefined
export function resourceOf(jid: Jid): string | undefined {
  const slash = jid.indexOf('/')
  return slash < 0 ? undefined : jid.slice(slash + 1)
}

export function bareOf(jid: BareJid): BareJid
export function bareOf(jid: Jid): BareJid | DomainJid
export function bareOf(jid: Jid): BareJid | DomainJid {
  const slash = jid.indexOf('/')
  return (slash < 0 ? jid : jid.slice(0, slash)) as BareJid | DomainJid
}

export function isFull(jid: Jid): jid is FullJid {
  return jid.indexOf('/') >= 0
}

export function isBare(jid: Jid): jid is BareJid {
  return jid.indexOf('/') < 0 && jid.indexOf('@') >= 0
}

export function isDomain(jid: Jid): jid is DomainJid {
  return jid.indexOf('/') < 0 && jid.indexOf('@') < 0
}

export function bareJid(localpart: string, domain: string): BareJid | undefined {
  const local = prepareLocalpart(localpart)
  const host = prepareDomain(domain)
  return local === undefined || host === undefined ? undefined : (`${local}@${host}` as BareJid)
}

export function fullJid(bare: BareJid, resource: string): FullJid | undefined {
  const prepared = prepareResource(resource)
  return prepared === undefined ? undefined : (`${bare}/${prepared}` as FullJid)
}

export function prepareLocalpart(text: string): string | undefined {
  return /^[!#$%()*+,\-.0-9;=?A-Z[\\\]^_`a-z{|}~]{1,1023}$/.test(text) ? text.toLowerCase() : undefined
}

export function prepareResource(text: string): string | undefined {
  return /^[ -~]{1,1023}$/.test(text) ? text : undefined
}

export function prepareDomain(text: string): string | undefined {
  return /^[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)*\.?$/i.test(text) && text.length < 254
    ? text.toLowerCase().replace(/\.$/, '')
    : undefined
}

export function preparePassword(text: string): string | undefined {
  return /^[ -~]+$/.test(text) ? text : undefined
}

export function registrable(localpart: string): true | string {
  return (
    /^[a-z0-9_]([a-z0-9._-]{0,62}[a-z0-9_])?$/.test(localpart) ||
    'A name may have letters, digits, dots, hyphens and underscores, and neither begins nor ends with a dot or hyphen.'
  )
}

function atOf(jid: Jid): number {
  const at = jid.indexOf('@')
  if (at < 0) return -1
  const slash = jid.indexOf('/')
  return slash >= 0 && slash < at ? -1 : at
}
