import type { Invitation } from '../accounts/invitations.ts'
import type { MessageId } from '../accounts/message-ids.ts'
import type { ContactJid } from '../accounts/roster.ts'
import type { Kept } from '../archive/archive.ts'
import type { Page } from '../http/page.ts'
import type { Jid } from '../protocol/jid.ts'
import type { Problem } from '../protocol/problems.ts'
import type { PresenceType } from '../protocol/stanza.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { LocalAccount } from './account.ts'
import type { Command } from './command.ts'
import type { Link } from './link.ts'
import type { Receipt } from './parcel.ts'
import type { PresenceStages } from './presence-stages.ts'
import type { Service } from './services.ts'
import type { Session } from './session.ts'

export { type Page, PageProblem, type Visit } from '../http/page.ts'

/** A specification and how much of it a feature does; becomes docs/specs.md and docs/doap.xml. */
export interface Implements {
  readonly spec: string
  readonly version?: string
  readonly status: 'complete' | 'partial'
  readonly note?: string
}

/** `implements: [xep(199, '2.0.1', 'complete')]` */
export function xep(number: number, version: string, status: Implements['status'], note?: string): Implements {
  return { spec: `XEP-${String(number).padStart(4, '0')}`, version, status, ...(note === undefined ? {} : { note }) }
}

/** `implements: [rfc(6121, 'complete')]` */
export function rfc(number: number, status: Implements['status'], note?: string): Implements {
  return { spec: `RFC ${number}`, status, ...(note === undefined ? {} : { note }) }
}

/** Somebody not signed in yet: the same object as long as their stream lasts. */
export interface Visitor {
  /** The domain that their stream is for. */
  readonly domain: string
  /** An opaque key of their network, for limits. */
  readonly network: string
  /** What they have shown (XEP-0445#preauth-ibr). */
  invitation?: Invitation
}

/** A request that this server answers itself. */
export interface Question {
  readonly iq: Element
  /** The one child of the request. */
  readonly payload: Element
  /** Who asks; undefined for somebody not signed in yet. */
  readonly from: Jid | undefined
  /** The session that asks, if it is one of ours. */
  readonly session: Session | undefined
  /** The account that is asked, where it is not the server. */
  readonly account: LocalAccount | undefined
  /** The service that is asked, where it is one with a domain of its own. */
  readonly service: Service | undefined
  readonly visitor: Visitor | undefined
  /** The domain that is asked, or of whose account, or whose service it is: the first one's, where all domains share it. */
  readonly domain: string
}

/** What is put into the result; nothing makes an empty result. Throw a `Problem` to refuse. */
export type Reply = Element | readonly Element[] | undefined | void

export interface Answer {
  readonly type: 'get' | 'set'
  /** `{namespace}name` of the payload. */
  readonly payload: string
  /** `server`: the domain. `self`: the asker's own account. `account`: anybody's account, asked by anybody.
   *  `service`: any service with a domain of its own.
   *  `visitor`: the server, asked on a stream before signing in (XEP-0077).
   *  `nobody`: an address of ours without an account, or whose owner has blocked the asker: answering at all is for what
   *  must not tell whether there is an account. */
  readonly of: readonly ('server' | 'service' | 'self' | 'account' | 'visitor' | 'nobody')[]
  reply(question: Question): Reply | Promise<Reply>
}

export const iqGet = (payload: string, of: Answer['of'], reply: Answer['reply']): Answer => ({
  type: 'get',
  payload,
  of,
  reply,
})
export const iqSet = (payload: string, of: Answer['of'], reply: Answer['reply']): Answer => ({
  type: 'set',
  payload,
  of,
  reply,
})

/** One message seen from one local account: first the sender's, then the recipient's. */
export interface Passing {
  readonly side: 'sending' | 'receiving'
  readonly account: LocalAccount
  /** Stages may replace it (`stamp`); screens and watchers must not. */
  message: Element
  /** `message` as text, where a stage has written it already. */
  text: string | undefined
  /** Its number and its stanza-id (XEP-0359), once it has them. */
  id: MessageId | undefined
  /** Set in `stamp`: it is kept until a device of the account has it. */
  waits: boolean
  /** Set in `stamp`: it goes into the history of the account. */
  archived: boolean
  /** Where it was kept. */
  entry: Kept | undefined
  readonly from: Jid
  readonly to: Jid
  /** The session that sent it, on the sending side. */
  readonly session: Session | undefined
  /** Set by a feature that keeps the message in `record`: told when a device has it. */
  receipt: Receipt | undefined
}

/**
 * The five verbs of a message's road, in this order. A throw in `screen`, `stamp` or `record` refuses the message;
 * a throw in `deliver` or `notify` is a log line.
 */
export interface MessageStages {
  /** May refuse. */
  screen?(passing: Passing): Problem | undefined
  /** May rewrite `passing.message`: ids, forged tags. */
  stamp?(passing: Passing): void
  /** May keep: joins the next commit of the store. Synchronous: what it starts is durable before `deliver`. */
  record?(passing: Passing): void
  /** May send copies to further devices. `reached` holds those that got the message itself. */
  deliver?(passing: Passing, reached: readonly Session[]): void
  /** May only watch. */
  notify?(passing: Passing, reached: readonly Session[]): void
}

/** Who deals with a kind of presence (RFC 6121 §3 and §4). Exactly one feature for each type. */
export interface PresenceRole {
  readonly types: readonly PresenceType[]
  /** Sent by a client of ours; `to` is absent for broadcasts. */
  outbound(session: Session, presence: Element, to: Jid | undefined): void | Promise<void>
  /** Arrived for an account of ours, from another account of ours or from elsewhere. */
  inbound(account: LocalAccount, presence: Element, from: Jid, to: Jid): void | Promise<void>
  /** The same as `outbound` for an owner who has no device here just now. @throws Problem */
  onBehalf?(account: LocalAccount, presence: Element, to: ContactJid): void | Promise<void>
}

/** An authenticated client stream, as features that extend the stream see it. */
export interface ClientStream extends Link {
  readonly accountId: number
  /** Present once a resource is bound or a session resumed. */
  readonly session: Session | undefined
  /** Makes this stream carry a session that waited for resumption; an older stream of it is closed with `conflict`. */
  adopt(session: Session): void
  sendElement(element: Element): void
}

/** A top-level element of the stream that is not a stanza (XEP-0198, XEP-0352). */
export interface StreamElement {
  /** `{namespace}name` */
  readonly element: string
  handle(stream: ClientStream, element: Element): void | Promise<void>
}

/** Something that can be switched on while binding (XEP-0386 §4). */
export interface BindInline {
  /** Its namespace, listed in the `<inline/>` of Bind 2. */
  readonly feature: string
  /** `{namespace}name` of the child of `<bind/>` that asks for it; undefined if it acts on every bind. */
  readonly request: string
  enable(stream: ClientStream, session: Session, request: Element): Element | undefined
}

/** Something that can replace binding in SASL2 (XEP-0198#inline-examples: resumption). */
export interface Sasl2Inline {
  /** `{namespace}name` of the child of `<authenticate/>`. */
  readonly request: string
  /** The element that announces it inside `<inline/>`. */
  readonly announce: Element
  /** @returns what goes into `<success/>`; `resumed` if there is now a session and no binding is wanted. */
  handle(stream: ClientStream, request: Element): { reply: Element; resumed: boolean; after?: () => void }
}

/** Takes part in the life of sessions. */
export interface SessionWatcher {
  bound?(session: Session): void
  /** It has broadcast its first presence (RFC 6121 §4.2), or raised its priority from below zero. */
  available?(session: Session): void
  /** Its connection broke; it waits to be resumed (XEP-0198). */
  waiting?(session: Session): void
  /** A new stream carries it. */
  resumed?(session: Session): void
  /** The session is over: by its client, by an error or because nobody resumed it. It is no longer in the account's list. */
  ended?(session: Session): void
}

/** Hears of other servers, each as seen from one of our domains: people of theirs and of ours may know each other. */
export interface PeerWatcher {
  /** The connection broke; nobody knows yet what that means. */
  doubtful?(our: string, their: string): void
  /** It cannot be reached any longer. */
  lost?(our: string, their: string): void
  /** After one of the two it is there again, and what was said meanwhile has not arrived. */
  back?(our: string, their: string): void | Promise<void>
}

/** An entity that belongs to another (XEP-0030#items). */
export interface Item {
  readonly jid: Jid
  readonly node?: string
  readonly name?: string
}

/** What service discovery tells about an account beside its features, and about what is below it (XEP-0030#nodes). */
export interface AccountDiscovery {
  /** What the account is, too. */
  readonly identities: readonly Element[]
  /** What belongs to the account, or to one of its nodes, as far as the asker may know; undefined for no such node. */
  items(account: LocalAccount, asker: Jid, node: string | undefined): Promise<readonly Item[] | undefined>
  /** What is inside `<query/>` about a node; undefined for no such node. Throw a `Problem` to refuse. */
  info(account: LocalAccount, asker: Jid, node: string): Promise<readonly Element[] | undefined>
}

/** What service discovery tells about a node of the server (XEP-0030#nodes). */
export interface ServerNode {
  readonly info: readonly Element[]
  readonly items: readonly Item[]
}

/**
 * One feature is one value in one place. A newcomer needs the first four lines.
 * Features never import each other; what two of them need is in `routing` or `protocol`.
 */
export interface Feature {
  readonly name: string
  readonly implements: readonly Implements[]
  /** Service discovery (XEP-0030): features of the server, of each account, and of each service with its own domain. */
  readonly advertises?: {
    readonly server?: readonly string[]
    readonly account?: readonly string[]
    readonly service?: readonly string[]
  }
  readonly answers?: readonly Answer[]
  readonly message?: MessageStages
  readonly presence?: PresenceRole
  readonly presenceStages?: PresenceStages
  /** Offered once the client is authenticated, in the order of the list of features (XEP-0170). */
  readonly offers?: readonly Element[]
  /** The same, after those, where it is not alike for all domains. */
  readonly offersOf?: (domain: string) => readonly Element[]
  /** Offered before that, once TLS is there (XEP-0077 §9). */
  readonly offersVisitors?: (domain: string) => readonly Element[]
  readonly stream?: readonly StreamElement[]
  readonly bind?: readonly BindInline[]
  /** What an account's device is told as it binds, without having asked (XEP-0386#bind-request). */
  readonly tellsBinding?: (account: LocalAccount) => Promise<Element | undefined>
  readonly sasl2?: readonly Sasl2Inline[]
  readonly sessions?: SessionWatcher
  readonly peers?: PeerWatcher
  /** An account is being erased (its sessions have ended, its rows are still there): tell the outside world. */
  readonly leaving?: (account: LocalAccount) => void | Promise<void>
  /** A domain of ours is being removed (nobody comes in any more, its accounts are still there): end what is below it. */
  readonly domainLeaving?: (domain: string) => Promise<void>
  /** Something was said that concerns the account, in a place where some of its devices are not; `from` says where. */
  readonly missed?: (account: LocalAccount, message: Element) => void
  /** Everything is in place, and nobody has connected yet. */
  readonly opening?: () => Promise<void>
  /** The service is about to end, its streams are still there: tell whoever has to know. */
  readonly closing?: () => void | Promise<void>
  readonly accountDiscovery?: AccountDiscovery
  /** Extension forms in the disco#info of a domain (XEP-0128). Always the same, as long as its settings are: XEP-0115 makes a hash of them. */
  readonly serverForms?: (domain: string) => readonly Element[]
  /** Services that belong to the server, for its disco#items (XEP-0030#items). */
  readonly serverItems?: () => readonly Item[]
  /** It has a domain of its own. */
  readonly service?: Service | undefined
  /** A node of the server, as that asker may see it; undefined for no such node. */
  readonly serverNode?: (node: string, question: Question) => ServerNode | undefined
  /** What people can have done by filling in forms (XEP-0050). */
  readonly commands?: readonly Command[]
  /** What it has at the HTTPS port. */
  readonly pages?: readonly Page[]
}
