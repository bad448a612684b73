import type { Element } from '../protocol/xml/element.ts'
import { write } from '../protocol/xml/write.ts'

/**
 * Tells a stored message that it has arrived, so that it need not be kept any longer.
 * Whoever carries the parcel calls one of the two, once.
 */
export interface Receipt {
  /** The client has it: acknowledged (XEP-0198), or written where there is no stream management. */
  delivered(): void
  /** This way came to nothing; the message is for somebody else, or stays where it is stored. */
  returned(): void
}

/** A stanza on its way to one or more clients, serialised once for all of them. */
export class Parcel {
  readonly stanza: Element
  readonly receipt: Receipt | undefined
  #text: string | undefined

  constructor(stanza: Element, receipt?: Receipt, text?: string) {
    this.stanza = stanza
    this.receipt = receipt
    this.#text = text
  }

  get text(): string {
    this.#text ??= write(this.stanza)
    return this.#text
  }
}
