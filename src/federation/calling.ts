import type { Socket } from 'node:net'
import { asciiDomain } from '../protocol/jid.ts'
import { NS } from '../protocol/namespaces.ts'
import { StreamProblem } from '../protocol/problems.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { Declared } from '../protocol/xml/parser.ts'
import { escapeAttr, escapeText } from '../protocol/xml/write.ts'
import { shownBy, type Verdict } from './identity/verifier.ts'
import { managementNamespace } from './management.ts'
import type { StreamParts } from './parts.ts'
import { PeerStream } from './peer-stream.ts'
import { PeerWire } from './peer-wire.ts'
import type { Endpoint } from './reaching/resolver.ts'

/** Why a call came to nothing. */
export type CallFailure = 'broken' | 'silent' | 'unencrypted' | 'certificate' | 'refused' | 'not there'

/** What is asked of the server that is to know whether a key is right (XEP-0220#auth). */
export interface KeyQuestion {
  readonly id: string
  readonly key: string
}

export interface Call {
  /** The domain of ours, and the one that is called. */
  readonly our: string
  readonly their: string
  readonly endpoint: Endpoint
  /** Nothing is to be sent, only this to be asked. */
  readonly question?: KeyQuestion
  /** Stanzas may be sent now. */
  ready(stream: CallingStream): void
  /** The answer to the question. */
  answered?(valid: boolean): void
  /** It is over before it was `ready`; called once. */
  failed(failure: CallFailure): void
  /** It is over after it was `ready`; called once. */
  left(stream: CallingStream, how: 'ended' | 'broken'): void
}

const dialback = 'jabber:server:dialback'
export const bidi = 'urn:xmpp:bidi'
export const bidiFeature = 'urn:xmpp:features:bidi'
export const dialbackFeature = 'urn:xmpp:features:dialback'

/** A stream that we began (RFC 6120 §4 to §6, from the initiating side). */
export class CallingStream extends PeerStream {
  readonly #call: Call
  #verdict: Verdict = 'none shown'
  #looking: Promise<void> | undefined
  #step: 'header' | 'starting' | 'authenticating' | 'proving' | 'asking' | 'let in' | 'ready' = 'header'
  #id = ''
  #features: Element | undefined
  #bidi = false
  #failure: CallFailure = 'broken'

  constructor(parts: StreamParts, socket: Socket, call: Call) {
    super(parts, stream => new PeerWire(socket, stream, parts.strangers))
    this.#call = call
    if (call.endpoint.direct) this.#encrypt()
    else {
      this.wire.start()
      this.#open()
    }
  }

  /** Whether the other side may send on this stream as well (XEP-0288). */
  get bothWays(): boolean {
    return this.#bidi
  }

  get our(): string {
    return this.#call.our
  }

  override get theirs(): Iterable<string> {
    return [this.#call.their]
  }

  #open(): void {
    this.wire.write(this.header(undefined, this.#call.our, this.#call.their))
  }

  #encrypt(): void {
    const { our, their, endpoint } = this.#call
    this.#step = 'header'
    const protocols = endpoint.direct ? ['xmpp-server'] : []
    this.wire.beginTls(this.parts.shownBy(our), asciiDomain(their), protocols)
  }

  secured(): void {
    const { their, endpoint } = this.#call
    const socket = this.wire.tls
    if (socket === undefined) return
    this.#looking = this.parts.verifier.verify(shownBy(socket), their, endpoint).then(verdict => {
      this.#verdict = verdict
    })
    this.lead(this.#looking)
    this.#open()
  }

  opened(header: Element, { defaultNamespace }: Declared): void {
    if (!header.is('stream', NS.streams) || defaultNamespace !== NS.server) {
      throw new StreamProblem('invalid-namespace', `Servers speak ${NS.server}.`)
    }
    this.#id = header.attr('id') ?? ''
    // Without features there is no STARTTLS either.
    if (header.attr('version') === undefined) this.#fail('unencrypted', new StreamProblem('unsupported-version'))
  }

  protected negotiate(element: Element): void {
    if (element.is('features', NS.streams)) this.lead(this.#choose(element))
    else if (element.is('proceed', NS.tls) && this.#step === 'starting') this.#encrypt()
    else if (element.is('failure', NS.tls)) this.#fail('unencrypted')
    else if (element.is('success', NS.sasl) && this.#step === 'authenticating') {
      this.#step = 'let in'
      this.wire.restart()
      this.#open()
    } else if (element.is('failure', NS.sasl) && this.#step === 'authenticating') this.#proveByDialback()
    else if (element.is('result', dialback)) this.#resulted(element)
    else if (element.is('verify', dialback)) this.#verified(element)
    else throw new StreamProblem('unsupported-stanza-type', 'This server does not know what to do with that.')
  }

  async #choose(features: Element): Promise<void> {
    if (this.wire.tls === undefined) {
      if (features.child('starttls', NS.tls) === undefined) return this.#fail('unencrypted', policy('TLS is needed.'))
      this.#step = 'starting'
      this.wire.write(`<starttls xmlns='${NS.tls}'/>`)
      return
    }
    await this.#looking
    if (this.over) return
    this.#features = features
    if (this.#step === 'let in') return this.#isReady()
    if (this.#verdict !== 'valid' && this.parts.settings.federation.requireCertificates) {
      return this.#fail('certificate', new StreamProblem('not-authorized', 'Your certificate does not do.'))
    }
    const { question } = this.#call
    if (question !== undefined) return this.#ask(question)
    // Only who is known may answer on this stream: dialback proves us to them, not them to us.
    if (this.#verdict === 'valid' && features.child('bidi', bidiFeature) !== undefined) {
      this.#bidi = true
      this.wire.write(`<bidi xmlns='${bidi}'/>`)
    }
    const offered =
      features
        .child('mechanisms', NS.sasl)
        ?.elements()
        .map(each => each.text()) ?? []
    if (!offered.includes('EXTERNAL')) return this.#proveByDialback()
    this.#step = 'authenticating'
    // XEP-0178#s2s: with our name, for those who want to be told once more.
    const name = Buffer.from(this.#call.our).toString('base64')
    this.wire.write(`<auth xmlns='${NS.sasl}' mechanism='EXTERNAL'>${name}</auth>`)
  }

  /** XEP-0220#auth-init, over TLS: the other side asks the server that DNS names for us. */
  #proveByDialback(): void {
    const { our, their } = this.#call
    this.#step = 'proving'
    const key = this.parts.keys.key(their, our, this.#id)
    this.wire.write(`<db:result from='${escapeAttr(our)}' to='${escapeAttr(their)}'>${key}</db:result>`)
  }

  #resulted(element: Element): void {
    const { our, their } = this.#call
    const type = element.attr('type')
    if (type === undefined) {
      // XEP-0288 lets the other side ask for more domains here; that is not offered.
      const [from, to] = [escapeAttr(element.attr('to') ?? ''), escapeAttr(element.attr('from') ?? '')]
      const error = `<error type='cancel'><not-allowed xmlns='${NS.stanzaErrors}'/></error>`
      this.wire.write(`<db:result type='error' from='${from}' to='${to}'>${error}</db:result>`)
      return
    }
    if (this.#step !== 'proving' || element.attr('from') !== their || element.attr('to') !== our) return
    if (type === 'valid') this.#isReady()
    else this.#fail('refused')
  }

  #ask({ id, key }: KeyQuestion): void {
    const { our, their } = this.#call
    this.#step = 'asking'
    this.wire.write(
      `<db:verify from='${escapeAttr(our)}' to='${escapeAttr(their)}' id='${escapeAttr(id)}'>${escapeText(key)}</db:verify>`,
    )
  }

  #verified(element: Element): void {
    const { our, their, question, answered } = this.#call
    const { over } = this
    const fits = element.attr('from') === their && element.attr('to') === our && element.attr('id') === question?.id
    if (over || this.#step !== 'asking' || !fits) return
    const type = element.attr('type')
    this.#step = 'ready'
    if (type === 'valid' || type === 'invalid') answered?.(type === 'valid')
    else this.#call.failed('refused')
    this.close()
  }

  #isReady(): void {
    this.#step = 'ready'
    if (this.#bidi) this.prove(this.#call.their)
    else this.wire.limits = this.parts.peers
    if (this.#features?.child('sm', managementNamespace) !== undefined) {
      this.wire.write(`<enable xmlns='${managementNamespace}'/>`)
      this.manage()
    }
    this.usedAt = this.parts.now()
    this.#call.ready(this)
  }

  #fail(failure: CallFailure, problem?: StreamProblem): void {
    this.#failure = failure
    this.close(problem)
  }

  /** Nobody waits for this call any longer. */
  giveUp(): void {
    this.#fail('silent', new StreamProblem('connection-timeout'))
  }

  protected refused(condition: string): void {
    if (condition === 'host-unknown' || condition === 'host-gone') this.#failure = 'not there'
    else if (condition === 'not-authorized' || condition === 'policy-violation') this.#failure = 'refused'
  }

  protected lateness(now: number): StreamProblem | 'idle' | undefined {
    if (this.#step !== 'ready') return undefined
    const idle = now - this.usedAt >= this.parts.settings.federation.idleSeconds * 1000
    return idle && (this.management?.waiting ?? 0) === 0 ? 'idle' : undefined
  }

  protected left(how: 'ended' | 'broken'): void {
    if (this.#step === 'ready') this.#call.left(this, how)
    else this.#call.failed(this.#failure)
  }
}

function policy(tell: string): StreamProblem {
  return new StreamProblem('policy-violation', tell)
}
