import { NS } from '../../protocol/namespaces.ts'
import { Element } from '../../protocol/xml/element.ts'

/** What components call what clients call `jabber:client`. */
export const accept = 'jabber:component:accept'

/** A stanza of a component as everybody else knows it: stanzas are the same in all content namespaces (RFC 6120 §4.8.3). */
export function asOurs(element: Element): Element {
  if (element.ns !== accept) return element
  const children = element.children.map(child => (typeof child === 'string' ? child : asOurs(child)))
  return new Element(element.name, NS.client, element.attrs, children)
}
