import type { Element } from '../../protocol/xml/element.ts'
import { write } from '../../protocol/xml/write.ts'

/** What an element costs in memory besides its text: tags of four characters are a hundred bytes and more each. */
const perElement = 120
const perAttribute = 50

/** The room that an element takes while it is held, about in bytes, whatever it consists of. */
export function roomOf(element: Element): number {
  return write(element).length + objectsIn(element)
}

function objectsIn({ attrs, children }: Element): number {
  let sum = perElement + perAttribute * attrs.length
  for (const child of children) sum += typeof child === 'string' ? perAttribute : objectsIn(child)
  return sum
}
