/** XML written as template literals: what is put in is escaped, unless it was itself written with `xml`. */

import { escaped, parseTrees, type Tree } from './tree.ts'

export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

export type Hole = string | number | Markup | undefined | readonly Markup[]

/** What `sends` and `receives` take: as a tag, or called with text or with markup. */
export type Written = [TemplateStringsArray, ...Hole[]] | [string | Markup]

/** A piece of XML to put into another. */
export function xml(...written: Written): Markup {
  return new Markup(textOf(written))
}

export function textOf(written: Written): string {
  const [first, ...holes] = written
  if (typeof first === 'string') return first.trim()
  if (first instanceof Markup) return first.text
  return first
    .map((text, i) => text + (i < holes.length ? fill(holes[i]) : ''))
    .join('')
    .trim()
}

function fill(hole: Hole): string {
  if (hole === undefined) return ''
  if (hole instanceof Markup) return hole.text
  if (Array.isArray(hole)) return hole.join('')
  return escaped(String(hole))
}

/** The one element that is written there. */
export function treeOf(written: Written): Tree {
  const text = textOf(written)
  const trees = parseTrees(text)
  if (trees.length !== 1) throw new Error(`Exactly one element is wanted here, not ${trees.length}: ${text}`)
  return trees[0]!
}
