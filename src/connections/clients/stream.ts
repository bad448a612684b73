import { domainOf } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { StreamProblem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { XmlError } from '../../protocol/xml/parser.ts'
import { write } from '../../protocol/xml/write.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { ClientStream } from '../../routing/feature.ts'
import type { Session } from '../../routing/session.ts'
import type { Carried, Transport } from '../transport.ts'
import { Negotiation } from './negotiation.ts'
import { Pace } from './pace.ts'
import { answerSeconds, type ClientParts, farewellSeconds, maxQueued, maxWaiting } from './parts.ts'

/** Why nothing is read: routing wants it so, elements wait, or there were too many. */
const byRouting = 1
const byQueue = 2
const byPace = 4

/** What waits for an earlier element: another one, or the end of the stream. */
type Waiting = Element | 'end'

/** What waits to be sent: texts, and callbacks that stand where the texts before them end. */
type Held = string | (() => void)

/**
 * One client's stream, from its first byte to its last. A `Negotiation` leads it until a session is bound; from then on
 * elements go to routing and to the features that extend streams.
 */
export class Stream implements ClientStream, Carried {
  readonly #parts: ClientParts
  readonly #transport: Transport
  #negotiation: Negotiation | undefined
  #account: LocalAccount | undefined = undefined
  #session: Session | undefined = undefined
  /** `xml:lang` of the header: the default for what the client says (RFC 6120 §4.7.4). */
  #language: string | undefined = undefined
  #pace: Pace | undefined = undefined
  #queue: Waiting[] | undefined = undefined
  #held: Held[] | undefined = undefined
  #stops = 0
  #busy = false
  /** Nothing is said or heard any longer. */
  #over = false
  #connected = true
  /** A sign of life was asked for. */
  #asked = false
  /** When the present deadline began to run: signing in, answering, closing. */
  #since: number

  constructor(parts: ClientParts, transport: Transport) {
    this.#parts = parts
    this.#transport = transport
    this.#since = parts.clock.now
    this.#negotiation = new Negotiation(parts, this, transport)
  }

  get accountId(): number {
    if (this.#account === undefined) throw new Error('Nobody has signed in on this stream.')
    return this.#account.id
  }

  get session(): Session | undefined {
    return this.#session
  }

  get busy(): boolean {
    return this.#busy
  }

  get over(): boolean {
    return this.#over
  }

  get waitingBytes(): number {
    return this.#transport.waitingBytes
  }

  // Towards the client

  send(text: string, patienceMs?: number): void {
    if (this.#over) return
    if (this.#held !== undefined) {
      this.#held.push(text)
      return
    }
    this.#transport.write(text, patienceMs)
    if (this.#transport.waitingBytes > maxWaiting) this.#tooSlow()
  }

  sendElement(element: Element): void {
    this.send(write(element))
  }

  whenWritten(then: () => void): void {
    if (this.#over) return
    if (this.#held !== undefined) this.#held.push(then)
    else this.#transport.whenWritten(then)
  }

  whenDrained(then: () => void): void {
    if (!this.#over) this.#transport.whenDrained(then)
  }

  pause(): void {
    this.#stop(byRouting)
  }

  resume(): void {
    this.#go(byRouting)
  }

  close(problem?: StreamProblem): void {
    if (this.#over) return
    this.#farewell(problem)
    this.#leave('ended')
  }

  /** Keeps back what is sent until `release`: an answer has to come before what it brings about. */
  hold(): void {
    this.#held ??= []
  }

  release(): void {
    const held = this.#held
    this.#held = undefined
    if (held === undefined) return
    for (const entry of held) {
      if (typeof entry === 'string') this.send(entry)
      else this.whenWritten(entry)
    }
  }

  // Steps of the negotiation

  /** The client has proved who it is. */
  signedIn(account: LocalAccount, language: string | undefined): void {
    this.#account = account
    this.#language = language
  }

  adopt(session: Session): void {
    const older = session.link
    session.link = this
    if (older !== undefined && older !== this)
      older.close(new StreamProblem('conflict', 'The same device has connected anew.'))
    this.bound(session)
  }

  /** The stream carries a session from now on. */
  bound(session: Session): void {
    this.#session = session
    this.#negotiation = undefined
    if (this.#parts.limiter.enabled) this.#pace = new Pace()
    this.#transport.establish()
  }

  // From the client

  opened(header: Element): void {
    if (this.#over) return
    this.#negotiation?.opened(header)
  }

  element(element: Element): void {
    if (this.#over) return
    if (this.#busy) this.#enqueue(element)
    else this.#take(element)
  }

  ended(): void {
    if (this.#over) return
    if (this.#busy) this.#enqueue('end')
    else this.close()
  }

  heard(bytes: number): void {
    const waitMs = this.#pace?.bytes(bytes) ?? 0
    if (waitMs === 0 || this.#over) return
    this.#stop(byPace)
    setTimeout(() => this.#go(byPace), waitMs).unref()
  }

  failed(thrown: unknown): void {
    if (this.#over) return
    if (thrown instanceof StreamProblem) this.close(thrown)
    else if (thrown instanceof XmlError) this.close(new StreamProblem(thrown.condition, thrown.message))
    else {
      this.#parts.log.bug('a client stream failed', thrown)
      this.close(new StreamProblem('internal-server-error'))
    }
  }

  gone(): void {
    this.#connected = false
    // What arrived before the connection broke is dealt with first, unless nobody has signed in.
    if (!this.#over && (!this.#busy || this.#session === undefined)) this.#lost()
  }

  swept(now: number): void {
    if (!this.#connected) return
    const { loginSeconds, silenceSeconds } = this.#parts.settings.streams
    if (this.#over) {
      if (now - this.#since >= farewellSeconds) this.#transport.destroy()
    } else if (this.#session === undefined) {
      if (now - this.#since >= loginSeconds) this.close(new StreamProblem('connection-timeout', 'Nobody signed in.'))
    } else if (this.#stops !== 0 || now - this.#transport.heardAt < silenceSeconds) {
      this.#asked = false
    } else if (!this.#asked) {
      this.#asked = true
      this.#since = now
      this.#askForLife(this.#session)
    } else if (now - this.#since >= answerSeconds) {
      this.#farewell(new StreamProblem('connection-timeout', 'There was no sign of life.'))
      this.#leave('lost')
    }
  }

  /** XEP-0198#acking asks for an acknowledgement, XEP-0199 for anything at all. */
  #askForLife(session: Session): void {
    if (session.management !== undefined) {
      this.send("<r xmlns='urn:xmpp:sm:3'/>")
      return
    }
    const from = domainOf(session.jid)
    const ping = xml('ping', { xmlns: 'urn:xmpp:ping' })
    this.sendElement(xml('iq', { xmlns: NS.client, type: 'get', id: 'alive', from, to: session.jid }, ping))
  }

  #enqueue(waiting: Waiting): void {
    if (this.#queue === undefined) this.#queue = [waiting]
    else this.#queue.push(waiting)
    if (this.#queue.length >= maxQueued) this.#stop(byQueue)
  }

  #take(element: Element): void {
    const doing = this.#handle(element)
    if (doing !== undefined) this.#await(doing)
  }

  #await(doing: Promise<void>): void {
    this.#busy = true
    doing.then(
      () => this.#proceed(),
      (thrown: unknown) => {
        this.failed(thrown)
        this.#proceed()
      },
    )
  }

  #handle(element: Element): void | Promise<void> {
    const session = this.#session
    if (session === undefined) return this.#negotiation?.element(element)
    const { host } = this.#parts
    if (element.ns === NS.client) {
      const waitMs = this.#pace?.stanza() ?? 0
      const stanza = this.#inLanguage(element)
      if (waitMs === 0) return host.receive(session, stanza)
      return later(waitMs).then(() => (this.#over ? undefined : host.receive(session, stanza)))
    }
    const extension = host.extensions.elements.get(`{${element.ns}}${element.name}`)
    if (extension !== undefined) return extension.handle(this, element)
    if (element.is('error', NS.streams)) return this.close()
    throw new StreamProblem('unsupported-stanza-type', 'This server does not know what to do with that.')
  }

  /** RFC 6120 §8.1.5: what has text in it says in which language, and the header speaks for what does not. */
  #inLanguage(stanza: Element): Element {
    if (this.#language === undefined || stanza.name === 'iq' || stanza.children.length === 0) return stanza
    return stanza.attr('xml:lang') === undefined ? stanza.with({ 'xml:lang': this.#language }) : stanza
  }

  /** What an element was waiting for has happened. */
  #proceed(): void {
    this.#busy = false
    try {
      while (this.#queue !== undefined && !this.#busy && !this.#over) {
        const next = this.#queue.shift()
        if (this.#queue.length === 0) this.#queue = undefined
        if (next === 'end') this.close()
        else if (next !== undefined) this.#take(next)
      }
    } catch (thrown) {
      this.failed(thrown)
    }
    if (this.#busy || this.#over) return
    if (!this.#connected) this.#lost()
    else if (this.#stops === 0) this.#transport.resume()
    else this.#go(byQueue)
  }

  #stop(reason: number): void {
    this.#stops |= reason
    this.#transport.pause()
  }

  #go(reason: number): void {
    if ((this.#stops & reason) === 0) return
    this.#stops &= ~reason
    if (this.#stops === 0 && !this.#over) this.#transport.resume()
  }

  #tooSlow(): void {
    this.#parts.log.debug('a client read too slowly')
    this.#over = true
    // An error would stand in the middle of whatever was being written.
    this.#transport.destroy()
    this.#leave('lost')
  }

  #lost(): void {
    this.#over = true
    this.#leave('lost')
  }

  /** Says goodbye. RFC 6120 §4.9.1.2: an error before the header is told in a stream opened for it. */
  #farewell(problem: StreamProblem | undefined): void {
    this.#held = undefined
    if (problem !== undefined) {
      this.#parts.log.debug('a client stream ends', { because: problem.condition })
      this.#negotiation?.openForError()
      const children = problem.element().children.map(child => (typeof child === 'string' ? child : write(child)))
      this.#transport.writeStreamElement('error', children.join(''))
    }
    this.#over = true
    this.#since = this.#parts.clock.now
    this.#transport.end()
  }

  #leave(how: 'ended' | 'lost'): void {
    const session = this.#session
    this.#session = undefined
    this.#negotiation = undefined
    this.#queue = undefined
    if (session === undefined || session.ended || session.link !== this) return
    try {
      if (how === 'ended') this.#parts.host.end(session)
      else this.#parts.host.lost(session, this)
    } catch (bug) {
      this.#parts.log.bug('a session could not be ended', bug)
    }
  }
}

function later(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref())
}
