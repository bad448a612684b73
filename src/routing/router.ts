import { blockedByOwner } from '../accounts/blocklist.ts'
import type { LocalDomains } from '../accounts/domains.ts'
import type { Log } from '../operations/log.ts'
import {
  accountOf,
  type BareJid,
  bareOf,
  domainOf,
  fullJid,
  isFull,
  type Jid,
  parseJid,
  resourceOf,
} from '../protocol/jid.ts'
import { asProblem, errorReply, Problem, problem, StreamProblem } from '../protocol/problems.ts'
import { presenceType } from '../protocol/stanza.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { LocalAccount } from './account.ts'
import { Directory } from './directory.ts'
import { Endings } from './endings.ts'
import type { Feature, PresenceRole, Visitor } from './feature.ts'
import { extensionsOf, type Host, type StreamExtensions } from './host.ts'
import { inTurn } from './in-turn.ts'
import { Inquiries } from './inquiries.ts'
import type { Link } from './link.ts'
import { MessageRoad } from './messages.ts'
import { tellMissed } from './missed.ts'
import { Outlets } from './outlets.ts'
import { Parcel } from './parcel.ts'
import { type PeerNews, tellOfPeer } from './peer-news.ts'
import type { Post } from './post.ts'
import { type ArrivalParts, presenceArrives } from './presence-arrivals.ts'
import { PresenceRoad } from './presence-stages.ts'
import { Questions } from './questions.ts'
import { RequestRoad } from './requests.ts'
import { notNeighbours, type Service, Services } from './services.ts'
import { Session } from './session.ts'
import { returnUnsent, sendBack } from './unsent.ts'

export interface RouterParts {
  readonly domains: LocalDomains
  readonly log: Log
  /** Loads an account with its roster and block list; undefined if there is none. */
  load(jid: BareJid): Promise<LocalAccount | undefined>
  afterCommit(then: () => void): void
  randomId(): string
  readonly maxSessions: number
}

/** Recorded stanzas of one session that wait for the disk, before its client is read further. */
const maxUnsettled = 1_000

/** Who gets what: the one place that every stanza passes. Knows no feature and no socket. */
export class Router implements Host, Post {
  readonly #parts: RouterParts
  readonly #directory: Directory
  #features: readonly Feature[] = []
  #messages!: MessageRoad
  #presenceRoad!: PresenceRoad
  #questions!: Questions
  #requests!: RequestRoad
  readonly #presence = new Map<string, PresenceRole>()
  readonly #endings = new Endings()
  readonly #inquiries = new Inquiries()
  readonly #arrivals: ArrivalParts
  readonly outlets = new Outlets()
  readonly permitted: Post['permitted'] = (account, contact) => this.#presenceRoad.permitted(account, contact)
  readonly inTurn: Post['inTurn'] = act => this.#parts.afterCommit(act)
  readonly online: Post['online'] = jid => this.#directory.online(jid)
  #services!: Services
  extensions!: StreamExtensions

  constructor(parts: RouterParts) {
    this.#parts = parts
    this.#directory = new Directory(jid => parts.load(jid))
    const [directory, roles, endings] = [this.#directory, this.#presence, this.#endings]
    this.#arrivals = { directory, roles, road: () => this.#presenceRoad, endings, post: this, log: parts.log }
  }

  /** The features need the router and the router needs the features: they meet here, once, before anything else. */
  furnish(features: readonly Feature[]): void {
    this.#features = features
    const { log } = this.#parts
    this.#services = new Services(features, this.#parts.domains)
    this.#questions = new Questions(features, log)
    this.#messages = new MessageRoad(features, {
      log,
      afterCommit: then => this.#parts.afterCommit(then),
      forward: (stanza, from, to) => this.#elsewhere(stanza, from, to),
      answer: (stanza, to) => this.#answer(stanza, to),
    })
    this.#requests = new RequestRoad({
      questions: this.#questions,
      inquiries: this.#inquiries,
      services: this.#services,
      isLocal: jid => this.isLocal(jid),
      find: jid => this.#directory.find(jid),
      take: (service, iq, from, to) => this.#hand(service, iq, from, to),
      forward: (iq, from, to) => this.#elsewhere(iq, from, to),
      answer: (reply, to) => this.#answer(reply, to),
      failed: (iq, from, bug) => this.#failed(iq, from, bug),
    })
    const stages = features.flatMap(feature => feature.presenceStages ?? [])
    this.#presenceRoad = new PresenceRoad(stages, log)
    for (const { presence } of features) {
      if (presence !== undefined) for (const type of presence.types) this.#presence.set(type, presence)
    }
    this.extensions = extensionsOf(features)
  }

  get onlineCount(): number {
    return this.#directory.onlineCount
  }

  // Host: what connections ask

  serves(domain: string): boolean {
    return this.#parts.domains.welcomes(domain)
  }

  account(jid: BareJid): LocalAccount | undefined | Promise<LocalAccount | undefined> {
    return this.#directory.find(jid)
  }

  bind(account: LocalAccount, wanted: string | undefined, link: Link): Session {
    const resource = wanted ?? this.#parts.randomId()
    const jid = fullJid(account.jid, resource)
    if (jid === undefined) throw problem('bad-request', 'That resource name cannot be used.')
    if (account.gone || account.suspended) throw problem('not-allowed', 'This account is being deleted.')
    const older = account.session(resource)
    if (older !== undefined) {
      // RFC 6120 §7.7.2.2, third choice: the newcomer is most often the same device after a broken connection.
      const { link: olderLink } = older
      this.end(older)
      olderLink?.close(new StreamProblem('conflict', 'The same device has connected anew.'))
    }
    if (account.sessions.length >= this.#parts.maxSessions) {
      throw problem('resource-constraint', 'Too many devices of this account are connected.')
    }
    const session = new Session(account, jid, resource, link)
    account.sessions.push(session)
    this.#directory.arrived(account)
    for (const feature of this.#features) feature.sessions?.bound?.(session)
    return session
  }

  receive(session: Session, stanza: Element): void | Promise<void> {
    const { management } = session
    if (management === undefined) return this.#accept(session, stanza)
    const index = ++management.arrived
    const settled = (): void => {
      management.handled = index
    }
    const result = this.#accept(session, stanza)
    if (result !== undefined) return result.then(() => this.#parts.afterCommit(settled))
    this.#parts.afterCommit(settled)
    if (index - management.handled > maxUnsettled) {
      return new Promise(resolve => this.#parts.afterCommit(resolve))
    }
  }

  #accept(session: Session, stanza: Element): void | Promise<void> {
    const claimed = stanza.attr('from')
    // RFC 6120 §8.1.2.1: what a client says of its own address is overridden, for a client that has resumed a session may
    // have another resource in mind than the one it is back on. Nobody speaks for another account.
    if (claimed !== undefined && claimed !== session.jid && !this.#speaksFor(session, claimed)) {
      throw new StreamProblem('invalid-from', 'A stanza was sent in somebody else’s name.')
    }
    const addressed = stanza.attr('to')
    const to = addressed === undefined ? undefined : parseJid(addressed)
    const stamped = stanza.with(
      to === undefined || to === addressed ? { from: session.jid } : { from: session.jid, to },
    )
    if (addressed !== undefined && to === undefined) {
      return sendBack(session, stamped.with({ to: undefined }), problem('jid-malformed', 'That is not an address.'))
    }
    if (to !== undefined && this.#services.apart(session.jid, to)) return sendBack(session, stamped, notNeighbours())
    const whom = to ?? session.account.jid
    switch (stanza.name) {
      case 'message':
        return this.#message(stamped, session.jid, whom, session)
      case 'presence':
        return inTurn(this.#parts.afterCommit, () => this.#presenceOut(session, stamped, to))
      case 'iq':
        return inTurn(this.#parts.afterCommit, () => this.#requests.travel(stamped, session.jid, whom, session))
      default:
        throw new StreamProblem('unsupported-stanza-type', 'There are three kinds of stanza: message, presence and iq.')
    }
  }

  #speaksFor(session: Session, claimed: string): boolean {
    const jid = parseJid(claimed)
    return jid !== undefined && bareOf(jid) === session.account.jid
  }

  async visit(iq: Element, visitor: Visitor): Promise<Element | undefined> {
    return this.#questions.ask(iq, 'visitor', undefined, { visitor, domain: visitor.domain })
  }

  lost(session: Session, link: Link): void {
    if (session.ended || session.link !== link) return
    session.unlink()
    if (session.management?.resumptionId === undefined) this.end(session)
    else for (const feature of this.#features) feature.sessions?.waiting?.(session)
  }

  end(session: Session): void {
    if (session.ended) return
    session.ended = true
    session.unlink()
    const { account } = session
    account.sessions.splice(account.sessions.indexOf(session), 1)
    if (account.sessions.length === 0) this.#directory.left(account)
    for (const feature of this.#features) {
      try {
        feature.sessions?.ended?.(session)
      } catch (bug) {
        this.#parts.log.bug('a watcher of sessions failed', bug)
      }
    }
    returnUnsent(session, (reply, asker) => this.#answer(reply, asker))
  }

  /** Erasure: the account's sessions end, its contacts hear of it, nobody finds it any longer. Resolves when that is on disk. */
  async remove(account: LocalAccount): Promise<void> {
    account.gone = true
    this.suspend(account, 'This account has been deleted.')
    for (const feature of this.#features) await feature.leaving?.(account)
    this.#directory.forget(account.jid)
    await this.#endings.settled()
  }

  /** The account's sessions end, and no new ones begin. */
  suspend(account: LocalAccount, because: string): void {
    account.suspended = true
    for (const session of [...account.sessions]) {
      const { link } = session
      this.end(session)
      link?.close(new StreamProblem('not-authorized', because))
    }
  }

  /** Everything is in place: to be called before anybody can connect. */
  async opening(): Promise<void> {
    for (const feature of this.#features) await feature.opening?.()
  }

  /** The service is about to end: to be called while streams are still there. */
  async closing(): Promise<void> {
    for (const feature of this.#features) await feature.closing?.()
  }

  // Post: what features ask

  route(stanza: Element, from: Jid, to: Jid): void {
    void this.#admit(stanza, from, to)
  }

  /** Takes a stanza from elsewhere. @returns when it is dealt with: what has to be kept is on its way to the disk. Never rejects. */
  admit(stanza: Element, from: Jid, to: Jid): void | Promise<void> {
    if (stanza.name === 'message') return this.#admit(stanza, from, to)
    return inTurn(this.#parts.afterCommit, () => this.#admit(stanza, from, to))
  }

  #admit(stanza: Element, from: Jid, to: Jid): void | Promise<void> {
    try {
      if (this.#services.apart(from, to)) return
      if (!this.isLocal(to)) return this.#elsewhere(stanza, from, to)
      if (stanza.name === 'message') return this.#message(stanza, from, to, undefined)
      if (stanza.name === 'iq') return this.#requests.travel(stanza, from, to, undefined)
      const service = this.#services.at(domainOf(to))?.service
      if (service?.takes !== undefined) return this.#hand(service, stanza, from, to)
      return presenceArrives(this.#arrivals, stanza, from, to)
    } catch (bug) {
      this.#parts.log.bug('a stanza could not be routed', bug)
    }
  }

  ask(iq: Element, from: Jid, to: Jid): Promise<Element> {
    return this.#inquiries.ask(iq, to, asked => this.route(asked, from, to))
  }

  available(session: Session): void {
    for (const feature of this.#features) feature.sessions?.available?.(session)
  }

  show(session: Session, presence: Element): void {
    if (session.available) void this.#presence.get('available')?.outbound(session, presence, undefined)
  }

  resumed(session: Session): void {
    for (const feature of this.#features) feature.sessions?.resumed?.(session)
  }

  everyoneOnline(): IterableIterator<LocalAccount> {
    return this.#directory.everyoneOnline()
  }

  missed(jid: BareJid, message: Element): void {
    tellMissed(this.#directory.find(jid), message, this.#features, this.#parts.log)
  }

  isLocal(jid: Jid): boolean {
    const domain = domainOf(jid)
    return this.#parts.domains.has(domain) || this.#services.at(domain) !== undefined
  }

  /** What became of another server, as seen from a domain of ours. */
  peer(became: PeerNews, our: string, their: string): void {
    tellOfPeer(this.#features, this.#parts.log, became, our, their)
  }

  /** Is that a domain of this service: one with accounts, of a part of it, or of a component? */
  hosts(domain: string): boolean {
    return this.#parts.domains.has(domain) || this.#services.at(domain) !== undefined || this.outlets.has(domain)
  }

  // Messages

  #message(message: Element, from: Jid, to: Jid, session: Session | undefined): void | Promise<void> {
    const service = this.#services.at(domainOf(to))?.service
    if (service?.takes !== undefined) {
      let taken: Promise<void> | undefined
      const take = (stamped: Element): void => {
        taken = this.#hand(service, stamped, from, to) ?? undefined
      }
      this.#messages.travel(message, from, to, session, undefined, take)
      return taken
    }
    if (!this.isLocal(to)) return this.#messages.travel(message, from, to, session, undefined, false)
    const bare = accountOf(to)
    if (bare === undefined) return this.#messages.travel(message, from, to, session, undefined, true)
    const found = this.#directory.find(bare)
    if (!(found instanceof Promise)) return this.#messages.travel(message, from, to, session, found, true)
    return found.then(
      account => this.#messages.travel(message, from, to, session, account, true),
      (bug: unknown) => this.#failed(message, from, bug),
    )
  }

  // Presence

  #presenceOut(session: Session, presence: Element, to: Jid | undefined): void | Promise<void> {
    const type = presenceType(presence)
    if (type === undefined) {
      return sendBack(session, presence, problem('bad-request', 'There is no such type of presence.'))
    }
    // Ending a subscription is allowed: the feature does it on this side only.
    const ends = type === 'unsubscribe' || type === 'unsubscribed'
    if (to !== undefined && !ends && session.account.blocklist.blocks(to)) {
      return sendBack(session, presence, blockedByOwner())
    }
    const role = this.#presence.get(type)
    if (type !== 'available') return role?.outbound(session, presence, to)
    return this.#presenceRoad.out(session, presence, to, stamped => role?.outbound(session, stamped, to))
  }

  #failed(stanza: Element, from: Jid, bug: unknown): void {
    this.#parts.log.bug('an account could not be loaded', bug)
    const reply = errorReply(stanza, problem('internal-server-error', undefined, { type: 'wait' }))
    if (reply !== undefined) this.#answer(reply, from)
  }

  /** To a service that takes everything at its domain. A promise only where it needs one; it never rejects. */
  #hand(service: Service, stanza: Element, from: Jid, to: Jid): void | Promise<void> {
    const failed = (thrown: unknown): void => {
      if (!(thrown instanceof Problem)) this.#parts.log.bug('a service could not deal with a stanza', thrown)
      const reply = errorReply(stanza, asProblem(thrown))
      if (reply !== undefined) this.#answer(reply, from)
    }
    try {
      return service.takes?.(stanza, from, to)?.catch(failed)
    } catch (thrown) {
      failed(thrown)
    }
  }

  /** Answers go straight back: to the device that asked, or to where it lives. */
  #answer(stanza: Element, to: Jid): void {
    const online = this.#directory.online(bareOf(to))
    const service = this.#services.at(domainOf(to))?.service
    const from = parseJid(stanza.attr('from') ?? '') ?? to
    // Answers to what a service itself has asked.
    if (stanza.name === 'iq' && service !== undefined && this.#inquiries.settle(stanza, from)) return
    if (service?.takes !== undefined) void this.#hand(service, stanza, from, to)
    else if (!this.isLocal(to)) this.#elsewhere(stanza, to, to)
    else if (isFull(to)) online?.session(resourceOf(to) as string)?.send(new Parcel(stanza))
    else if (stanza.name === 'iq') this.#inquiries.settle(stanza, from)
  }

  /** To components and to other servers. */
  #elsewhere(stanza: Element, from: Jid, to: Jid): void {
    const refusal = this.outlets.take(stanza, to)
    if (refusal === undefined || stanza.name === 'presence') return
    const reply = errorReply(stanza, refusal)
    if (reply !== undefined && from !== to) this.#answer(reply, from)
  }
}
