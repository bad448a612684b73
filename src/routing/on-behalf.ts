import type { ContactJid } from '../accounts/roster.ts'
import type { Log } from '../operations/log.ts'
import { domainOf } from '../protocol/jid.ts'
import { problem } from '../protocol/problems.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { LocalAccount } from './account.ts'
import type { Feature, PresenceRole } from './feature.ts'
import { Questions } from './questions.ts'

/**
 * What an account does without a device: its owner has asked for it on a page, or by a file. It takes the roads that apps
 * take, so whatever these may not do cannot be done here either.
 */
export class OnBehalf {
  readonly #questions: Questions
  readonly #subscriptions: PresenceRole | undefined

  constructor(features: readonly Feature[], log: Log) {
    this.#questions = new Questions(features, log)
    this.#subscriptions = features.find(({ presence }) => presence?.types.includes('subscribe'))?.presence
  }

  /** Asks the account itself, as its owner. @returns the result or the error */
  async asks(account: LocalAccount, iq: Element): Promise<Element> {
    const about = { account, domain: domainOf(account.jid) }
    const asked = iq.with({ id: 'on-behalf', from: account.jid })
    const answer = await this.#questions.ask(asked, 'self', account.jid, about)
    return answer ?? asked.with({ type: 'error' }, [])
  }

  /** Sends something about a subscription (RFC 6121 §3). @throws Problem */
  async subscribes(account: LocalAccount, presence: Element, contact: ContactJid): Promise<void> {
    if (this.#subscriptions?.onBehalf === undefined) throw problem('service-unavailable')
    await this.#subscriptions.onBehalf(account, presence, contact)
  }
}
