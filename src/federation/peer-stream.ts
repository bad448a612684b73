import { domainOf, parseJid } from '../protocol/jid.ts'
import { NS } from '../protocol/namespaces.ts'
import { StreamProblem } from '../protocol/problems.ts'
import type { Element } from '../protocol/xml/element.ts'
import { type Declared, XmlError } from '../protocol/xml/parser.ts'
import { escapeAttr, write } from '../protocol/xml/write.ts'
import type { Letter, LetterOwner } from './letter.ts'
import { managementNamespace, PeerManagement } from './management.ts'
import {
  answerSeconds,
  crowdedBytes,
  crowdedStanzas,
  mostNegotiating,
  mostUnsettled,
  type StreamParts,
  silenceSeconds,
  strangersStanzas,
} from './parts.ts'
import type { PeerWire, WireEvents } from './peer-wire.ts'

/** Why nothing is read: too much of what was read is not dealt with, or it came too fast. */
const byWork = 1
const byPace = 2

const stanzas: ReadonlySet<string> = new Set(['message', 'presence', 'iq'])

/** One stream with another server, whoever began it: what both sides may do once they know each other. */
export abstract class PeerStream implements WireEvents {
  protected readonly parts: StreamParts
  protected readonly wire: PeerWire
  /** Domains of the other side that may send here. */
  readonly proved = new Set<string>()
  over = false
  /** When something was last said by either side, when by the other. */
  usedAt: number
  heardAt: number
  readonly begunAt: number
  #since: number
  protected management: PeerManagement | undefined
  readonly #owners = new Set<LetterOwner>()
  #unwritten: Letter[] = []
  #listening = false
  #strangersBytes = 0
  #negotiated = 0
  #unsettled = 0
  #stops = 0
  #asked = false

  constructor(parts: StreamParts, wire: (stream: PeerStream) => PeerWire) {
    this.parts = parts
    this.begunAt = this.#since = this.usedAt = this.heardAt = parts.now()
    this.wire = wire(this)
  }

  /** The domain of ours that it is for, as far as it is known. */
  abstract readonly our: string | undefined
  /** The domains of the other side that it is for. */
  get theirs(): Iterable<string> {
    return this.proved
  }

  abstract opened(header: Element, declared: Declared): void
  abstract secured(): void
  /** An element that is neither a stanza nor part of stream management. */
  protected abstract negotiate(element: Element): void
  /** How long this stream may go on without having been let in, or without a word. @returns why it must end */
  protected abstract lateness(now: number): StreamProblem | 'idle' | undefined
  /** The stream is over; called once. `broken` where nobody said goodbye. */
  protected abstract left(how: 'ended' | 'broken', problem: StreamProblem | undefined): void
  /** The other side says why it ends the stream. */
  protected abstract refused(condition: string): void

  // Towards the other side

  /** Nothing more should be handed in for now; `proceed` of the owner tells when. */
  get crowded(): boolean {
    return this.wire.waitingBytes > crowdedBytes || (this.management?.waiting ?? 0) >= crowdedStanzas
  }

  /** Something was sent that may not have arrived. */
  get busy(): boolean {
    return !this.over && (this.#unwritten.length > 0 || (this.management?.waiting ?? 0) > 0)
  }

  /** Its stanzas will go out here. */
  attach(owner: LetterOwner): void {
    this.#owners.add(owner)
  }

  send(letter: Letter): void {
    this.usedAt = this.parts.now()
    this.wire.write(letter.text)
    if (this.management !== undefined) {
      if (this.management.remember(letter)) this.#ask()
    } else {
      this.#unwritten.push(letter)
      this.#watchWriting()
    }
  }

  /** One look for everything that goes out together. */
  #watchWriting(): void {
    if (this.#listening) return
    this.#listening = true
    const count = this.#unwritten.length
    this.wire.whenWritten(() => {
      this.#listening = false
      this.#unwritten.splice(0, count)
      if (this.#unwritten.length > 0) this.#watchWriting()
      this.proceed()
    })
  }

  #ask(): void {
    this.wire.write(`<r xmlns='${managementNamespace}'/>`)
  }

  protected proceed(): void {
    if (this.over) return
    for (const owner of this.#owners) owner.proceed()
  }

  /** From here on stanzas are counted in both directions. */
  protected manage(): void {
    this.management = new PeerManagement()
  }

  /** The other side has begun to use the stream, or has had the time to: what is to be settled before is settled. */
  protected inUse(): void {}

  /** The other side does not count after all. */
  #unmanage(): void {
    this.#unwritten.unshift(...(this.management?.takeUnacknowledged() ?? []))
    this.management = undefined
    if (this.#unwritten.length > 0) this.#watchWriting()
  }

  protected header(id: string | undefined, from: string | undefined, to: string | undefined): string {
    const attribute = (name: string, value: string | undefined) =>
      value === undefined ? '' : ` ${name}='${escapeAttr(value)}'`
    return (
      `<?xml version='1.0'?><stream:stream xmlns='${NS.server}' xmlns:stream='${NS.streams}'` +
      ` xmlns:db='jabber:server:dialback'${attribute('id', id)}${attribute('from', from)}${attribute('to', to)}` +
      ` version='1.0' xml:lang='en'>`
    )
  }

  /** Ends the stream, for a reason or because nobody needs it. */
  close(problem?: StreamProblem): void {
    if (this.over) return
    this.over = true
    this.beforeFarewell()
    const children = problem?.element().children.map(child => (typeof child === 'string' ? child : write(child))) ?? []
    const told = this.management?.told() ?? ''
    const error = problem === undefined ? '' : `<stream:error>${children.join('')}</stream:error>`
    if (problem !== undefined) this.parts.log.debug('a stream with another server ends', { because: problem.condition })
    this.#leave('ended', problem, () => this.wire.end(`${told}${error}</stream:stream>`))
  }

  /** RFC 6120 §4.9.1.2: an error before the header is told in a stream opened for it. */
  protected beforeFarewell(): void {}

  /** Ends the connection without a word: the other side does not listen. */
  protected breakOff(): void {
    if (this.over) return
    this.over = true
    this.#leave('broken', undefined, () => this.wire.destroy())
  }

  #leave(how: 'ended' | 'broken', problem: StreamProblem | undefined, finish: () => void): void {
    const letters = [...(this.management?.takeUnacknowledged() ?? []), ...this.#unwritten.splice(0)]
    // Without stream management what has been written counts as arrived, and what is being written still goes out.
    const lost = this.management === undefined && how === 'ended' ? [] : letters
    finish()
    for (const owner of this.#owners) owner.forget(this)
    this.left(how, problem)
    for (const owner of this.#owners) owner.returned(lost.filter(letter => letter.owner === owner))
  }

  // From the other side

  element(element: Element): void {
    if (this.over) return
    if (element.ns === NS.client && stanzas.has(element.name)) this.#stanza(element)
    else if (element.ns === managementNamespace) this.#managed(element)
    else if (element.is('error', NS.streams)) this.#isRefused(element)
    else {
      if (++this.#negotiated > mostNegotiating && this.proved.size === 0) {
        throw new StreamProblem('policy-violation', 'This takes too long.')
      }
      this.negotiate(element)
    }
  }

  ended(): void {
    this.close()
  }

  failed(thrown: unknown): void {
    if (this.over) return
    if (thrown instanceof StreamProblem) this.close(thrown)
    else if (thrown instanceof XmlError) this.close(new StreamProblem(thrown.condition, thrown.message))
    else {
      this.parts.log.bug('a stream with another server failed', thrown)
      this.close(new StreamProblem('internal-server-error'))
    }
  }

  heard(bytes: number): void {
    this.heardAt = this.parts.now()
    this.#asked = false
    const [domain] = this.proved
    if (domain === undefined) {
      this.#strangersBytes += bytes
      if (this.#strangersBytes > strangersStanzas * this.parts.strangers.stanzaBytes) {
        this.failed(new StreamProblem('policy-violation', 'Too much was sent by a server that nobody knows.'))
      }
    } else this.#slow(this.parts.paceOf(domain).bytes(bytes))
  }

  gone(): void {
    if (this.over) return
    this.over = true
    this.#leave('broken', undefined, () => undefined)
  }

  /** Something is underway that nobody waits for; if it fails, the stream does. */
  protected lead(doing: Promise<void>): void {
    doing.catch((thrown: unknown) => this.failed(thrown))
  }

  /** Looks after deadlines. @param now milliseconds */
  swept(now: number): void {
    if (this.over) return
    const late = this.lateness(now)
    if (late !== undefined) {
      this.close(late === 'idle' ? undefined : late)
      return
    }
    if (this.#stops !== 0 || this.management === undefined || now - this.heardAt < silenceSeconds * 1000) return
    if (!this.#asked) {
      this.#asked = true
      this.#since = now
      this.management.asksAnyway()
      this.#ask()
    } else if (now - this.#since >= answerSeconds * 1000) this.breakOff()
  }

  /** A domain of the other side has proved itself. */
  protected prove(domain: string): void {
    this.proved.add(domain)
    this.wire.limits = this.parts.peers
    this.usedAt = this.parts.now()
  }

  #isRefused(element: Element): void {
    this.refused(element.elements().find(({ ns }) => ns === NS.streamErrors)?.name ?? 'undefined-condition')
    // Whatever it is that went wrong: something may have been lost by it.
    if (this.over) return
    this.over = true
    this.#leave('broken', undefined, () => this.wire.end(`${this.management?.told() ?? ''}</stream:stream>`))
  }

  #stanza(stanza: Element): void {
    const { host } = this.parts
    if (this.proved.size === 0) throw new StreamProblem('not-authorized', 'Nobody has proved anything here.')
    const [said, addressed] = [stanza.attr('from'), stanza.attr('to')]
    const from = said === undefined ? undefined : parseJid(said)
    const to = addressed === undefined ? undefined : parseJid(addressed)
    // RFC 6120 §8.1.1.2 and §8.1.2.2.
    if (from === undefined || to === undefined) {
      throw new StreamProblem('improper-addressing', 'A stanza between servers has a from and a to.')
    }
    const domain = domainOf(from)
    if (!this.proved.has(domain)) throw new StreamProblem('invalid-from', 'A domain was used that is not proved here.')
    if (!host.hosts(domainOf(to))) throw new StreamProblem('host-unknown', 'That domain is not here.')
    this.usedAt = this.parts.now()
    this.inUse()
    const { management } = this
    const number = management?.arrives() ?? 0
    this.#unsettled++
    const settled = (): void => {
      this.#isSettled(number)
      if (--this.#unsettled < mostUnsettled / 2) this.#go(byWork)
    }
    const addressedRight = from === said && to === addressed ? stanza : stanza.with({ from, to })
    const dealing = host.admit(addressedRight, from, to)
    // An iq is answered for; how long the answer takes is nothing that the other side could help.
    if (dealing === undefined) host.afterCommit(settled)
    else if (stanza.name === 'iq') {
      this.#isSettled(number)
      void dealing.then(settled)
    } else void dealing.then(() => host.afterCommit(settled))
    if (this.#unsettled >= mostUnsettled) this.#stop(byWork)
    this.#slow(this.parts.paceOf(domain).stanza())
  }

  /** Who asked while something was not dealt with is told when it is. */
  #isSettled(number: number): void {
    const { management } = this
    if (management?.settled(number) === true && !this.over) this.wire.write(management.told())
  }

  #managed(element: Element): void {
    const { management } = this
    if (element.name === 'enable' && this.proved.size > 0 && management === undefined) {
      this.manage()
      this.wire.write(`<enabled xmlns='${managementNamespace}'/>`)
      this.inUse()
    } else if (element.name === 'r' && management !== undefined) {
      // What came before is told as soon as it is on disk, so nobody has to ask twice.
      this.parts.host.afterCommit(() => {
        if (!this.over) this.wire.write(management.told())
      })
    } else if (element.name === 'a' && management !== undefined) {
      const h = Number(element.attr('h'))
      const result = Number.isInteger(h) ? management.acknowledge(h) : undefined
      if (result === undefined) throw new StreamProblem('undefined-condition', 'More was acknowledged than was sent.')
      if (result.asks) this.#ask()
      if (result.newly > 0) this.proceed()
    } else if (element.name === 'failed') this.#unmanage()
    else if (element.name !== 'enabled') {
      this.wire.write(
        `<failed xmlns='${managementNamespace}'><unexpected-request xmlns='${NS.stanzaErrors}'/></failed>`,
      )
    }
  }

  #slow(waitMs: number): void {
    if (waitMs === 0 || this.over) return
    this.#stop(byPace)
    setTimeout(() => this.#go(byPace), waitMs).unref()
  }

  #stop(reason: number): void {
    this.#stops |= reason
    this.wire.pause()
  }

  #go(reason: number): void {
    if ((this.#stops & reason) === 0) return
    this.#stops &= ~reason
    if (this.#stops === 0 && !this.over) this.wire.resume()
  }
}
