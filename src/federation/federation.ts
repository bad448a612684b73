import type { Socket } from 'node:net'
import { domainOf, type Jid, parseJid } from '../protocol/jid.ts'
import { errorReply, type Problem, problem, type StanzaCondition, StreamProblem } from '../protocol/problems.ts'
import type { Element } from '../protocol/xml/element.ts'
import { parseElement } from '../protocol/xml/parser.ts'
import { AnsweringStream } from './answering.ts'
import { type Letter, textAmongServers } from './letter.ts'
import { Link, type LinkParts } from './link.ts'
import type { PeerStream } from './peer-stream.ts'
import { type ReachParts, reach } from './reaching/reach.ts'
import { Slots } from './slots.ts'

export interface FederationParts extends ReachParts {
  /** Sends a stanza back to one of ours. */
  answer(stanza: Element, from: Jid, to: Jid): void
  /** From 0 to 1. */
  readonly random?: () => number
}

/** Other servers that are called at one time, and questions about keys that are asked at one time. */
const mostCalls = 100
const mostQuestions = 50
/** Pairs of a domain of ours and one elsewhere that are known at one time. */
const mostLinks = 20_000
/** How long a server that could not be asked about a key is not asked again. */
const unaskedMs = 30_000
const mostUnasked = 1_000
const sweepMs = 1_000
/** How long what has been sent may take to be acknowledged when the service stops. */
const drainMs = 2_000

/** Everything that goes to other servers and comes from them. */
export class Federation {
  readonly #parts: FederationParts
  readonly #link: LinkParts
  readonly #links = new Map<string, Link>()
  readonly #streams = new Set<PeerStream>()
  readonly #unasked = new Map<string, number>()
  #questions = 0
  #bounced = 0
  #sweeping: NodeJS.Timeout | undefined
  #closed = false

  constructor(parts: FederationParts) {
    this.#parts = parts
    this.#link = {
      streams: parts.streams,
      resolver: parts.resolver,
      slots: new Slots(mostCalls),
      waiting: { characters: 0 },
      bounce: (letter, because) => this.#bounce(letter, because),
      began: stream => this.#streams.add(stream),
      left: (stream, how) => this.#left(stream, how),
      random: parts.random ?? Math.random,
    }
  }

  /** Streams that are open now, and stanzas that wait or came back. */
  get figures(): { readonly streams: number; readonly waiting: number; readonly bounced: number } {
    let waiting = 0
    for (const link of this.#links.values()) waiting += link.waiting
    return { streams: this.#streams.size, waiting, bounced: this.#bounced }
  }

  start(): void {
    this.#sweeping ??= setInterval(() => this.#sweep(), sweepMs).unref()
  }

  /** A stanza of ours for somebody elsewhere: `Outlet`. */
  send(stanza: Element): void {
    const from = parseJid(stanza.attr('from') ?? '')
    const to = parseJid(stanza.attr('to') ?? '')
    if (from === undefined || to === undefined || this.#closed) return
    const [our, their] = [domainOf(from), domainOf(to)]
    const link = this.#links.get(`${our} ${their}`) ?? this.#newLink(our, their)
    const letter: Letter = {
      text: textAmongServers(stanza),
      bounces: stanza.name !== 'presence',
      at: this.#parts.streams.now(),
      owner: link ?? nobody,
    }
    if (link !== undefined) link.send(letter)
    else this.#bounce(letter, problem('resource-constraint', 'Too many other servers are being talked to.'))
  }

  /** A connection from elsewhere. */
  accept(socket: Socket, direct: boolean, release: () => void): void {
    socket.once('close', release)
    const stream = new AnsweringStream(this.#parts.streams, socket, direct, {
      confirm: (our, their, id, key) => this.#confirm(our, their, id, key),
      known: (ready, our, their, bothWays) => {
        const link = this.#links.get(`${our} ${their}`) ?? (bothWays ? this.#newLink(our, their) : undefined)
        if (bothWays) link?.adopt(ready)
        link?.isSeen()
      },
      left: (gone, how) => this.#left(gone, how),
    })
    this.#streams.add(stream)
    if (this.#closed) stream.close(new StreamProblem('system-shutdown'))
  }

  /** Sends what can still be sent, gives back the rest and ends all streams. */
  async close(): Promise<void> {
    const until = this.#parts.streams.now() + drainMs
    while ([...this.#streams].some(stream => stream.busy) && this.#parts.streams.now() < until) {
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    this.#closed = true
    clearInterval(this.#sweeping)
    for (const link of this.#links.values()) link.close(problem('remote-server-timeout', 'This server is stopping.'))
    for (const stream of [...this.#streams]) stream.close(new StreamProblem('system-shutdown'))
  }

  #newLink(our: string, their: string): Link | undefined {
    if (this.#links.size >= mostLinks) return undefined
    const link = new Link(this.#link, our, their)
    this.#links.set(`${our} ${their}`, link)
    return link
  }

  #left(stream: PeerStream, how: 'ended' | 'broken'): void {
    this.#streams.delete(stream)
    if (how === 'ended' || this.#closed || stream.our === undefined) return
    for (const their of stream.theirs) {
      const link = this.#links.get(`${stream.our} ${their}`)
      if (link !== undefined) link.doubt()
      else this.#parts.streams.host.peer('doubtful', stream.our, their)
    }
  }

  #sweep(): void {
    const now = this.#parts.streams.now()
    for (const stream of this.#streams) stream.swept(now)
    for (const [name, link] of this.#links) {
      link.swept(now)
      if (link.isIdle) this.#links.delete(name)
    }
  }

  async #confirm(our: string, their: string, id: string, key: string): Promise<'valid' | 'invalid' | StanzaCondition> {
    const now = this.#parts.streams.now()
    // Whoever makes us ask others must not make us ask many, or the same ones again and again.
    if ((this.#unasked.get(their) ?? 0) > now) return 'remote-server-timeout'
    if (this.#questions >= mostQuestions) return 'resource-constraint'
    this.#questions++
    try {
      let valid = false
      const outcome = await reach(this.#parts, {
        our,
        their,
        question: { id, key },
        answered: answer => {
          valid = answer
        },
        left: () => undefined,
      })
      if (outcome === 'answered') return valid ? 'valid' : 'invalid'
      this.#unasked.delete(their)
      this.#unasked.set(their, this.#parts.streams.now() + unaskedMs)
      if (this.#unasked.size > mostUnasked) this.#unasked.delete(this.#unasked.keys().next().value as string)
      return outcome === 'no such server' || outcome === 'not there'
        ? 'remote-server-not-found'
        : 'remote-server-timeout'
    } finally {
      this.#questions--
    }
  }

  #bounce(letter: Letter, because: Problem): void {
    if (!letter.bounces) return
    this.#bounced++
    const stanza = parseElement(letter.text)
    const reply = errorReply(stanza, because)
    const from = parseJid(stanza.attr('to') ?? '')
    const to = parseJid(stanza.attr('from') ?? '')
    if (reply !== undefined && from !== undefined && to !== undefined) this.#parts.answer(reply, from, to)
  }
}

const nobody = { forget: () => undefined, returned: () => undefined, proceed: () => undefined }
