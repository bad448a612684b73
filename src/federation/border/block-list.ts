import { hash } from 'node:crypto'
import type { Log } from '../../operations/log.ts'
import { bareOf, type DomainJid, domainOf, type Jid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { ownCopy } from '../../protocol/own-copy.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'

export interface BlockListParts {
  /** Who publishes it. */
  readonly service: Jid
  readonly node: string
  /** In whose name it is read. */
  readonly reader: DomainJid
  /** Sends a request and waits for its answer. Never rejects. */
  ask(iq: Element, from: Jid, to: Jid): Promise<Element>
  readonly log: Log
}

const pubsub = 'http://jabber.org/protocol/pubsub'
const events = 'http://jabber.org/protocol/pubsub#event'
const rsm = 'http://jabber.org/protocol/rsm'

/** Entries of one list that are kept; more are not looked at. */
const mostEntries = 50_000
const pageSize = 200
/** The whole list is read again this often, in case that news got lost. */
const anewMs = 3_600_000
const firstPauseMs = 60_000

/** SHA-256, in hexadecimal digits: who is on the list is not to be read from it. */
const entry = /^[0-9a-f]{64}$/

/**
 * A list of people and domains that others keep (real-time block list): items of a pubsub node whose names are hashes.
 * What is known of it stays while its server is away.
 */
export class BlockList {
  readonly #parts: BlockListParts
  #entries = new Set<string>()
  /** What was heard while the list is being read. */
  #news: ((entries: Set<string>) => void)[] | undefined
  #failures = 0
  #next: NodeJS.Timeout | undefined
  #stopped = false

  constructor(parts: BlockListParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#entries.size
  }

  start(): void {
    void this.#refresh()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#next)
  }

  /** Is somebody on it, themselves or with their whole domain? */
  has(from: Jid): boolean {
    if (this.#entries.size === 0) return false
    return [bareOf(from), domainOf(from)].some(each => this.#entries.has(hash('sha256', each)))
  }

  /** @returns whether the message was news of this list, which is for nobody else */
  hears(message: Element, from: Jid): boolean {
    const { service, node } = this.#parts
    if (message.name !== 'message' || bareOf(from) !== service) return false
    const event = message.child('event', events)
    const about = event?.elements().find(each => each.attr('node') === node)
    if (about === undefined) return false
    for (const change of changesIn(about)) {
      change(this.#entries)
      this.#news?.push(change)
    }
    return true
  }

  async #refresh(): Promise<void> {
    const done = (await this.#subscribe()) && (await this.#read())
    if (this.#stopped) return
    if (!done && this.#failures === 0) {
      this.#parts.log.warning('a block list cannot be read; what is known of it stays, and it is tried again')
    }
    this.#failures = done ? 0 : this.#failures + 1
    const pause = done ? anewMs : Math.min(anewMs, firstPauseMs * 2 ** (this.#failures - 1))
    this.#next = setTimeout(() => void this.#refresh(), pause).unref()
  }

  async #subscribe(): Promise<boolean> {
    const { node, reader } = this.#parts
    const answer = await this.#ask('set', xml('pubsub', { xmlns: pubsub }, xml('subscribe', { node, jid: reader })))
    return answer.attr('type') === 'result'
  }

  /** In pages (XEP-0059), where the service has them: all of it together may be larger than a stanza can be. */
  async #read(): Promise<boolean> {
    const { node } = this.#parts
    this.#news = []
    const read = new Set<string>()
    try {
      for (let after: string | undefined; ; ) {
        const page = xml('set', { xmlns: rsm }, xml('max', null, String(pageSize)), after && xml('after', null, after))
        const answer = await this.#ask('get', xml('pubsub', { xmlns: pubsub }, xml('items', { node }), page))
        if (answer.attr('type') !== 'result') return false
        const inside = answer.child('pubsub', pubsub)
        const items = inside?.child('items')?.elements() ?? []
        for (const item of items) put(read, item.attr('id'))
        const last = inside?.child('set', rsm)?.childText('last')
        if (last === undefined || last === after || items.length < pageSize || read.size >= mostEntries) break
        after = last
      }
      for (const change of this.#news) change(read)
      this.#entries = read
      return true
    } finally {
      this.#news = undefined
    }
  }

  #ask(type: 'get' | 'set', payload: Element): Promise<Element> {
    const { service, reader } = this.#parts
    return this.#parts.ask(xml('iq', { xmlns: NS.client, type, from: reader, to: service }, payload), reader, service)
  }
}

function put(entries: Set<string>, id: string | undefined): void {
  const name = id?.toLowerCase()
  if (name !== undefined && entry.test(name) && entries.size < mostEntries) entries.add(ownCopy(name))
}

/** XEP-0060#publisher-publish-success-withpayload, #publisher-delete-success-subnotify, #owner-purge-success */
function changesIn(about: Element): ((entries: Set<string>) => void)[] {
  if (about.name === 'purge' || about.name === 'delete') return [entries => entries.clear()]
  if (about.name !== 'items') return []
  return about.elements().map(each => {
    const id = each.attr('id')
    return each.name === 'retract'
      ? entries => void entries.delete((id ?? '').toLowerCase())
      : entries => put(entries, id)
  })
}
