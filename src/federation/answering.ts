import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { prepareDomain } from '../protocol/jid.ts'
import { NS } from '../protocol/namespaces.ts'
import { type StanzaCondition, StreamProblem } from '../protocol/problems.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { Declared } from '../protocol/xml/parser.ts'
import { escapeAttr } from '../protocol/xml/write.ts'
import { bidi, bidiFeature, dialbackFeature } from './calling.ts'
import { shownBy } from './identity/verifier.ts'
import { managementNamespace } from './management.ts'
import { mostProved, mostProving, type StreamParts } from './parts.ts'
import { PeerStream } from './peer-stream.ts'
import { PeerWire } from './peer-wire.ts'

/** What a stream that others began needs besides. */
export interface AnsweringEvents {
  /** Asks the server of a domain whether it made a key (XEP-0220#auth-verify). Never rejects. */
  confirm(our: string, their: string, id: string, key: string): Promise<'valid' | 'invalid' | StanzaCondition>
  /** A domain has proved itself to one of ours. Where it wants that (XEP-0288) it takes stanzas here as well. */
  known(stream: AnsweringStream, our: string, their: string, bothWays: boolean): void
  left(stream: AnsweringStream, how: 'ended' | 'broken'): void
}

const dialback = 'jabber:server:dialback'
/** How long the other side has the first word, in milliseconds. */
const firstWordMs = 1_000
/** Elements that wait while a certificate is looked at. */
const mostHeld = 8

/** A stream that another server began (RFC 6120 §4 to §6, from the receiving side). */
export class AnsweringStream extends PeerStream {
  readonly #events: AnsweringEvents
  #id = ''
  /** The domain of ours that was asked for, and the one that the other side says it is. */
  #our: string | undefined
  #their: string | undefined
  #headed = false
  #bidi = false
  #mayShow = false
  #proving = 0
  /** Stanzas may go the other way now. */
  #usable = false
  #held: Element[] | undefined

  constructor(parts: StreamParts, socket: Socket, direct: boolean, events: AnsweringEvents) {
    super(parts, stream => new PeerWire(socket, stream, parts.strangers))
    this.#events = events
    if (direct) this.wire.answerTls(parts.door)
    else this.wire.start()
  }

  get our(): string | undefined {
    return this.#our
  }

  secured(): void {
    this.#headed = false
  }

  opened(header: Element, { defaultNamespace }: Declared): void {
    const said = header.attr('to')
    const to = said === undefined ? undefined : prepareDomain(said)
    const from = header.attr('from')
    this.#our = to !== undefined && this.parts.host.hosts(to) ? to : undefined
    this.#their = from === undefined ? undefined : prepareDomain(from)
    this.#begin()
    if (!header.is('stream', NS.streams) || defaultNamespace !== NS.server) {
      throw new StreamProblem('invalid-namespace', `Servers speak ${NS.server}.`)
    }
    if (this.#our === undefined) throw new StreamProblem('host-unknown', 'That domain is not here.')
    if (this.#their !== undefined && !this.parts.lets(this.#our, this.#their)) {
      throw new StreamProblem('policy-violation', 'These two servers do not talk to each other.')
    }
    if (header.attr('version') === undefined) throw new StreamProblem('unsupported-version', 'TLS is needed.')
    if (this.proved.size > 0 && (this.#their === undefined || !this.proved.has(this.#their))) {
      throw new StreamProblem('invalid-from', 'Another domain was proved here.')
    }
    this.lead(this.#offer())
  }

  protected override beforeFarewell(): void {
    if (!this.#headed) this.#begin()
  }

  #begin(): void {
    this.#headed = true
    this.#id = randomBytes(16).toString('hex')
    this.wire.write(this.header(this.#id, this.#our, this.#their))
  }

  async #offer(): Promise<void> {
    if (this.wire.tls === undefined) {
      this.#features(`<starttls xmlns='${NS.tls}'><required/></starttls>`)
      return
    }
    const { settings } = this.parts
    if (this.proved.size > 0) {
      const { idleSeconds } = settings.federation
      this.#features(
        `<sm xmlns='${managementNamespace}'/>` +
          // XEP-0478
          `<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>${this.parts.peers.stanzaBytes}</max-bytes>` +
          `<idle-seconds>${idleSeconds * 2}</idle-seconds></limits>`,
      )
      return
    }
    this.#held = []
    const valid = this.#their !== undefined && (await this.#isShown(this.#their))
    if (this.over) return
    this.#mayShow = valid
    const external = valid ? `<mechanisms xmlns='${NS.sasl}'><mechanism>EXTERNAL</mechanism></mechanisms>` : ''
    const calls = valid || !settings.federation.requireCertificates
    // A server that nobody can vouch for may still ask whether our keys are ours.
    const callBack = calls ? `<dialback xmlns='${dialbackFeature}'><errors/></dialback>` : ''
    this.#features(`${external}${callBack}<bidi xmlns='${bidiFeature}'/>`)
    const held = this.#held ?? []
    this.#held = undefined
    try {
      for (const element of held) if (!this.over) this.negotiate(element)
    } catch (thrown) {
      this.failed(thrown)
    }
  }

  #features(children: string): void {
    this.wire.write(`<stream:features>${children}</stream:features>`)
  }

  /** Does the certificate of this connection speak for a domain? */
  async #isShown(domain: string): Promise<boolean> {
    const { tls } = this.wire
    return tls !== undefined && (await this.parts.verifier.verify(shownBy(tls), domain)) === 'valid'
  }

  protected negotiate(element: Element): void {
    if (this.#held !== undefined) {
      if (this.#held.push(element) > mostHeld) throw new StreamProblem('policy-violation', 'One thing after the other.')
    } else if (this.wire.tls === undefined) {
      if (!element.is('starttls', NS.tls)) throw new StreamProblem('policy-violation', 'TLS is needed.')
      this.wire.answerTls(this.parts.door, `<proceed xmlns='${NS.tls}'/>`)
    } else if (element.is('auth', NS.sasl)) this.#authenticate(element)
    else if (element.is('bidi', bidi)) this.#bidi = true
    else if (element.is('result', dialback)) this.#prove(element)
    else if (element.is('verify', dialback)) this.#answerKey(element)
    else throw new StreamProblem('unsupported-stanza-type', 'This server does not know what to do with that.')
  }

  /** XEP-0178#s2s: the certificate was looked at before EXTERNAL was offered. */
  #authenticate(element: Element): void {
    const their = this.#their
    const text = element.text().trim()
    const name = text === '' || text === '=' ? their : prepareDomain(Buffer.from(text, 'base64').toString())
    const condition =
      element.attr('mechanism') !== 'EXTERNAL'
        ? 'invalid-mechanism'
        : !this.#mayShow || their === undefined
          ? 'not-authorized'
          : name !== their
            ? 'invalid-authzid'
            : undefined
    if (condition !== undefined || their === undefined) {
      this.wire.write(`<failure xmlns='${NS.sasl}'><${condition ?? 'not-authorized'}/></failure>`)
      return
    }
    this.wire.write(`<success xmlns='${NS.sasl}'/>`)
    this.wire.restart()
    this.#headed = false
    this.#proves(this.#our ?? '', their)
  }

  /** What is said on this stream is counted only after the other side has asked for that, so it has the first word. */
  override get crowded(): boolean {
    return !this.#usable || super.crowded
  }

  protected override inUse(): void {
    if (this.#usable) return
    this.#usable = true
    this.proceed()
  }

  #proves(our: string, their: string): void {
    this.prove(their)
    this.#events.known(this, our, their, this.#bidi)
  }

  /** XEP-0220#auth-receive: a domain wants to send here, and says by which key it can be recognised. */
  #prove(element: Element): void {
    if (element.attr('type') !== undefined) return
    const [said, asked] = [element.attr('from') ?? '', element.attr('to') ?? '']
    const their = prepareDomain(said)
    const our = prepareDomain(asked)
    const answer = (type: string, condition?: StanzaCondition): void => {
      if (this.over) return
      const error = `<error type='cancel'><${condition} xmlns='${NS.stanzaErrors}'/></error>`
      const addresses = `from='${escapeAttr(asked)}' to='${escapeAttr(said)}'`
      this.wire.write(`<db:result ${addresses} type='${type}'>${condition === undefined ? '' : error}</db:result>`)
    }
    const refusal = this.#cannotProve(their, our)
    if (refusal !== undefined || their === undefined || our === undefined) {
      answer('error', refusal)
      return
    }
    this.#proving++
    const proving = this.#isProved(our, their, element.text()).then(verdict => {
      this.#proving--
      if (this.over) return
      if (verdict === 'valid') {
        answer('valid')
        this.#proves(our, their)
        this.inUse()
      } else if (verdict === 'invalid') {
        // XEP-0220#auth-result lets the stream end here as well; others may have proved themselves on it.
        answer('invalid')
        if (this.proved.size === 0) this.close()
      } else answer('error', verdict)
    })
    this.lead(proving)
  }

  #cannotProve(their: string | undefined, our: string | undefined): StanzaCondition | undefined {
    const { host } = this.parts
    if (their === undefined || host.hosts(their)) return 'not-acceptable'
    if (our === undefined || !host.hosts(our)) return 'item-not-found'
    if (!this.parts.lets(our, their)) return 'policy-violation'
    return this.#proving >= mostProving || this.proved.size >= mostProved ? 'resource-constraint' : undefined
  }

  /** XEP-0344#dwd: who shows the right certificate need not be called back. */
  async #isProved(our: string, their: string, key: string): Promise<'valid' | 'invalid' | StanzaCondition> {
    if (this.proved.has(their) || (await this.#isShown(their))) return 'valid'
    if (this.parts.settings.federation.requireCertificates) return 'not-authorized'
    return this.#events.confirm(our, their, this.#id, key)
  }

  /** XEP-0220#auth-answer: another server asks whether we made a key. */
  #answerKey(element: Element): void {
    if (element.attr('type') !== undefined) return
    const [from, to, id] = [element.attr('from') ?? '', element.attr('to') ?? '', element.attr('id') ?? '']
    const our = prepareDomain(to)
    const their = prepareDomain(from)
    const here = our !== undefined && this.parts.host.hosts(our)
    const right = here && their !== undefined && this.parts.keys.isRight(their, our, id, element.text())
    const type = here ? (right ? 'valid' : 'invalid') : 'error'
    const error = here ? '' : `<error type='cancel'><item-not-found xmlns='${NS.stanzaErrors}'/></error>`
    const about = `from='${escapeAttr(to)}' to='${escapeAttr(from)}' id='${escapeAttr(id)}'`
    this.wire.write(`<db:verify ${about} type='${type}'>${error}</db:verify>`)
  }

  protected refused(): void {}

  protected lateness(now: number): StreamProblem | 'idle' | undefined {
    const { streams, federation } = this.parts.settings
    if (this.proved.size === 0) {
      const late = now - this.begunAt >= streams.loginSeconds * 1000
      return late ? new StreamProblem('connection-timeout', 'Nobody proved anything.') : undefined
    }
    if (!this.#usable && this.#headed && now - this.usedAt >= firstWordMs) this.inUse()
    // The side that began it is the first to say that it is no longer needed.
    const idle = now - this.usedAt >= federation.idleSeconds * 2_000
    return idle && (this.management?.waiting ?? 0) === 0 ? 'idle' : undefined
  }

  protected left(how: 'ended' | 'broken'): void {
    this.#events.left(this, how)
  }
}
