import { randomBytes } from 'node:crypto'
import { jidOf } from '../../accounts/accounts.ts'
import type { Exchange, Failure, SignedIn, Step } from '../../accounts/sign-in/types.ts'
import { type BareJid, domainOf, prepareResource } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { errorReply, Problem, problem, StreamProblem } from '../../protocol/problems.ts'
import { iqResult } from '../../protocol/stanza.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { write } from '../../protocol/xml/write.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { Visitor } from '../../routing/feature.ts'
import type { Transport } from '../transport.ts'
import type { StrangerOffer } from './features.ts'
import { readHeader } from './header.ts'
import { alongside, carryOut, toldToBinders } from './inline.ts'
import { type ClientParts, maxAttempts, maxVisits } from './parts.ts'
import { base64, challenge, decodeData, failure, initialData, type Profile, refusal } from './profiles.ts'
import type { Stream } from './stream.ts'

/** An attempt to sign in that has begun. */
interface Attempt {
  readonly exchange: Exchange
  readonly profile: Profile
  /** `<auth/>` or `<authenticate/>`. */
  readonly request: Element
}

/**
 * The road from a connection to a session (RFC 6120 §4 to §7): header, TLS, SASL, resource. Lives until there is a
 * session. While a step is being computed the transport reads nothing further, so steps never overlap.
 */
export class Negotiation {
  readonly #parts: ClientParts
  readonly #stream: Stream
  readonly #transport: Transport
  #domain: string | undefined = undefined
  #claimed: BareJid | undefined = undefined
  #language: string | undefined = undefined
  /** Our header has been sent for the stream that is open now. */
  #open = false
  #offer: StrangerOffer | undefined = undefined
  #attempt: Attempt | undefined = undefined
  #account: LocalAccount | undefined = undefined
  #failures = 0
  #visits = 0
  #visitor: Visitor | undefined = undefined

  constructor(parts: ClientParts, stream: Stream, transport: Transport) {
    this.#parts = parts
    this.#stream = stream
    this.#transport = transport
  }

  opened(header: Element): void {
    const { domain, claimed, language } = readHeader(header, this.#parts.host)
    if (this.#account !== undefined && domain !== this.#domain)
      throw new StreamProblem('host-unknown', 'The domain has changed since signing in.')
    this.#domain = domain
    this.#claimed = claimed
    this.#language = language
    this.#begin()
    if (this.#account === undefined) {
      this.#offer = this.#parts.features.strangers(this.#transport, domain)
      this.#transport.writeStreamElement('features', this.#offer.text)
    } else {
      this.#stream.signedIn(this.#account, language)
      this.#transport.writeStreamElement('features', this.#parts.features.unbound(domain))
    }
  }

  /** RFC 6120 §4.9.1.2: an error needs a stream to be told in. */
  openForError(): void {
    if (!this.#open) this.#begin()
  }

  element(element: Element): void | Promise<void> {
    if (this.#attempt !== undefined) return this.#continue(this.#attempt, element)
    return this.#account === undefined ? this.#fromStranger(element) : this.#fromAccount(element, this.#account)
  }

  #begin(): void {
    this.#open = true
    const from = this.#domain ?? this.#parts.settings.service.domain
    this.#transport.begin({ id: randomBytes(12).toString('base64url'), from, to: this.#claimed })
  }

  // Before signing in

  #fromStranger(element: Element): void | Promise<void> {
    const { name, ns } = element
    if (ns === NS.tls && name === 'starttls') return this.#startTls()
    if (ns === NS.sasl && name === 'auth') return this.#start(element, NS.sasl)
    if (ns === NS.sasl2 && name === 'authenticate') return this.#start(element, NS.sasl2)
    if ((ns === NS.sasl || ns === NS.sasl2) && name === 'abort') return this.#fail(refusal('aborted'), ns)
    if ((ns === NS.sasl || ns === NS.sasl2) && name === 'response') return this.#fail(refusal('malformed-request'), ns)
    if (ns === NS.client && name === 'iq' && this.#offer?.secure === true) return this.#visit(element)
    if (ns === NS.streams && name === 'error') return this.#stream.close()
    throw new StreamProblem('not-authorized', 'Signing in comes first.')
  }

  /** RFC 6120 §5.4.2 */
  #startTls(): void {
    if (!this.#transport.upgradable) {
      this.#transport.write(`<failure xmlns='${NS.tls}'/>`)
      this.#stream.close()
      return
    }
    this.#open = false
    this.#offer = undefined
    this.#transport.startTls(`<proceed xmlns='${NS.tls}'/>`)
  }

  /** XEP-0077: the one thing that strangers may ask for. */
  async #visit(iq: Element): Promise<void> {
    const type = iq.attr('type')
    const asks = type === 'get' || type === 'set'
    this.#visits++
    const domain = this.#domain
    if (!asks || this.#visits > maxVisits || domain === undefined)
      throw new StreamProblem('not-authorized', 'Signing in comes first.')
    if (this.#parts.host.extensions.offersVisitors(domain).length === 0)
      throw new StreamProblem('not-authorized', 'Signing in comes first.')
    this.#visitor ??= { domain, network: this.#transport.network }
    const answer = await this.#parts.host.visit(iq, this.#visitor)
    if (answer === undefined) throw new StreamProblem('not-authorized', 'Signing in comes first.')
    this.#stream.sendElement(answer)
  }

  #start(request: Element, profile: Profile): void | Promise<void> {
    const offer = this.#offer
    const domain = this.#domain
    if (offer === undefined || domain === undefined) throw new StreamProblem('not-authorized')
    if (!offer.secure) return this.#fail(refusal('encryption-required'), profile)
    if (profile === NS.sasl2 && !offer.sasl2) return this.#fail(refusal('invalid-mechanism'), profile)
    const data = initialData(request)
    if (data === undefined) return this.#fail(refusal('incorrect-encoding'), profile)
    const exchange = this.#parts.signIn.start(request.attr('mechanism') ?? '', {
      domain,
      secure: true,
      channelBindings: this.#transport.bindings,
      offer: profile === NS.sasl2 ? offer.signIn : { ...offer.signIn, fastMechanisms: [] },
      ...(this.#parts.limiter.enabled ? { network: this.#transport.network } : {}),
      ...(this.#claimed === undefined ? {} : { claimed: this.#claimed }),
      ...(profile === NS.sasl2 ? alongside(request) : {}),
    })
    if ('condition' in exchange) return this.#fail(exchange, profile)
    const attempt = { exchange, profile, request }
    this.#attempt = attempt
    // RFC 4422 §5: mechanisms in which the client begins are asked for their first message.
    if (data === 'none') this.#stream.sendElement(challenge(new Uint8Array(), profile))
    else return this.#step(attempt, data)
  }

  #continue(attempt: Attempt, element: Element): void | Promise<void> {
    const { profile } = attempt
    if (element.is('abort', profile)) return this.#fail(refusal('aborted'), profile)
    // XEP-0388#during: nothing else may be sent meanwhile. RFC 6120 does not allow for it either.
    if (!element.is('response', profile)) throw new StreamProblem('not-authorized', 'Signing in is not finished.')
    const data = decodeData(element.text().trim(), profile)
    return data === undefined ? this.#fail(refusal('incorrect-encoding'), profile) : this.#step(attempt, data)
  }

  #step(attempt: Attempt, data: Uint8Array): void | Promise<void> {
    const step = attempt.exchange.step(data)
    return step instanceof Promise ? step.then(made => this.#stepped(attempt, made)) : this.#stepped(attempt, step)
  }

  #stepped(attempt: Attempt, step: Step): void | Promise<void> {
    if (this.#stream.over) return
    if (step.kind === 'challenge') return this.#stream.sendElement(challenge(step.data, attempt.profile))
    if (step.kind === 'failure') return this.#fail(step.failure, attempt.profile)
    const { signedIn } = step
    const account = this.#parts.host.account(jidOf(signedIn.account))
    if (account instanceof Promise) return account.then(found => this.#succeed(attempt, signedIn, found))
    return this.#succeed(attempt, signedIn, account)
  }

  #fail(reason: Failure, profile: Profile): void {
    this.#attempt = undefined
    this.#stream.sendElement(failure(reason, profile))
    this.#failures++
    if (this.#failures >= maxAttempts)
      throw new StreamProblem('policy-violation', 'Signing in has failed too often. Please connect again.')
  }

  #succeed({ profile, request }: Attempt, signedIn: SignedIn, account: LocalAccount | undefined): void | Promise<void> {
    if (this.#stream.over) return
    // Deleted a moment ago.
    if (account === undefined || account.gone || account.id !== signedIn.account.id) {
      this.#fail(refusal('not-authorized'), profile)
      return
    }
    this.#attempt = undefined
    this.#account = account
    if (profile !== NS.sasl2) return this.#finishSasl(signedIn)
    const told = toldToBinders(this.#parts, request, account)
    if (told === undefined) return this.#finishSasl2(request, signedIn, account, [])
    return told.then(elements => this.#finishSasl2(request, signedIn, account, elements))
  }

  #finishSasl({ additionalData: data }: SignedIn): void {
    this.#stream.sendElement(xml('success', { xmlns: NS.sasl }, data === undefined ? undefined : base64(data)))
    // RFC 6120 §6.4.6: both sides begin anew, the client first.
    this.#open = false
    this.#transport.restart()
  }

  #finishSasl2(
    request: Element,
    signedIn: SignedIn,
    account: LocalAccount,
    told: readonly (Element | undefined)[],
  ): void {
    const stream = this.#stream
    if (stream.over) return
    stream.signedIn(account, this.#language)
    stream.hold()
    const { success, resumed, bound, after } = carryOut(this.#parts, stream, request, account, signedIn, told)
    if (stream.over) return
    this.#transport.write(write(success))
    // XEP-0198#inline-resume: a resumed stream goes on where it was, without features.
    if (!resumed) {
      const { features } = this.#parts
      const domain = domainOf(account.jid)
      this.#transport.writeStreamElement(
        'features',
        bound === undefined ? features.unbound(domain) : features.bound(domain, bound),
      )
    }
    stream.release()
    for (const then of after) then()
  }

  // Between signing in and having a session

  #fromAccount(element: Element, account: LocalAccount): void | Promise<void> {
    if (element.ns === NS.client) {
      const bind = element.is('iq') && element.attr('type') === 'set' ? element.child('bind', NS.bind) : undefined
      if (bind === undefined) throw new StreamProblem('not-authorized', 'Binding a resource comes first.')
      return this.#bind(element, bind, account)
    }
    if (element.ns === NS.streams && element.name === 'error') return this.#stream.close()
    // XEP-0388#multiple: nobody signs in twice.
    const extension = this.#parts.host.extensions.elements.get(`{${element.ns}}${element.name}`)
    if (extension === undefined) throw new StreamProblem('unsupported-stanza-type', 'That cannot be done now.')
    return extension.handle(this.#stream, element)
  }

  /** RFC 6120 §7.6 and §7.7 */
  #bind(iq: Element, bind: Element, account: LocalAccount): void {
    const wanted = bind.childText('resource') ?? ''
    const stream = this.#stream
    stream.hold()
    try {
      const resource = wanted === '' ? undefined : prepareResource(wanted)
      if (wanted !== '' && resource === undefined) throw problem('bad-request', 'That resource name cannot be used.')
      const session = this.#parts.host.bind(account, resource, stream)
      stream.bound(session)
      const jid = xml('bind', { xmlns: NS.bind }, xml('jid', null, session.jid))
      this.#transport.write(write(iqResult(iq, jid)))
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw thrown
      const reply = errorReply(iq, thrown)
      if (reply !== undefined) this.#transport.write(write(reply))
    }
    stream.release()
  }
}
