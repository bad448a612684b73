/** A request of XEP-0060, taken apart. */
import { bareOf, type Jid } from '../../protocol/jid.ts'
import type { Element } from '../../protocol/xml/element.ts'
import type { LocalAccount } from '../../routing/account.ts'
import { nodeRequired, ownerOnly } from './refusals.ts'
import type { PubsubService } from './service.ts'

export interface PubsubRequest {
  readonly service: PubsubService
  readonly account: LocalAccount
  readonly asker: Jid
  /** `<pubsub/>` */
  readonly pubsub: Element
  /** The child that says what is wanted. */
  readonly verb: Element
}

export type Handler = (request: PubsubRequest) => Promise<Element | undefined>

/** By the name of the verb. */
export type Handlers = Readonly<Record<string, Handler>>

export function insistOnOwner({ account, asker }: PubsubRequest): void {
  if (bareOf(asker) !== account.jid) throw ownerOnly()
}

export function isOwner({ account, asker }: PubsubRequest): boolean {
  return bareOf(asker) === account.jid
}

/** @throws Problem where none is named */
export function nodeNamed({ verb }: PubsubRequest): string {
  const name = verb.attr('node')
  if (name === undefined || name === '') throw nodeRequired()
  return name
}
