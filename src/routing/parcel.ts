import type { Jid } from '../protocol/jid.ts'
import type { Element } from '../protocol/xml/element.ts'
import { parseElement } from '../protocol/xml/parser.ts'
import { escapeAttr, write } from '../protocol/xml/write.ts'

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

/**
 * What nobody waits for (presence, what has been published, requests for acknowledgements) is written this much later if
 * nothing else is sent before: writing costs more than making it, and comes in crowds (docs/performance.md).
 */
export const newsMs = 20

/** A stanza on its way to one or more clients, serialised once for all of them. */
export class Parcel {
  readonly receipt: Receipt | undefined
  /** How long it can wait to be written together with what comes after it. */
  patienceMs = 0
  #stanza: Element | undefined
  #text: string | undefined
  #many: ForMany | undefined
  #to: Jid | undefined

  constructor(stanza: Element | undefined, receipt?: Receipt, text?: string) {
    this.receipt = receipt
    this.#stanza = stanza
    this.#text = text
  }

  /** From the store: read only if somebody wants to know what it says. */
  static ofText(text: string, receipt?: Receipt): Parcel {
    return new Parcel(undefined, receipt, text)
  }

  /** One copy of what goes to many: `address` comes from `addressOf`. */
  static ofMany(many: ForMany, to: Jid, address: string, patienceMs: number): Parcel {
    const parcel = new Parcel(undefined, undefined, many.textFor(address))
    parcel.patienceMs = patienceMs
    parcel.#many = many
    parcel.#to = to
    return parcel
  }

  /** As news: it can come a moment later. */
  asNews(): this {
    this.patienceMs = newsMs
    return this
  }

  get stanza(): Element {
    this.#stanza ??= this.#many?.stanza.with({ to: this.#to }) ?? parseElement(this.#text ?? '')
    return this.#stanza
  }

  get text(): string {
    this.#text ??= write(this.stanza)
    return this.#text
  }
}

/** How an address stands in the copies of `ForMany`. */
export function addressOf(to: Jid): string {
  return ` to='${escapeAttr(to)}'`
}

/** A stanza that goes to many and differs in its `to` alone: written once, and only the address is put into each copy. */
export class ForMany {
  /** Without `to`. */
  readonly stanza: Element
  readonly from: Jid
  readonly #opening: string
  readonly #rest: string

  /** @param stanza with `from`, in `jabber:client` */
  constructor(stanza: Element, from: Jid) {
    this.stanza = stanza
    this.from = from
    const text = write(stanza)
    this.#opening = `<${stanza.name}`
    this.#rest = text.slice(this.#opening.length)
  }

  textFor(address: string): string {
    return this.#opening + address + this.#rest
  }
}
