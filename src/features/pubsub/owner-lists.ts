/**
 * XEP-0060#owner-affiliations-multi, #owner-subscriptions-multi: changes of a list, of which some may not be possible. The
 * others are made, and the answer names those that were not, as they are.
 */
import { parseJid } from '../../protocol/jid.ts'
import { Problem, problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { pubsubOwner } from './names.ts'

interface Refused {
  readonly because: Problem
  /** The entry as it is. */
  readonly remains: Element
}

export class ListChange {
  readonly #list: Element
  readonly #entries: readonly Element[]
  readonly #refused: Refused[] = []

  /**
   * @param list `<affiliations/>` or `<subscriptions/>`
   * @throws Problem where it says two things of the same address
   */
  constructor(list: Element, what: 'affiliation' | 'subscription') {
    this.#list = list
    // XEP-0060#owner-affiliations-modify-request: what does not say anything changes nothing.
    this.#entries = list.elements().filter(child => child.attr(what) !== undefined)
    const addresses = this.#entries.flatMap(child => parseJid(child.attr('jid') ?? '') ?? [])
    if (new Set(addresses).size < addresses.length) throw problem('bad-request', 'Name everybody once.')
  }

  /**
   * Makes one change after the other.
   * @param remains an entry that could not be changed, as it is
   * @returns how many were made
   */
  async each(change: (entry: Element) => void | Promise<void>, remains: (entry: Element) => Element): Promise<number> {
    for (const entry of this.#entries) {
      try {
        await change(entry)
      } catch (thrown) {
        if (!(thrown instanceof Problem)) throw thrown
        this.#refused.push({ because: thrown, remains: remains(entry) })
      }
    }
    return this.#entries.length - this.#refused.length
  }

  /** @throws Problem where not all could be changed: its own reason for one alone */
  insistOnAll(): void {
    const [first] = this.#refused
    if (first === undefined) return
    const shown = xml(
      'pubsub',
      { xmlns: pubsubOwner },
      xml(
        this.#list.name,
        { node: this.#list.attr('node') },
        this.#refused.map(({ remains }) => remains),
      ),
    )
    if (this.#entries.length > 1) throw problem('not-acceptable', first.because.tell, { shown })
    throw first.because.showing(shown)
  }
}
