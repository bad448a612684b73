/**
 * How an expected stanza is compared with one that came. Loosely: what is written must be there, more may be; children
 * in any order. Strictly: nothing more, and children in that order. In both `…` matches anything: as the value of an
 * attribute that must be there, as the content of an element, or as a part of a text.
 */

import { Tree } from './tree.ts'

/** The first difference in words, or undefined if there is none. */
export function difference(expected: Tree, actual: Tree, strict = false): string | undefined {
  return compare(expected, actual, strict, `<${expected.name}>`)
}

function compare(expected: Tree, actual: Tree, strict: boolean, where: string): string | undefined {
  if (expected.name !== actual.name) return `${where} was expected, not <${actual.name}>`
  if (expected.ns !== actual.ns) return `${where} should be in the namespace ${expected.ns}, not ${actual.ns}`
  return (
    compareAttributes(expected, actual, strict, where) ??
    compareText(expected, actual, strict, where) ??
    (strict ? compareInOrder(expected, actual, where) : compareInAnyOrder(expected, actual, where))
  )
}

function compareAttributes(expected: Tree, actual: Tree, strict: boolean, where: string): string | undefined {
  for (const [name, value] of Object.entries(expected.attrs)) {
    const found = actual.attrs[name]
    if (found === undefined) return `${where} has no attribute ${name} (expected "${value}")`
    if (!textMatches(value, found)) return `the attribute ${name} of ${where} is "${found}", not "${value}"`
  }
  const more = strict ? Object.keys(actual.attrs).find(name => !(name in expected.attrs)) : undefined
  return more === undefined ? undefined : `${where} has an attribute ${more} that was not expected`
}

function compareText(expected: Tree, actual: Tree, strict: boolean, where: string): string | undefined {
  const wanted = expected.text().trim()
  if (wanted === '…' || (wanted === '' && !strict)) return undefined
  const found = actual.text()
  if (textMatches(wanted, found) || textMatches(wanted, found.trim())) return undefined
  return `the text of ${where} is "${found}", not "${wanted}"`
}

/** Pairs each expected child with a different actual one; greedy is not enough where one matches several. */
function compareInAnyOrder(expected: Tree, actual: Tree, where: string): string | undefined {
  const wanted = expected.elements()
  const found = actual.elements()
  if (pair(wanted, found)) return undefined
  for (const child of wanted) {
    const path = `${where}<${child.name}>`
    const namesakes = found.filter(each => each.name === child.name && each.ns === child.ns)
    if (namesakes.length === 0) return `${where} has no child <${child.name} xmlns="${child.ns}">`
    const reasons = namesakes.map(each => compare(child, each, false, path))
    if (!reasons.includes(undefined)) return reasons[0]
  }
  return `${where} has fewer such children than expected`
}

function pair(wanted: readonly Tree[], found: readonly Tree[]): boolean {
  const [first, ...rest] = wanted
  if (first === undefined) return true
  return found.some(
    (each, i) =>
      compare(first, each, false, '') === undefined && pair(rest, [...found.slice(0, i), ...found.slice(i + 1)]),
  )
}

function compareInOrder(expected: Tree, actual: Tree, where: string): string | undefined {
  if (expected.text().trim() === '…') return undefined
  const wanted = expected.elements()
  const found = actual.elements()
  for (const [i, child] of wanted.entries()) {
    const other = found[i]
    if (other === undefined) return `${where} has no child <${child.name}> in place ${i + 1}`
    const reason = compare(child, other, true, `${where}<${child.name}>`)
    if (reason !== undefined) return reason
  }
  const more = found[wanted.length]
  return more === undefined ? undefined : `${where} has a child <${more.name} xmlns="${more.ns}"> that was not expected`
}

function textMatches(pattern: string, text: string): boolean {
  if (!pattern.includes('…')) return pattern === text
  const parts = pattern.split('…').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text)
}

/** Whether something is one of ours: a marker that the kit sent to find the end of a queue. */
export function isMarker(tree: Tree, id?: string): boolean {
  return tree.holds(each => each.ns === markerNamespace && (id === undefined || each.attr('id') === id))
}

export const markerNamespace = 'urn:sotto:kit:marker'

export function isTree(value: unknown): value is Tree {
  return value instanceof Tree
}
