/**
 * XEP-0060 and XEP-0163: every account is a small publish-subscribe service. Its owner publishes; who may read what is
 * said for each node; whoever says so in their capabilities is told of news.
 */
import type { Documents } from '../../accounts/documents.ts'
import type { Log } from '../../operations/log.ts'
import { isBare, type Jid } from '../../protocol/jid.ts'
import { Problem, problem } from '../../protocol/problems.ts'
import type { LocalAccount } from '../../routing/account.ts'
import { type Feature, iqGet, iqSet, type Question, type Reply, xep } from '../../routing/feature.ts'
import type { Post } from '../../routing/post.ts'
import type { ElementView, PictureView } from '../../routing/views.ts'
import { Audience } from './audience.ts'
import { Avatars } from './avatars.ts'
import { bookmarksInPrivateXml, tellOld } from './bookmarks.ts'
import { discoveryOf, pubsubFeatures } from './discovery.ts'
import { takeAuthorization, takeDisplayed } from './displayed.ts'
import { greet, greetElsewhere, greetFrom } from './greeting.ts'
import { known, pubsub, pubsubOwner } from './names.ts'
import { creatorSets, ownerGets, ownerSets } from './owner.ts'
import { publisherSets } from './publisher.ts'
import { readerGets } from './reader.ts'
import { nobodysAnswer } from './refusals.ts'
import type { Handlers } from './request.ts'
import { type Limits, PubsubService } from './service.ts'
import { Shelves } from './shelves.ts'
import { subscriberGets, subscriberSets } from './subscriber.ts'
import { recalculate } from './subscribers.ts'

export interface PubsubParts {
  readonly post: Post
  readonly documents: Documents
  readonly log: Log
  readonly limits: Limits
  randomId(): string
}

export interface PersonalEventing {
  readonly feature: Feature
  /** What is kept here and can be asked for in other ways, too. */
  readonly bookmarks: ElementView
  readonly picture: PictureView
}

export const personalEventing = ({ post, documents, log, limits, randomId }: PubsubParts): PersonalEventing => {
  const shelves = new Shelves(documents)
  const failed = (bug: unknown): void => {
    if (!(bug instanceof Problem)) log.bug('something that nobody waits for could not be published', bug)
  }
  const audience = new Audience(post, {
    session: (session, wanted) => void greet(greeting, session, wanted).catch(failed),
    elsewhere: (account, device, wanted) => void greetElsewhere(greeting, account, device, wanted).catch(failed),
  })
  const greeting = { post, audience, shelves, randomId }
  const service = new PubsubService({ ...greeting, limits })
  const avatars = new Avatars(service)
  service.watchers.push((account, shelf, node) => {
    if (node === known.bookmarks) tellOld(service, account, shelf)
    avatars.changed(account, shelf, node).catch(failed)
    const changed = shelf.get(node)
    if (changed !== undefined) recalculate(service, account, changed).catch(failed)
  })

  /** XEP-0163#notify-last: an account lets somebody see it from now on. */
  const permitted = (account: LocalAccount, contact: Jid): void => {
    if (!account.roster.isSeenBy(contact)) return
    const here = isBare(contact) ? post.online(contact) : undefined
    if (here === undefined) audience.permitted(account, contact)
    else if (here.roster.sees(account.jid)) {
      for (const session of here.sessions) {
        const wanted = audience.interests(session)
        if (wanted.size > 0) greetFrom(greeting, session, account.jid, wanted).catch(failed)
      }
    }
  }

  const reply =
    (handlers: Handlers) =>
    async ({ account, from, payload }: Question): Promise<Reply> => {
      const verb = payload.firstElement()
      if (verb === undefined) throw problem('bad-request', 'There is nothing to do in this request.')
      // Where there is no account there are no nodes: the answer is that of an account that does not have the node.
      if (account === undefined || from === undefined) throw nobodysAnswer(payload.ns, verb.name)
      const handler = verb.ns === payload.ns && Object.hasOwn(handlers, verb.name) ? handlers[verb.name] : undefined
      if (handler === undefined) throw problem('feature-not-implemented', 'This part of pubsub is not offered here.')
      return handler({ service, account, asker: from, pubsub: payload, verb })
    }

  const feature: Feature = {
    name: 'personal eventing',
    implements: [
      xep(48, '1.2', 'complete', 'as a view of the bookmarks of XEP-0402'),
      xep(60, '1.30.0', 'partial', 'what accounts need of it; the owner is the only publisher'),
      xep(84, '1.1.4', 'complete'),
      xep(153, '1.1.1', 'complete'),
      xep(163, '1.2.2', 'complete'),
      xep(172, '1.1', 'complete'),
      xep(222, '1.0', 'complete'),
      xep(223, '1.1.1', 'complete'),
      xep(283, '0.2.0', 'partial', 'the statement is kept, and can be made on the account pages'),
      xep(292, '0.12.0', 'partial', 'the node; vCards of XEP-0054 are apart from it'),
      xep(384, '0.9.1', 'complete', 'what a server has to do for it; 0.3.0 of it as well'),
      xep(398, '1.0.0', 'complete'),
      xep(402, '1.2.0', 'complete'),
      xep(411, '1.1.0', 'complete'),
      xep(490, '1.0.1', 'complete'),
      xep(492, '0.2.0', 'complete', 'kept untouched'),
      xep(510, '0.1.0', 'complete', 'kept untouched'),
    ],
    advertises: {
      account: [
        pubsub,
        ...pubsubFeatures,
        'urn:xmpp:bookmarks-conversion:0',
        `${known.bookmarks}#compat`,
        `${known.bookmarks}#compat-pep`,
        'urn:xmpp:mds:server-assist:0',
        'urn:xmpp:pep-vcard-conversion:0',
      ],
    },
    answers: [
      iqGet(`{${pubsub}}pubsub`, ['account', 'nobody'], reply({ ...readerGets, ...subscriberGets })),
      iqSet(`{${pubsub}}pubsub`, ['account', 'nobody'], reply({ ...publisherSets, ...creatorSets, ...subscriberSets })),
      iqGet(`{${pubsubOwner}}pubsub`, ['account', 'nobody'], reply(ownerGets)),
      iqSet(`{${pubsubOwner}}pubsub`, ['account', 'nobody'], reply(ownerSets)),
    ],
    accountDiscovery: discoveryOf(service),
    presenceStages: {
      stamp: (session, presence, to) => avatars.stamp(session, presence, to),
      shown: (session, first) => audience.shown(session, first),
      heard: (account, presence, from) => audience.heard(account, presence, from),
      heardAway: (jid, presence, from) =>
        audience.isNews(jid, presence, from) ? account => audience.heard(account, presence, from) : undefined,
      permitted,
    },
    peers: { lost: (our, their) => audience.lose(our, their) },
    message: {
      stamp(passing) {
        if (passing.side !== 'sending' || passing.session === undefined) return
        takeDisplayed(service, passing)?.catch(failed)
        takeAuthorization(service, passing)?.catch(failed)
      },
    },
    leaving(account) {
      shelves.forget(account.id)
      audience.forget(account.jid)
    },
  }
  return { feature, bookmarks: bookmarksInPrivateXml(service), picture: avatars.view }
}
