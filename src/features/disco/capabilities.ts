/** XEP-0115: Entity Capabilities. A hash stands for all that service discovery would tell. */
import { createHash } from 'node:crypto'
import { parseForm, type ReceivedForm } from '../../protocol/data-forms.ts'
import type { Element } from '../../protocol/xml/element.ts'

/**
 * XEP-0115#ver-gen: the verification string, made with SHA-1.
 * @param info `<query/>` of disco#info
 */
export function verificationString(info: Element): string {
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
  return createHash('sha1')
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
