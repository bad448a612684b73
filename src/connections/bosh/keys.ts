import { createHash } from 'node:crypto'
import type { Element } from '../../protocol/xml/element.ts'

/** XEP-0124#keys: each request shows where the key before it came from. Voluntary for clients, binding once begun. */
export class KeySequence {
  #last: string | undefined

  /** @param creation the request that began the session */
  constructor(creation: Element) {
    this.#last = creation.attr('newkey')?.toLowerCase()
  }

  /** Whether a request, taken in their order, is from whoever sent the one before it. */
  fits(request: Element): boolean {
    if (this.#last === undefined) return true
    const key = request.attr('key')?.toLowerCase() ?? ''
    // XEP-0124#keys-switch: a new sequence begins with a key of the old one.
    if (createHash('sha1').update(key).digest('hex') !== this.#last) return false
    this.#last = request.attr('newkey')?.toLowerCase() ?? key
    return true
  }
}
