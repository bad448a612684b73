/** RFC 6121 §3: subscriptions. Asking to see somebody's presence, and answering; guests with an invitation (XEP-0379). */
import { isDeepStrictEqual } from 'node:util'
import { blockedByOwner } from '../../accounts/blocklist.ts'
import { type ContactJid, isVisible, type RosterItem } from '../../accounts/roster.ts'
import type { Log } from '../../operations/log.ts'
import { type BareJid, bareOf } from '../../protocol/jid.ts'
import { ownCopy } from '../../protocol/own-copy.ts'
import { errorReply, Problem, problem } from '../../protocol/problems.ts'
import {
  approvesInAdvance,
  arrived,
  partsOf,
  type SubscriptionStanza,
  type SubscriptionState,
  sent,
  stateFrom,
} from '../../protocol/subscriptions.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { write } from '../../protocol/xml/write.ts'
import type { LocalAccount } from '../../routing/account.ts'
import { type Feature, rfc, xep } from '../../routing/feature.ts'
import { Parcel } from '../../routing/parcel.ts'
import type { Post } from '../../routing/post.ts'
import { deliverToAvailable, hideFrom, presenceOf, showTo } from '../../routing/presence.ts'
import { dropContact, saveContact } from '../../routing/roster-push.ts'
import { isMoved, oldAddressIn } from './moved.ts'

export interface SubscriptionParts {
  readonly post: Post
  readonly log: Log
  /** Contacts of one account. */
  readonly maxContacts: number
  /** Requests that wait for the answer of one account; strangers can fill this. */
  readonly maxRequests?: number
  /** Takes the invitation of that token, if it is one of the account's: whoever has it becomes a contact. */
  invited(account: number, token: string): Promise<boolean>
}

/** A request can come with a nickname or a greeting; what makes it longer than this is not kept. */
const longestRequest = 2_048

/** Old addresses of which one account asks at one time whether somebody has moved. */
const mostVerified = 10

const noGroups: readonly string[] = Object.freeze([])

export const subscriptions = ({ post, log, maxContacts, maxRequests = 500, invited }: SubscriptionParts): Feature => {
  /** Who says that they moved, while their old address is asked. */
  const verifying = new WeakMap<LocalAccount, Set<ContactJid>>()

  /** RFC 6121 §A.2. Everything but the writing to disk happens at once. */
  function send(account: LocalAccount, stanza: Element, contact: ContactJid): Promise<void> | undefined {
    const type = stanza.attr('type') as SubscriptionStanza
    const item = account.roster.get(contact)
    const state = stateOf(item)
    const step = sent(state, type)
    const lists = type === 'subscribe' || type === 'subscribed'
    if (lists && !isListed(item) && account.roster.size - account.roster.requests >= maxContacts) {
      throw problem('resource-constraint', 'Your contact list is full.')
    }
    const approved =
      type !== 'unsubscribed' && (item?.approved === true || (type === 'subscribed' && approvesInAdvance(state)))
    const saved = move(account, contact, step.state, { approved, lists })
    // Who blocks a contact can still end what is between them; the contact does not hear of it (XEP-0191#block).
    if (step.passes && !account.blocklist.blocks(contact)) {
      post.route(stanza, account.jid, contact)
      if (type === 'subscribed') showTo(post, account, contact)
      else if (type === 'unsubscribed' && isSeen(state)) hideFrom(post, account, contact)
    }
    return saved
  }

  /** RFC 6121 §A.3. */
  function receive(account: LocalAccount, stanza: Element, contact: ContactJid): Promise<void> | undefined {
    const type = stanza.attr('type') as SubscriptionStanza
    const state = stateOf(account.roster.get(contact))
    if (type === 'subscribe') return consider(account, stanza, contact, state)
    const step = arrived(state, type)
    if (!step.passes) return undefined
    // §3.1.6: clients see the stanza before the contact list changes.
    const parcel = new Parcel(stanza)
    for (const session of [...account.sessions]) if (session.available || session.wantsRoster) session.send(parcel)
    const saved = move(account, contact, step.state)
    if (type === 'unsubscribe' && isSeen(state)) hideFrom(post, account, contact)
    return saved
  }

  /** RFC 6121 §3.1.3: a request is for the owner to answer, unless they have answered it before. */
  function consider(
    account: LocalAccount,
    stanza: Element,
    contact: ContactJid,
    state: SubscriptionState,
  ): Promise<void> | undefined {
    const step = arrived(state, 'subscribe')
    if (isSeen(state) || account.roster.get(contact)?.approved === true) {
      const saved = move(account, contact, isSeen(state) ? state : sent(step.state, 'subscribed').state)
      post.route(presenceOf(account.jid, 'subscribed').with({ to: contact }), account.jid, contact)
      showTo(post, account, contact)
      return saved
    }
    const old = oldAddressIn(stanza)
    if (old !== undefined && old !== contact && mayHaveMoved(account, old)) {
      // Somebody else's server may take its time; what comes behind this stanza does not wait for it.
      follow(account, stanza, contact, old).catch(thrown => void failed(thrown))
      return undefined
    }
    if (!step.passes) return undefined
    const token = stanza.child('preauth', 'urn:xmpp:pars:0')?.attr('token')
    return token === undefined ? ask(account, stanza, contact, step.state) : welcome(account, stanza, contact, token)
  }

  /** XEP-0379#sub_approval: a guest with an invitation is let in, and asked in turn; any other token means nothing. */
  async function welcome(account: LocalAccount, stanza: Element, contact: ContactJid, token: string): Promise<void> {
    const good = await invited(account.id, token)
    const step = arrived(stateOf(account.roster.get(contact)), 'subscribe')
    if (!step.passes || account.gone) return
    if (!good) return ask(account, stanza, contact, step.state)
    await move(account, contact, step.state, { request: bare(account, contact) })
    await send(account, presenceOf(account.jid, 'subscribed').with({ to: contact }), contact)
    if (!account.roster.sees(contact)) {
      await send(account, presenceOf(account.jid, 'subscribe').with({ to: contact }), contact)
    }
  }

  /** XEP-0283#receive-notification-server: nothing that is said about an old address counts until that one says it, too. */
  async function follow(account: LocalAccount, stanza: Element, contact: ContactJid, old: BareJid): Promise<void> {
    const underway = verifying.get(account) ?? new Set()
    verifying.set(account, underway)
    // Their request is being looked into: to repeat it makes no more questions.
    if (underway.has(contact)) return
    let verified = false
    if (underway.size < mostVerified) {
      underway.add(contact)
      try {
        verified = await isMoved(post, account.jid, old, contact)
      } finally {
        underway.delete(contact)
      }
    }
    const { roster } = account
    const before = roster.get(old)
    const state = stateOf(roster.get(contact))
    const { state: asked, passes } = arrived(state, 'subscribe')
    if (account.gone || account.blocklist.blocks(contact) || isSeen(state)) return
    const isNew = !isListed(roster.get(contact))
    const hasRoom = !isNew || roster.size - roster.requests < maxContacts
    if (!verified || !hasRoom || before === undefined || !mayHaveMoved(account, old)) {
      if (passes) await ask(account, stanza, contact, asked)
      return
    }
    const { name, groups, subscription } = before
    await move(account, contact, asked, { request: bare(account, contact), ...(isNew && { name, groups }) })
    const sends = (type: SubscriptionStanza, to: ContactJid) =>
      send(account, presenceOf(account.jid, type).with({ to }), to)
    await sends('subscribed', contact)
    // So each address moves once, and whoever has the old one next inherits nothing (XEP-0283#security-contact).
    await sends('unsubscribed', old)
    if (subscription === 'both' && !roster.sees(contact)) await sends('subscribe', contact)
  }

  function ask(
    account: LocalAccount,
    stanza: Element,
    contact: ContactJid,
    state: SubscriptionState,
  ): Promise<void> | undefined {
    const parcel = new Parcel(stanza)
    deliverToAvailable(account, parcel)
    if (account.roster.requests >= maxRequests) return undefined
    return move(account, contact, state, {
      request: parcel.text.length > longestRequest ? bare(account, contact) : ownCopy(parcel.text),
    })
  }

  function failed(thrown: unknown): Problem {
    if (!(thrown instanceof Problem)) log.bug('a subscription could not be stored', thrown)
    return thrown instanceof Problem ? thrown : problem('internal-server-error', undefined, { type: 'wait' })
  }

  return {
    name: 'subscriptions',
    implements: [
      rfc(6121, 'partial', 'managing presence subscriptions (§3), with approval in advance (§3.4)'),
      xep(379, '0.3.3', 'complete'),
      xep(283, '0.2.0', 'complete', 'as the server of a contact; people say that they moved on the account pages'),
    ],
    // RFC 6121 §3.4.1
    offers: [xml('sub', { xmlns: 'urn:xmpp:features:pre-approval' })],
    presence: {
      types: ['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed'],

      outbound(session, stanza, to) {
        const { account } = session
        const refuse = (thrown: unknown): void => {
          const reply = errorReply(stanza, failed(thrown))
          if (reply !== undefined) session.sendStanza(reply)
        }
        if (to === undefined) return refuse(problem('bad-request', 'A subscription needs an address.'))
        const contact = bareOf(to)
        // The owner's devices see one another without asking.
        if (contact === account.jid) return
        try {
          // §3.1.2: between people, not between their devices.
          return send(account, stanza.with({ from: account.jid, to: contact }), contact)?.catch(refuse)
        } catch (thrown) {
          refuse(thrown)
        }
      },

      onBehalf(account, stanza, contact) {
        if (account.blocklist.blocks(contact)) throw blockedByOwner()
        return send(account, stanza.with({ from: account.jid, to: contact }), contact)
      },

      inbound(account, stanza, from) {
        const contact = bareOf(from)
        if (contact === account.jid) return
        return receive(account, stanza.with({ from: contact, to: account.jid }), contact)?.catch(
          thrown => void failed(thrown),
        )
      },
    },

    leaving(account) {
      for (const { jid, subscription, ask, request } of account.roster.all()) {
        if (account.blocklist.blocks(jid)) continue
        const { asked, requested } = { asked: ask === true, requested: request !== undefined }
        const ends = (type: 'unsubscribe' | 'unsubscribed') =>
          post.route(presenceOf(account.jid, type).with({ to: jid }), account.jid, jid)
        if (subscription === 'to' || subscription === 'both' || asked) ends('unsubscribe')
        if (subscription === 'from' || subscription === 'both' || requested) ends('unsubscribed')
      }
    },
  }
}

/** A request with nothing that came along. */
function bare(account: LocalAccount, contact: ContactJid): string {
  return write(presenceOf(contact, 'subscribe').with({ to: account.jid }))
}

function stateOf(item: RosterItem | undefined): SubscriptionState {
  return item === undefined ? 'none' : stateFrom(item.subscription, item.ask === true, item.request !== undefined)
}

/** May the contact see the account's presence? */
function isSeen(state: SubscriptionState): boolean {
  return state === 'from' || state === 'from out' || state === 'both'
}

/** Nobody whom the owner let see them and has blocked since is let in under another name. */
function mayHaveMoved({ blocklist, roster }: LocalAccount, old: BareJid): boolean {
  return roster.isSeenBy(old) && !blocklist.blocks(old)
}

function isListed(item: RosterItem | undefined): boolean {
  return item !== undefined && isVisible(item)
}

interface Besides {
  readonly approved?: boolean
  readonly request?: string
  /** Of a contact that is new here. */
  readonly name?: string | undefined
  readonly groups?: readonly string[]
  /** Whatever it means for the subscription, the contact is on the list from now on. */
  readonly lists?: boolean
}

/** Brings the roster into a state. @returns when that is on disk; undefined if nothing was to be done */
function move(
  account: LocalAccount,
  contact: ContactJid,
  state: SubscriptionState,
  { approved, request, name, groups, lists = false }: Besides = {},
): Promise<void> | undefined {
  const before = account.roster.get(contact)
  const { subscription, asked, requested } = partsOf(state)
  const isApproved = approved ?? before?.approved === true
  const listed = lists || asked || isApproved || subscription !== 'none' || (before !== undefined && isVisible(before))
  if (!listed && !requested) return before === undefined ? undefined : dropContact(account, contact)
  const called = name ?? before?.name
  const kept = requested ? (request ?? before?.request) : undefined
  const after: RosterItem = {
    jid: before?.jid ?? ownCopy(contact),
    groups: groups ?? before?.groups ?? noGroups,
    subscription,
    ...(called === undefined ? {} : { name: called }),
    ...(asked ? { ask: true } : {}),
    ...(isApproved ? { approved: true } : {}),
    ...(kept === undefined ? {} : { request: kept }),
    ...(listed ? {} : { unlisted: true }),
  }
  return before !== undefined && isDeepStrictEqual(before, after) ? undefined : saveContact(account, after)
}
