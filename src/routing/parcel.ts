import type { Element } from '../protocol/xml/element.ts'
import { parseElement } from '../protocol/xml/parser.ts'
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
  readonly receipt: Receipt | undefined
  #stanza: Element | undefined
  #text: string | undefined

  constructor(stanza: Element | undefined, receipt?: Receipt, text?: string) {
    this.receipt = receipt
    this.#stanza = stanza
    this.#text = text
  }

  /** From the store: read only if somebody wants to know what it says. */
  static ofText(text: string, receipt?: Receipt): Parcel {
    return new Parcel(undefined, receipt, text)
  }

  get stanza(): Element {
    this.#stanza ??= parseElement(this.#text ?? '')
    return this.#stanza
  }

  get text(): string {
    this.#text ??= write(this.stanza)
    return this.#text
  }
}
