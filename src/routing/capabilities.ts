/** XEP-0115: Entity Capabilities. A hash stands for all that service discovery would tell. */
import { createHash } from 'node:crypto'
import { parseForm, type ReceivedForm } from '../protocol/data-forms.ts'
import type { Element } from '../protocol/xml/element.ts'

/** Hash functions of XEP-0115 `hash` attributes (XEP-0300 names) that a claim can be checked with. */
const hashes: ReadonlyMap<string, string> = new Map([
  ['sha-1', 'sha1'],
  ['sha-224', 'sha224'],
  ['sha-256', 'sha256'],
  ['sha-384', 'sha384'],
  ['sha-512', 'sha512'],
])

/**
 * XEP-0115#ver-proc: is that what the hash was made of? An answer that is ill-formed proves nothing: of two identities,
 * features or forms that are the same one could have been moved from elsewhere.
 * @param hash the attribute of that name; a function that is not known here proves nothing either
 */
export function provesHash(info: Element, hash: string, ver: string): boolean {
  const name = hashes.get(hash)
  return name !== undefined && isWellFormed(info) && verificationString(info, name) === ver
}

/** XEP-0115#ver-proc, steps 3.3 to 3.6. */
function isWellFormed(info: Element): boolean {
  const children = info.elements()
  const identities = children
    .filter(child => child.name === 'identity')
    .map(identity => ['category', 'type', 'xml:lang', 'name'].map(name => identity.attr(name) ?? '').join('/'))
  const features = children.filter(child => child.name === 'feature').map(feature => feature.attr('var') ?? '')
  const forms = children.filter(child => child.name === 'x').map(x => parseForm(x)?.means ?? '')
  const said = forms.filter(means => means !== '')
  // A separator inside a name would let one list of names pass for another.
  const split = [...identities, ...features].some(text => text.includes('<'))
  return !split && [identities, features, said].every(list => new Set(list).size === list.length)
}

/**
 * XEP-0115#ver-gen: the verification string.
 * @param info `<query/>` of disco#info
 */
export function verificationString(info: Element, hash = 'sha1'): string {
  const children = info.elements()
  const identities = children
    .filter(child => child.name === 'identity')
    .map(identity => ['category', 'type', 'xml:lang', 'name'].map(name => identity.attr(name) ?? ''))
    .sort(byEach)
    .map(parts => parts.join('/'))
  const features = children.filter(child => child.name === 'feature').map(feature => feature.attr('var') ?? '')
  const forms = children
    .filter(child => child.name === 'x')
    .map(parseForm)
    .filter(form => form?.means !== undefined) as ReceivedForm[]
  const lines = [
    ...identities,
    ...features.sort(byOctets),
    ...forms.sort((one, other) => byOctets(one.means ?? '', other.means ?? '')).flatMap(linesOf),
  ]
  return createHash(hash)
    .update(lines.map(line => `${line}<`).join(''))
    .digest('base64')
}

function linesOf(form: ReceivedForm): string[] {
  const fields = form
    .names()
    .sort(byOctets)
    .flatMap(name => [name, ...[...form.values(name)].sort(byOctets)])
  return [form.means ?? '', ...fields]
}

/** The collation `i;octet` (RFC 4790 §9.3), which is not the order of JavaScript's strings. */
function byOctets(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

function byEach(one: readonly string[], other: readonly string[]): number {
  for (const [at, part] of one.entries()) {
    const order = byOctets(part, other[at] ?? '')
    if (order !== 0) return order
  }
  return 0
}
