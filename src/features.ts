/** Every feature, in the order in which stanzas meet them. A comment says where the order matters. No logic. */
import type { Accounts } from './accounts/accounts.ts'
import type { Documents } from './accounts/documents.ts'
import type { Domains } from './accounts/domains.ts'
import type { Invitations } from './accounts/invitations.ts'
import type { Joining } from './accounts/joining.ts'
import type { Marks } from './accounts/marks.ts'
import type { MessageIds } from './accounts/message-ids.ts'
import type { Reports } from './accounts/reports.ts'
import type { Archive } from './archive/archive.ts'
import type { RoomArchive } from './archive/room-archive.ts'
import { worthArchiving, worthWaiting } from './archive/worth-keeping.ts'
import { catalogue } from './catalogue.ts'
import { adHoc } from './features/ad-hoc/ad-hoc.ts'
import { administration } from './features/administration/administration.ts'
import { archive } from './features/archive/archive.ts'
import { blocking } from './features/blocking/blocking.ts'
import { bytestreams } from './features/bytestreams/bytestreams.ts'
import { carbons } from './features/carbons/carbons.ts'
import { clientState } from './features/client-state/client-state.ts'
import { components } from './features/components.ts'
import { contactAddresses } from './features/contact-addresses.ts'
import { dataPolicy } from './features/data-policy.ts'
import { disco } from './features/disco/disco.ts'
import { externalServices } from './features/external-services/external-services.ts'
import { files } from './features/files/files.ts'
import type { StoredFiles } from './features/files/stored-files.ts'
import { invitations } from './features/invitations/invitations.ts'
import { offline } from './features/offline/offline.ts'
import { ping } from './features/ping.ts'
import { portability } from './features/portability/portability.ts'
import { presence } from './features/presence/presence.ts'
import { privateXml } from './features/private-xml.ts'
import { personalEventing } from './features/pubsub/pubsub.ts'
import { push } from './features/push/push.ts'
import { registration } from './features/registration/registration.ts'
import { absentMembers } from './features/rooms/absent.ts'
import { archivedRooms } from './features/rooms/archive/archive.ts'
import type { RoomCards } from './features/rooms/card-store.ts'
import { roomCards } from './features/rooms/cards.ts'
import { rooms } from './features/rooms/rooms.ts'
import { slowMode } from './features/rooms/slow-mode.ts'
import type { RoomStore } from './features/rooms/store.ts'
import { roster } from './features/roster/roster.ts'
import { securityContact } from './features/security-contact.ts'
import { serviceStatus } from './features/service-status.ts'
import { sessionRequest } from './features/session-request.ts'
import { stableIds } from './features/stable-ids.ts'
import { streamManagement } from './features/stream-management/stream-management.ts'
import { subscriptions } from './features/subscriptions/subscriptions.ts'
import { time } from './features/time.ts'
import { vcard } from './features/vcard.ts'
import { version } from './features/version.ts'
import type { Limiter } from './operations/limits.ts'
import type { Log } from './operations/log.ts'
import { policyFacts } from './privacy/policy/facts.ts'
import { domainOf } from './protocol/jid.ts'
import type { Feature, Question } from './routing/feature.ts'
import type { Post } from './routing/post.ts'
import type { Settings } from './settings/schema.ts'

export interface FeatureParts {
  readonly settings: Settings
  readonly log: Log
  readonly limiter: Limiter
  readonly post: Post
  readonly domains: Domains
  readonly accounts: Accounts
  readonly documents: Documents
  readonly files: StoredFiles
  readonly archive: Archive
  readonly invitations: Invitations
  readonly joining: Joining
  readonly marks: Marks
  readonly reports: Reports
  readonly messageIds: MessageIds
  readonly roomStore: RoomStore
  readonly roomCards: RoomCards
  readonly roomArchive: RoomArchive
  readonly softwareVersion: string
  /** The domains of components that are connected now. */
  componentsPresent(): readonly string[]
  /** The proxy for bytestreams: its port, once it listens, and how two connections are joined. */
  readonly relay: { port(): number } & Pick<Parameters<typeof bytestreams>[0], 'activate'>
  /** Where the people of a domain reach the HTTPS port: `https://name:port`. Known once it is listened on. */
  webAddress(domain: string): string
  /** Milliseconds since 1970. */
  now(): number
  randomId(): string
  afterCommit(then: () => void): void
}

export function features(parts: FeatureParts): readonly Feature[] {
  const { settings, log, post, domains, documents, now, randomId, afterCommit } = parts
  // Of the domain of the account, and of no other.
  const isAdmin = ({ session, domain }: Question): boolean =>
    session !== undefined && domainOf(session.account.jid) === domain && parts.marks.has(session.account.id, 'admin')
  const pep = personalEventing({
    post,
    log,
    documents,
    randomId,
    limits: {
      nodes: settings.limits.pubsubNodes,
      items: settings.limits.pubsubItems,
      itemBytes: settings.limits.documentBytes,
      accountBytes: settings.limits.pubsubBytes,
    },
  })
  const roomArchive = archivedRooms({
    archive: parts.roomArchive,
    limiter: parts.limiter,
    ids: parts.messageIds,
    post,
    afterCommit,
    now,
    randomId,
    failed: bug => log.bug('a message that was taken back in a room could not be replaced', bug),
  })
  const all: readonly Feature[] = [
    // Screens come first: nobody stamps, keeps or copies what was refused.
    blocking({
      post,
      log,
      async reported({ id, jid }, complaint) {
        if (parts.limiter.allow('report', jid)) await parts.reports.add(id, complaint)
      },
    }),
    // Takes off messages what is not for their recipients, before anybody keeps or copies them.
    pep.feature,
    // Stamps before it is kept: the kept message carries its id.
    stableIds(parts.messageIds, {
      waits: message => worthWaiting(message).keep,
      stays: message => worthArchiving(message).keep,
    }),
    archive({
      archive: parts.archive,
      ids: parts.messageIds,
      largestPreferences: settings.limits.documentBytes,
      now,
      failed: bug => log.bug('a retracted message could not be replaced', bug),
    }),
    // After it is kept: what was kept is handed over.
    offline({
      archive: parts.archive,
      failed: bug => log.bug('stored messages could not be delivered', bug),
    }),
    carbons,

    // Before presence: requests are delivered with a first presence, after the contacts' own.
    roster({ post, maxContacts: settings.limits.rosterItems }),
    subscriptions({
      post,
      log,
      maxContacts: settings.limits.rosterItems,
      invited: (account, token) => parts.invitations.accept(account, token),
    }),
    presence({ post, reachable: session => post.available(session) }),

    // XEP-0198 before XEP-0352: a stream is resumed before anything is held back on it.
    streamManagement({
      resumeSeconds: settings.streams.resumeSeconds,
      maxUnacknowledged: settings.streams.resumeStanzas,
      randomId,
      afterCommit,
      end: session => post.end(session),
      resumed: session => post.resumed(session),
    }),
    clientState,

    // Looks last at a message, at who was not reached.
    push({
      post,
      log,
      documents,
      maxRegistrations: settings.push.registrations,
      patienceSeconds: settings.push.patienceSeconds,
      now,
      disabled: ({ id }) => parts.marks.has(id, 'disabled'),
    }),

    privateXml(documents, settings.limits.documentBytes, [pep.bookmarks]),
    vcard(documents, settings.limits.documentBytes, pep.picture),
    registration({
      log,
      accounts: parts.accounts,
      limiter: parts.limiter,
      domains,
      joining: parts.joining,
      invitations: parts.invitations,
    }),
    invitations({
      invitations: parts.invitations,
      limiter: parts.limiter,
      domains,
      days: settings.registration.invitationDays,
      isAdmin,
      webAddress: domain => (settings.listen.https === false ? undefined : parts.webAddress(domain)),
    }),
    administration({ post, accounts: parts.accounts, marks: parts.marks, isAdmin }),
    sessionRequest,
    portability,
    ping,
    bytestreams({
      domain: settings.service.domain,
      offered: settings.bytestreams.port !== false,
      address: () => ({ host: settings.bytestreams.host || settings.service.domain, port: parts.relay.port() }),
      activate: (hash, account) => parts.relay.activate(hash, account),
    }),
    externalServices({ turn: settings.turn, now }),
    version(parts.softwareVersion),
    time(now),
    contactAddresses(domains),
    securityContact({ domains, webAddress: domain => parts.webAddress(domain), now }),
    serviceStatus(settings.contact.status),
    components(() => parts.componentsPresent()),
    rooms({
      domain: settings.service.domain,
      domains,
      post,
      log,
      limiter: parts.limiter,
      store: parts.roomStore,
      history: roomArchive.history,
      extensions: [
        ...roomArchive.extensions,
        slowMode(() => performance.now()),
        absentMembers(post),
        roomCards(parts.roomCards, settings.limits.documentBytes),
      ],
      settings: settings.rooms,
      async isAdmin(jid) {
        const account = await post.account(jid)
        return account !== undefined && parts.marks.has(account.id, 'admin')
      },
      now,
      randomId,
    }),
    dataPolicy(domain => policyFacts(catalogue, domains.settingsOf(domain))),
    files({
      domain: settings.service.domain,
      files: parts.files,
      limits: settings.files,
      slotSeconds: settings.files.slotSeconds,
      retentionDays: settings.retention.days,
      origin: domain => parts.webAddress(domain),
      offered: settings.listen.https !== false,
      log,
      now,
    }),
    adHoc({ features: () => all, randomId, now }),
    disco({ features: () => all, domains }),
  ]
  return all
}
