/** XEP-0060#errors: conditions of pubsub beside those of XMPP. */
import { type Problem, type ProblemShape, problem, type StanzaCondition } from '../../protocol/problems.ts'
import { xml } from '../../protocol/xml/element.ts'
import { pubsub, pubsubErrors } from './names.ts'

type PubsubCondition =
  | 'closed-node'
  | 'configuration-required'
  | 'invalid-jid'
  | 'invalid-options'
  | 'invalid-payload'
  | 'item-forbidden'
  | 'item-required'
  | 'jid-required'
  | 'max-items-exceeded'
  | 'max-nodes-exceeded'
  | 'nodeid-required'
  | 'not-in-roster-group'
  | 'not-subscribed'
  | 'payload-required'
  | 'payload-too-big'
  | 'pending-subscription'
  | 'precondition-not-met'
  | 'presence-subscription-required'
  | 'subid-required'
  | 'invalid-subid'
  | 'too-many-subscriptions'
  | 'unsupported-access-model'

/** `refusal('conflict', 'precondition-not-met', 'The node is configured differently.')` */
export function refusal(
  condition: StanzaCondition,
  extra: PubsubCondition,
  tell?: string,
  more: Partial<ProblemShape> = {},
): Problem {
  return problem(condition, tell, { ...more, extra: xml(extra, { xmlns: pubsubErrors }) })
}

/** Something that XEP-0060 knows and this server does not do. */
export function unsupported(feature: string, tell?: string): Problem {
  return problem('feature-not-implemented', tell, { extra: xml('unsupported', { xmlns: pubsubErrors, feature }) })
}

export const nodeRequired = (): Problem => refusal('bad-request', 'nodeid-required', 'Name the node.')
export const noSuchNode = (): Problem => problem('item-not-found', 'There is no such node.')
export const ownerOnly = (): Problem => problem('forbidden', 'Only the owner may do that.')

/** What an account answers that does not have the node, whether or not there is one. */
export function nobodysAnswer(namespace: string, verb: string): Problem {
  const forOwners = namespace !== pubsub || verb === 'publish' || verb === 'retract' || verb === 'create'
  return forOwners ? ownerOnly() : noSuchNode()
}
