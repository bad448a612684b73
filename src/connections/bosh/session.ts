import type { ChannelBindings } from '../../accounts/sign-in/types.ts'
import type { NetworkKey } from '../../operations/limits.ts'
import { NS } from '../../protocol/namespaces.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { ReceptionLimits } from '../clients/reception.ts'
import { standingAlone } from '../framed-text.ts'
import type { Clock } from '../sweep.ts'
import type { Carried, CarryingTransport, StreamOpening, Transport } from '../transport.ts'
import { type Body, ofXmpp, type TerminalCondition, terminal, whole, writeBody } from './body.ts'
import { Eagerness } from './eagerness.ts'
import { type Exchange, Exchanges } from './exchanges.ts'
import { KeySequence } from './keys.ts'
import { Outbox } from './outbox.ts'
import { inactivity, longestPause, polling, Terms } from './terms.ts'

export interface BoshParts {
  readonly clock: Clock
  readonly limits: ReceptionLimits
  carry(transport: Transport): Carried
  /** Nobody comes in any longer, so nobody will ask what became of a session. */
  readonly stopping: boolean
  /** The session is over; called once. */
  closed(session: BoshSession): void
}

export interface BoshClient {
  readonly sid: string
  readonly network: NetworkKey
  readonly loopback: boolean
  /** To be called when the session is over. */
  readonly release: () => void
}

/** Empty requests in quick succession that nothing came of, before it is too much (XEP-0124#overactive). */
const mostIdle = 10

interface Request {
  readonly body: Body
  readonly exchange: Exchange
}

/** A stream carried by requests and answers (XEP-0124, XEP-0206). */
export class BoshSession implements CarryingTransport {
  readonly carried: Carried
  readonly sid: string
  readonly network: NetworkKey
  readonly loopback: boolean
  readonly release: () => void
  readonly encrypted = true
  readonly upgradable = false
  /** The connections come and go, so there is no channel to bind to. */
  readonly bindingKind = 0
  readonly bindings: ChannelBindings = {}
  heardAt: number
  readonly #parts: BoshParts
  readonly #terms: Terms
  readonly #acknowledges: boolean
  readonly #exchanges: Exchanges<Request>
  readonly #keys: KeySequence
  readonly #eagerness: Eagerness
  readonly #outbox = new Outbox()
  /** Elements, and new headers, that wait for their turn. */
  #inbox: (() => void)[] = []
  #inboxBytes = 0
  #strangersBytes = 0
  #opening: StreamOpening | undefined = undefined
  #introduced = false
  #established = false
  #paused = false
  #deaf = false
  #over = false
  #farewell: TerminalCondition | undefined = undefined
  #due = false
  #timer: NodeJS.Timeout | undefined
  #quietSince: number
  #patience = inactivity

  constructor(parts: BoshParts, { sid, network, loopback, release }: BoshClient, { element, rid }: Body) {
    this.#parts = parts
    this.sid = sid
    this.network = network
    this.loopback = loopback
    this.release = release
    this.heardAt = parts.clock.now
    this.#quietSince = parts.clock.now
    this.#terms = new Terms(element)
    this.#acknowledges = element.attr('ack') === '1'
    this.#keys = new KeySequence(element)
    this.#exchanges = new Exchanges(rid, this.#terms.hold + 1)
    this.#eagerness = new Eagerness(this.#terms.hold === 0 ? 1 : mostIdle, polling)
    this.carried = parts.carry(this)
  }

  /** The Content-Type of all answers. */
  get contentType(): string {
    return this.#terms.content
  }

  /** Somebody has signed in. */
  get established(): boolean {
    return this.#established
  }

  get waitingBytes(): number {
    return this.#outbox.waiting
  }

  // Requests

  /** The first request. */
  begins(body: Body, exchange: Exchange): void {
    this.#exchanges.opens(exchange)
    this.#opens(body.element)
    this.#put(body)
    this.#tell()
  }

  /** Any other. @param bytes of the body */
  arrived(body: Body, bytes: number, exchange: Exchange): void {
    this.heardAt = this.#parts.clock.now
    if (this.#over) {
      exchange.answer(terminal('item-not-found'), unheard)
      return
    }
    const request = { body, exchange }
    switch (this.#exchanges.judge(body.rid)) {
      case 'next':
        this.#patience = inactivity
        if (this.#established) this.carried.heard(bytes)
        this.#strangersBytes += bytes
        this.#take(request)
        return
      case 'early':
        if (!this.#exchanges.keep(body.rid, request)) exchange.answer(writeBody({ type: 'error' }), unheard)
        return
      case 'again':
        this.#again(exchange)
        return
      default:
        this.refuse('item-not-found', exchange)
    }
  }

  /** The connection of a request broke before it was answered. */
  broke(exchange: Exchange): void {
    this.#exchanges.broke(exchange)
    this.#quietSince = this.#parts.clock.now
  }

  #take(first: Request): void {
    let request: Request | undefined = first
    while (request !== undefined && !this.#over) {
      const { body, exchange }: Request = request
      if (!this.#keys.fits(body.element)) {
        this.refuse('item-not-found', exchange)
        return
      }
      request = this.#exchanges.taken()
      this.#exchanges.opens(exchange)
      if (this.#deaf) continue
      if (this.#eagerness.isTooMuch(body, this.#outbox.empty)) {
        this.refuse('policy-violation')
        return
      }
      this.#put(body)
    }
    this.#soon()
  }

  /** XEP-0124#broken */
  #again(exchange: Exchange): void {
    const given = this.#exchanges.answerOf(exchange.rid)
    if (given !== undefined) {
      exchange.answer(given.text, given.written)
      return
    }
    const first = this.#exchanges.replaces(exchange)
    if (first !== undefined) first.answer(writeBody({ type: 'error' }), unheard)
    else if (this.#exchanges.isPassed(exchange.rid)) exchange.answer(writeBody({}), unheard)
    else this.#exchanges.opens(exchange)
    this.#soon()
  }

  #put({ element, payload }: Body): void {
    const { strangersBytes, people } = this.#parts.limits
    if (!this.#established && this.#strangersBytes > strangersBytes) {
      this.refuse('policy-violation')
      return
    }
    const bytes = payload.reduce((sum, each) => sum + each.sourceText.length, 0)
    this.#inboxBytes += bytes
    if (this.#inboxBytes > 4 * people.stanzaBytes) {
      this.refuse('policy-violation')
      return
    }
    for (const each of payload) this.#inbox.push(() => this.carried.element(each))
    if (/^(true|1)$/.test(ofXmpp(element, 'restart') ?? '')) this.#inbox.push(() => this.#opens(element))
    if (element.attr('type') === 'terminate') this.#inbox.push(() => this.carried.ended())
    const pause = whole(element, 'pause', longestPause)
    if (pause !== undefined) this.#patience = Math.max(pause, 1)
    this.#read()
    if (pause !== undefined) while (this.#exchanges.open > 0 && !this.#over) this.#answer(false)
  }

  /** Before signing in, what follows an element may depend on the answer to it. */
  #read(): void {
    while (this.#inbox.length > 0 && !this.#deaf && !this.#paused) {
      if (!this.#established && this.carried.busy) {
        this.#paused = true
        return
      }
      const next = this.#inbox.shift()!
      if (this.#inbox.length === 0) this.#inboxBytes = 0
      try {
        next()
      } catch (thrown) {
        this.carried.failed(thrown)
      }
    }
  }

  #opens(element: Element): void {
    const header = xml('stream', {
      xmlns: NS.streams,
      to: element.attr('to'),
      from: element.attr('from'),
      version: ofXmpp(element, 'version') ?? '1.0',
      'xml:lang': element.attr('xml:lang'),
    })
    try {
      this.carried.opened(header)
    } catch (thrown) {
      this.carried.failed(thrown)
    }
  }

  // Answers

  /** Everything that is sent while one round of events is handled goes into one answer. */
  #soon(): void {
    if (this.#due) return
    this.#due = true
    setImmediate(() => this.#tell())
  }

  #tell(): void {
    this.#due = false
    if (this.#over) return
    while (this.#exchanges.open > 0 && !this.#outbox.empty) this.#answer(true)
    if (this.#deaf) {
      if (this.#exchanges.open > 0) this.#bye()
      return
    }
    while (this.#exchanges.open > this.#terms.hold) this.#answer(true)
    clearTimeout(this.#timer)
    this.#quietSince = this.#parts.clock.now
    if (this.#exchanges.open > 0) this.#timer = setTimeout(() => this.#waited(), this.#terms.wait * 1000).unref()
  }

  /** XEP-0124#session-request: `wait` seconds have passed. */
  #waited(): void {
    if (!this.#over && this.#exchanges.open > 0) this.#answer(false)
    this.#quietSince = this.#parts.clock.now
  }

  #answer(full: boolean): void {
    const { text, written } = full ? this.#outbox.take() : { text: '', written: unheard }
    const ending = this.#deaf && this.#outbox.empty
    if (ending) this.#over = true
    this.#exchanges.answer(
      rid => writeBody({ ...this.#attributes(rid), ...(ending ? this.#ending : {}) }, text),
      written,
    )
    if (ending) this.#finish()
  }

  get #ending() {
    return { type: 'terminate', condition: this.#farewell }
  }

  #attributes(rid: number): Readonly<Record<string, string | number | undefined>> {
    const { last } = this.#exchanges
    const ack = this.#acknowledges && last > rid ? last : undefined
    if (this.#introduced || this.#opening === undefined) return { ack }
    this.#introduced = true
    return { sid: this.sid, ...this.#terms.told(this.#opening), ack: this.#acknowledges ? rid : undefined }
  }

  /** Ends the session with a condition that concerns requests, not the stream (XEP-0124#errorstatus-terminal). */
  refuse(condition: TerminalCondition, exchange?: Exchange): void {
    if (this.#over) return
    this.#farewell = condition
    exchange?.answer(terminal(condition), unheard)
    this.#over = true
    while (this.#exchanges.open > 0) this.#exchanges.answer(() => terminal(condition), unheard)
    this.#finish()
  }

  /** The last answer, when there is nothing else to say. */
  #bye(): void {
    this.#over = true
    this.#exchanges.answer(() => writeBody(this.#ending), unheard)
    this.#finish()
  }

  #finish(): void {
    clearTimeout(this.#timer)
    this.#over = true
    this.#hush()
    while (this.#exchanges.open > 0) this.#exchanges.answer(nothing, unheard)
    this.#parts.closed(this)
    this.carried.gone()
  }

  // For the stream

  begin(opening: StreamOpening): void {
    this.#opening = opening
  }

  write(text: string): void {
    if (this.#deaf) return
    this.#outbox.send(standingAlone(text))
    this.#soon()
  }

  writeStreamElement(name: 'features' | 'error', children: string): void {
    if (name === 'error') this.#farewell = children.startsWith('<host-unknown') ? 'host-unknown' : 'remote-stream-error'
    this.#outbox.send(`<stream:${name}>${children}</stream:${name}>`)
    this.#soon()
  }

  whenWritten(then: () => void): void {
    this.#outbox.whenWritten(then)
  }

  whenDrained(then: () => void): void {
    this.#outbox.whenDrained(then)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#read()
  }

  establish(): void {
    this.#established = true
  }

  restart(): void {}

  startTls(): void {
    throw new Error('BOSH is encrypted from the start.')
  }

  end(): void {
    this.#hush()
    if (this.#parts.stopping && this.#exchanges.open === 0) this.destroy()
    else this.#soon()
  }

  destroy(): void {
    this.#outbox.drop()
    this.refuse('undefined-condition')
  }

  swept(now: number): void {
    if (this.#over) return
    if (this.#exchanges.open === 0 && now - Math.max(this.#quietSince, this.heardAt) >= this.#patience) this.#finish()
    else this.carried.swept(now)
  }

  #hush(): void {
    this.#deaf = true
    this.#inbox = []
  }
}

function unheard(): void {}

function nothing(): string {
  return writeBody({})
}
