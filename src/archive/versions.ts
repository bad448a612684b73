/**
 * A message and what it was corrected to (XEP-0308): to those who read it all of them are one, so they end together
 * (XEP-0424#tombstones). Looking for them costs by how much was said since, and has an end.
 */

import { NS } from '../protocol/namespaces.ts'
import type { Element } from '../protocol/xml/element.ts'
import { parseElement } from '../protocol/xml/parser.ts'
import { escapeAttr } from '../protocol/xml/write.ts'
import type { History, HistoryQuery } from './history.ts'
import type { Found } from './shelf.ts'

const correction = 'urn:xmpp:message-correct:0'

/** Messages that are looked through for one that is named by an id of its author's, or for its corrections. */
const furthest = 1_000
const page = 50
/** Characters of a page, so that nobody makes us hold fifty of the largest stanzas. */
const largestPage = 500_000

/** Where a message stands in an archive, with what it says. */
export interface Version<E> {
  readonly entry: E
  readonly message: Element
}

/** What one author has said in one archive. */
export interface Said<E> {
  /** Whose archive it is. */
  readonly owner: number
  /** In the conversation with that contact, where the archive has contacts. */
  readonly with?: string
  by(entry: E): boolean
}

export class Versions<E extends Found> {
  readonly #archive: { readonly history: History<E> }

  constructor(archive: { readonly history: History<E> }) {
    this.#archive = archive
  }

  /** The message that its author calls by that id (XEP-0359); the newest, where ids are not as unique as they should be. */
  async named(said: Said<E>, id: string): Promise<Version<E> | undefined> {
    for await (const version of this.#look(said, id, { backwards: true })) {
      if (isNamed(version.message, id)) return version
    }
    return undefined
  }

  /** The message itself, the one that was said first, and all that this one was corrected to. */
  async of(said: Said<E>, entry: E): Promise<Version<E>[]> {
    const message = parseElement(entry.text)
    const found: Version<E>[] = [{ entry, message }]
    const first = corrected(message) ?? message.attr('id')
    if (first === undefined) return found
    if (corrected(message) !== undefined) {
      for await (const other of this.#look(said, first, { backwards: true, before: entry.seq })) {
        const isFirst = isNamed(other.message, first)
        if (isFirst || corrected(other.message) === first) found.push(other)
        if (isFirst) break
      }
    }
    for await (const other of this.#look(said, first, { backwards: false, after: entry.seq })) {
      // Some clients give the same ids again, in another session: what comes then is about another message.
      if (isNamed(other.message, first)) break
      if (corrected(other.message) === first) found.push(other)
    }
    return found
  }

  /** What the author has said with a certain word in it and not taken back, from some place on. */
  async *#look(
    said: Said<E>,
    word: string,
    from: Pick<HistoryQuery, 'backwards' | 'before' | 'after'>,
  ): AsyncGenerator<Version<E>> {
    const attribute = escapeAttr(word)
    const contact = said.with === undefined ? {} : { with: said.with }
    let at = from
    for (let looked = 0; looked < furthest; ) {
      const query = { limit: page, characters: largestPage, ...contact, ...at }
      const found = await this.#archive.history.page(said.owner, query)
      if (found === 'not found') return
      const { entries, complete } = found
      for (const entry of from.backwards ? entries.toReversed() : entries) {
        if (entry.retracted || !entry.text.includes(attribute) || !said.by(entry)) continue
        yield { entry, message: parseElement(entry.text) }
      }
      const end = from.backwards ? entries[0] : entries.at(-1)
      if (complete || end === undefined) return
      looked += entries.length
      at = from.backwards ? { ...from, before: end.seq } : { ...from, after: end.seq }
    }
  }
}

/** XEP-0359: by the id of the stanza, or by the one that its author's client added. */
function isNamed(message: Element, id: string): boolean {
  return message.attr('id') === id || message.child('origin-id', NS.stanzaIds)?.attr('id') === id
}

/** XEP-0308: the id of the message that this one is meant to replace. */
function corrected(message: Element): string | undefined {
  return message.child('replace', correction)?.attr('id')
}
