/**
 * XEP-0060 and XEP-0163: every account is a small publish-subscribe service. Its owner publishes; who may read what is
 * said for each node; whoever says so in their capabilities is told of news.
 */
import type { Documents } from '../../accounts/documents.ts'
import type { Log } from '../../operations/log.ts'
import { problem } from '../../protocol/problems.ts'
import { type Feature, iqGet, iqSet, type Question, type Reply, xep } from '../../routing/feature.ts'
import type { Post } from '../../routing/post.ts'
import { Audience } from './audience.ts'
import { discoveryOf, pubsubFeatures } from './discovery.ts'
import { greet, greetElsewhere } from './greeting.ts'
import { pubsub } from './names.ts'
import { publisherSets } from './publisher.ts'
import { readerGets } from './reader.ts'
import { noSuchNode, ownerOnly } from './refusals.ts'
import type { Handlers } from './request.ts'
import { type Limits, PubsubService } from './service.ts'
import { Shelves } from './shelves.ts'

export interface PubsubParts {
  readonly post: Post
  readonly documents: Documents
  readonly log: Log
  readonly limits: Limits
  randomId(): string
}

export const personalEventing = ({ post, documents, log, limits, randomId }: PubsubParts): Feature => {
  const shelves = new Shelves(documents)
  const failed = (bug: unknown): void => log.bug('what was published last could not be told', bug)
  const audience = new Audience(post, {
    session: (session, wanted) => void greet(greeting, session, wanted).catch(failed),
    elsewhere: (account, device, wanted) => void greetElsewhere(greeting, account, device, wanted).catch(failed),
  })
  const greeting = { post, audience, shelves, randomId }
  const service = new PubsubService({ ...greeting, limits })

  const reply =
    (handlers: Handlers) =>
    async ({ account, from, payload }: Question): Promise<Reply> => {
      const verb = payload.firstElement()
      if (verb === undefined) throw problem('bad-request', 'There is nothing to do in this request.')
      const handler = verb.ns === payload.ns ? handlers[verb.name] : undefined
      // Where there is no account there are no nodes: the answer is that of an account that does not have the node.
      if (account === undefined || from === undefined) {
        throw payload.ns === pubsub && verb.name !== 'publish' ? noSuchNode() : ownerOnly()
      }
      if (handler === undefined) throw problem('feature-not-implemented', 'This part of pubsub is not offered here.')
      return handler({ service, account, asker: from, pubsub: payload, verb })
    }

  return {
    name: 'personal eventing',
    implements: [xep(60, '1.30.0', 'partial', 'as accounts need it'), xep(163, '1.2.2', 'complete')],
    advertises: { account: [pubsub, ...pubsubFeatures] },
    answers: [
      iqGet(`{${pubsub}}pubsub`, ['account', 'nobody'], reply(readerGets)),
      iqSet(`{${pubsub}}pubsub`, ['account', 'nobody'], reply(publisherSets)),
    ],
    accountDiscovery: discoveryOf(service),
    presenceStages: {
      shown: (session, first) => audience.shown(session, first),
      heard: (account, presence, from) => audience.heard(account, presence, from),
    },
    leaving: account => shelves.forget(account.id),
  }
}
