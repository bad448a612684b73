import type { Log } from '../operations/log.ts'
import type { Jid } from '../protocol/jid.ts'
import { asProblem, errorReply, Problem, problem } from '../protocol/problems.ts'
import { iqResult } from '../protocol/stanza.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { LocalAccount } from './account.ts'
import type { Answer, Feature, Question, Reply } from './feature.ts'
import type { Service } from './services.ts'
import type { Session } from './session.ts'

type Asked = Answer['of'][number]

/** One reply for each payload: finds who answers a request and makes the answer. */
export class Questions {
  readonly #answers = new Map<string, Answer['reply']>()
  readonly #log: Log

  /** @throws Error when two features answer the same request: a mistake in the list of features */
  constructor(features: readonly Feature[], log: Log) {
    this.#log = log
    for (const feature of features) {
      for (const answer of feature.answers ?? []) for (const of of answer.of) this.#add(of, answer, feature)
      for (const answer of feature.service?.answers ?? []) this.#add(feature.service!.jid, answer, feature)
    }
  }

  #add(of: string, { type, payload, reply }: Omit<Answer, 'of'>, { name }: Feature): void {
    const key = `${of} ${type} ${payload}`
    if (this.#answers.has(key)) throw new Error(`Two features answer “${key}”; ${name} is the second.`)
    this.#answers.set(key, reply)
  }

  /**
   * Answers a get or set (RFC 6120 §8.2.3, RFC 6121 §8.5.1).
   * @returns the result or the error, at once where the feature answers at once
   */
  ask(
    iq: Element,
    of: Asked,
    from: Jid | undefined,
    about: {
      session?: Session | undefined
      account?: LocalAccount | undefined
      service?: Service | undefined
      visitor?: Question['visitor']
      domain: string
    },
  ): Element | undefined | Promise<Element | undefined> {
    try {
      const [payload, second] = iq.elements()
      if (payload === undefined || second !== undefined) {
        throw problem('bad-request', 'A request has exactly one child element.')
      }
      const type = iq.attr('type')
      const key = ` ${type} {${payload.ns}}${payload.name}`
      const reply = this.#replyTo(of, key, about.service)
      if (reply === undefined) throw problem('service-unavailable')
      const result = reply({
        iq,
        payload,
        from,
        session: about.session,
        account: about.account,
        service: about.service,
        visitor: about.visitor,
        domain: about.domain,
      })
      if (result instanceof Promise) {
        return result.then(
          value => answer(iq, value),
          (thrown: unknown) => this.#refuse(iq, thrown),
        )
      }
      return answer(iq, result)
    } catch (thrown) {
      return this.#refuse(iq, thrown)
    }
  }

  #replyTo(of: Asked, key: string, service: Service | undefined): Answer['reply'] | undefined {
    const general = of === 'self' ? 'account' : undefined
    const particular = service === undefined ? undefined : this.#answers.get(service.jid + key)
    return particular ?? this.#answers.get(of + key) ?? (general && this.#answers.get(general + key))
  }

  #refuse(iq: Element, thrown: unknown): Element | undefined {
    if (!(thrown instanceof Problem)) this.#log.bug('a request could not be answered', thrown)
    return errorReply(iq, asProblem(thrown))
  }
}

function answer(iq: Element, reply: Reply): Element {
  if (reply === undefined) return iqResult(iq)
  return Array.isArray(reply) ? iqResult(iq, ...reply) : iqResult(iq, reply as Element)
}
