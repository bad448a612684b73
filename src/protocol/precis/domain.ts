/** RFC 7622 §3.2: domainparts, that is IDNA2008 names (RFC 5890 to 5895) and IP addresses, in one canonical form. */

import { isRightToLeft, keepsBidiRule } from './bidi.ts'
import { contextRules } from './context.ts'
import { idnaOf, mapWidth } from './properties.ts'
import { decodePunycode, encodePunycode } from './punycode.ts'

/** RFC 1034 §3.1, counted as RFC 1123 hosts are written: without the final dot. */
const domainOctets = 253
const labelOctets = 63
/** Canonical as it stands, if it is no longer than a label: no two hyphens meet, and the end is no number. */
const plain = /^(?:[a-z0-9]+[-.])*[a-z][a-z0-9]*$/

/**
 * The canonical form: lower case, U-labels instead of A-labels, no final dot; IPv6 addresses as RFC 5952 writes them.
 * Undefined for what is no domain.
 *
 * Stricter than the grammar of RFC 7622 in two places: a zone of an IPv6 address means nothing outside its machine
 * (RFC 9844 took it out of addresses again), and a name whose last label is a number is no host name (RFC 1123 §2.1)
 * while resolvers may take it for an IPv4 address.
 */
export function prepareDomain(text: string): string | undefined {
  // No input this long can shrink to a valid name, and what follows is not linear.
  if (text === '' || text.length > 4 * domainOctets) return undefined
  if (text.length <= labelOctets && plain.test(text)) return text
  if (text.startsWith('[')) return ipv6(text)
  const mapped = mapDomain(text)
  if (/^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(mapped)) return mapped
  const labels: string[] = []
  for (const label of mapped.split('.')) {
    const prepared = prepareLabel(label)
    if (prepared === undefined) return undefined
    labels.push(prepared)
  }
  if (/^\d+$/.test(labels.at(-1)!)) return undefined
  // RFC 5893 §1.4: one right-to-left label makes it a Bidi domain name, of which every label must keep the rule.
  if (labels.some(isRightToLeft) && !labels.every(keepsBidiRule)) return undefined
  const domain = labels.join('.')
  return asciiDomain(domain).length <= domainOctets ? domain : undefined
}

/** A prepared domain with A-labels, as DNS, TLS and certificates want it (RFC 5890 §2.3.2.1). */
export function asciiDomain(domain: string): string {
  return domain
    .split('.')
    .map(label => (isAscii(label) ? label : `xn--${encodePunycode(label)}`))
    .join('.')
}

/**
 * RFC 5895 §2, in its order. Letters get their lower case one by one: the final sigma that a whole word would get
 * belongs to prose, and resolvers do not make one. Cherokee keeps its capitals: case folding goes up there, so that
 * RFC 5892 allows the capitals and disallows the small letters.
 */
function mapDomain(text: string): string {
  const lower = text.replace(/[[\p{Lu}\p{Lt}]--\p{Script=Cherokee}]/gv, char => char.toLowerCase())
  return mapWidth(lower).normalize('NFC').replaceAll('\u3002', '.').replace(/\.$/, '')
}

function prepareLabel(label: string): string | undefined {
  if (!isAscii(label)) return isULabel(label) ? label : undefined
  if (!label.startsWith('xn--')) return isNonReservedLdh(label) ? label : undefined
  if (label.length > labelOctets) return undefined
  // RFC 5891 §5.4: the U-label must be one that a registry would accept, and lead back to this very A-label.
  const decoded = decodePunycode(label.slice(4))
  if (decoded === undefined || isAscii(decoded) || !isULabel(decoded)) return undefined
  return asciiDomain(decoded) === label ? decoded : undefined
}

/** RFC 5890 §2.3.1: letters, digits and hyphens, but no hyphens in places three and four. */
function isNonReservedLdh(label: string): boolean {
  return label.length <= labelOctets && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(label) && !label.startsWith('--', 2)
}

/** RFC 5891 §4.2; its Bidi criterion needs the other labels too and is left to the caller. */
function isULabel(label: string): boolean {
  if (label.length > labelOctets || label.normalize('NFC') !== label) return false
  if (label.startsWith('-') || label.endsWith('-')) return false
  if (/^(?:..--|\p{M})/u.test(label)) return false
  const points = Array.from(label, char => char.codePointAt(0)!)
  const inContext = contextRules(points)
  const allowed = points.every((cp, index) => {
    const derived = idnaOf(cp)
    return derived === 'P' || ((derived === 'J' || derived === 'O') && inContext(index))
  })
  return allowed && asciiDomain(label).length <= labelOctets
}

function ipv6(text: string): string | undefined {
  const url = `http://${text}`
  return /^\[[\da-f:.]{2,45}\]$/i.test(text) && URL.canParse(url) ? new URL(url).hostname : undefined
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text)
}
