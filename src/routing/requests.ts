import { blockedByOwner } from '../accounts/blocklist.ts'
import { accountOf, type BareJid, domainOf, isDomain, isFull, type Jid, resourceOf } from '../protocol/jid.ts'
import { errorReply, problem } from '../protocol/problems.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { LocalAccount } from './account.ts'
import type { Inquiries } from './inquiries.ts'
import { Parcel } from './parcel.ts'
import type { Questions } from './questions.ts'
import type { Service, Services } from './services.ts'
import type { Session } from './session.ts'

/** What the road of a request needs from the rest of routing. */
export interface RequestSurroundings {
  readonly questions: Questions
  readonly inquiries: Inquiries
  readonly services: Services
  isLocal(jid: Jid): boolean
  find(jid: BareJid): LocalAccount | undefined | Promise<LocalAccount | undefined>
  /** Hands a stanza to a service that takes everything at its domain. Never throws. */
  take(service: Service, iq: Element, from: Jid, to: Jid): void | Promise<void>
  /** Sends a stanza on to somebody else's server. */
  forward(iq: Element, from: Jid, to: Jid): void
  /** Sends an answer back to where the question came from. */
  answer(reply: Element, to: Jid): void
  /** An account could not be loaded. */
  failed(iq: Element, from: Jid, bug: unknown): void
}

/** The road of a request and of its answer (RFC 6120 §8.2.3, RFC 6121 §8.5). */
export class RequestRoad {
  readonly #around: RequestSurroundings

  constructor(around: RequestSurroundings) {
    this.#around = around
  }

  /** @param session the asker's, if it is one of ours */
  travel(iq: Element, from: Jid, to: Jid, session: Session | undefined): void | Promise<void> {
    const { questions, services } = this.#around
    const type = iq.attr('type')
    const asks = type === 'get' || type === 'set'
    if ((!asks && type !== 'result' && type !== 'error') || iq.attr('id') === undefined) {
      this.#refuse(iq, from, 'bad-request')
      return
    }
    if (!asks && this.#around.inquiries.settle(iq, from)) return
    if (session?.account.blocklist.blocks(to) === true) {
      const reply = errorReply(iq, blockedByOwner())
      if (reply !== undefined) session.sendStanza(reply)
      return
    }
    if (!this.#around.isLocal(to)) return this.#around.forward(iq, from, to)
    const domain = domainOf(to)
    const found = services.at(domain)
    const service = found?.service
    if (service?.takes !== undefined && !isDomain(to)) return this.#around.take(service, iq, from, to)
    const bare = service === undefined ? accountOf(to) : undefined
    if (bare === undefined) {
      if (!asks) return
      if (!isDomain(to)) return this.#refuse(iq, from, 'service-unavailable')
      const of = service === undefined ? 'server' : 'service'
      return this.#reply(questions.ask(iq, of, from, { session, service, domain: found?.of ?? domain }), from)
    }
    if (session !== undefined && bare === session.account.jid && !isFull(to)) {
      if (!asks) return
      return this.#reply(questions.ask(iq, 'self', from, { session, account: session.account, domain }), from)
    }
    const loaded = this.#around.find(bare)
    if (!(loaded instanceof Promise)) return this.#arrive(iq, from, to, session, loaded, asks)
    return loaded
      .then(account => this.#arrive(iq, from, to, session, account, asks))
      .catch((bug: unknown) => this.#around.failed(iq, from, bug))
  }

  /** A request to an account or to one of its devices. */
  #arrive(
    iq: Element,
    from: Jid,
    to: Jid,
    session: Session | undefined,
    account: LocalAccount | undefined,
    asks: boolean,
  ): void | Promise<void> {
    const { questions } = this.#around
    const domain = domainOf(to)
    if (account === undefined || account.blocklist.blocks(from)) {
      if (!asks) return
      if (isFull(to)) return this.#refuse(iq, from, 'service-unavailable')
      return this.#reply(questions.ask(iq, 'nobody', from, { session, domain }), from)
    }
    if (!isFull(to)) {
      return asks ? this.#reply(questions.ask(iq, 'account', from, { session, account, domain }), from) : undefined
    }
    const device = account.session(resourceOf(to))
    if (device !== undefined) device.send(new Parcel(iq))
    else if (asks) this.#refuse(iq, from, 'service-unavailable')
  }

  #reply(answer: Element | undefined | Promise<Element | undefined>, to: Jid): void | Promise<void> {
    if (answer instanceof Promise) return answer.then(made => this.#reply(made, to))
    if (answer !== undefined) this.#around.answer(answer, to)
  }

  #refuse(stanza: Element, from: Jid, condition: 'bad-request' | 'service-unavailable'): void {
    const reply = errorReply(stanza, problem(condition))
    if (reply !== undefined) this.#around.answer(reply, from)
  }
}
