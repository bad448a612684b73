/**
 * XEP-0424#tombstones: what its author takes back leaves the archives that can be opened, with all that it was corrected to;
 * that it was there stays.
 */
import type { Archive as Store } from '../../archive/archive.ts'
import type { Entry } from '../../archive/epoch-reader.ts'
import { type Said, Versions } from '../../archive/versions.ts'
import { bareOf, type Jid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { dateTime, messageType } from '../../protocol/stanza.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import { write } from '../../protocol/xml/write.ts'
import type { Passing } from '../../routing/feature.ts'

const ns = 'urn:xmpp:message-retract:1'

export interface RetractionParts {
  readonly archive: Store
  /** Milliseconds since 1970. */
  now(): number
  failed(bug: unknown): void
}

/** Which message is to go, and by which. */
export interface Retraction {
  readonly of: string
  readonly by: string
}

/** What a message retracts; undefined if it retracts nothing, or cannot be told apart by an id (XEP-0424#rules). */
export function retraction(message: Element): Retraction | undefined {
  const of = message.child('retract', ns)?.attr('id')
  const by = message.attr('id')
  if (!of || !by || messageType(message) === 'groupchat') return undefined
  return { of, by }
}

/** Retractions of one account that may wait for each other; more of them stay as they are. */
const mostWaiting = 50

export class Retractions {
  readonly #parts: RetractionParts
  readonly #versions: Versions<Entry>
  readonly #queues = new Map<number, { length: number; last: Promise<void> }>()

  constructor(parts: RetractionParts) {
    this.#parts = parts
    this.#versions = new Versions(parts.archive)
  }

  /** Seen from one side. One after the other for each account. */
  add({ account, side, from, to, entry }: Passing, retraction: Retraction): void {
    const queue = this.#queues.get(account.id) ?? { length: 0, last: Promise.resolve() }
    if (entry === undefined || queue.length >= mostWaiting) return
    this.#queues.set(account.id, queue)
    queue.length++
    const sent = side === 'sending'
    const peer = sent ? to : from
    queue.last = queue.last
      .then(() => this.#retract(account.id, peer, sent, retraction))
      .catch(bug => this.#parts.failed(bug))
      .then(() => {
        if (--queue.length === 0) this.#queues.delete(account.id)
      })
  }

  async #retract(account: number, peer: Jid, sent: boolean, { of, by }: Retraction): Promise<void> {
    const { archive, now } = this.#parts
    const said: Said<Entry> = {
      owner: account,
      with: bareOf(peer),
      by: entry => entry.sent === sent && mayRetract(peer, entry),
    }
    const named = await this.#versions.named(said, of)
    if (named === undefined) return
    for (const { entry, message } of await this.#versions.of(said, named.entry)) {
      await archive.retract(account, entry, tombstone(message, by, now()))
    }
  }
}

/** XEP-0424#rules: the same person; somebody in a room is known by the whole address. */
function mayRetract(peer: Jid, entry: Entry): boolean {
  return entry.peer === peer || parseElement(entry.text).child('x', NS.mucUser) === undefined
}

/** The message without what it said: who, to whom, under which ids. */
function tombstone(message: Element, by: string, now: number): string {
  const ids = message.elements().filter(child => child.is('stanza-id', NS.stanzaIds))
  return write(message.with({}, [xml('retracted', { xmlns: ns, id: by, stamp: dateTime(now) }), ...ids]))
}
