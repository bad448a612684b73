import { NS } from '../protocol/namespaces.ts'
import { ownCopy } from '../protocol/own-copy.ts'
import { Element } from '../protocol/xml/element.ts'
import { write } from '../protocol/xml/write.ts'

/** A stanza on its way to another server, serialised once. */
export interface Letter {
  readonly text: string
  /** Presence that cannot be sent is out of date anyway; everything else goes back to who sent it. */
  readonly bounces: boolean
  /** When it was handed in, in milliseconds. */
  readonly at: number
  /** Who takes it back. */
  readonly owner: LetterOwner
}

export interface LetterOwner {
  /** A stream is over. */
  forget(stream: object): void
  /** The stream that had them is gone and the other side may not have them: in their order. */
  returned(letters: readonly Letter[]): void
  /** The stream has room again. */
  proceed(): void
}

/** The text of a stanza in a stream between servers, where `jabber:server` is the default namespace (RFC 6120 §4.8.3). */
export function textAmongServers(stanza: Element): string {
  const text = write(stanza)
  // What a client declares once more would no longer be in the namespace of its stanza.
  return text.includes(NS.client) ? write(translated(stanza), NS.server) : text
}

function translated(element: Element): Element {
  if (element.ns !== NS.client) return element
  const children = element.children.map(child => (typeof child === 'string' ? child : translated(child)))
  return new Element(element.name, NS.server, element.attrs, children)
}

/** One that may wait for long, and keeps nothing else alive. */
export function kept(letter: Letter): Letter {
  return { ...letter, text: ownCopy(letter.text) }
}
