/** Who is there, and which nodes they want to hear of. */

import { bareOf, type FullJid, isBare, isFull, type Jid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { ownCopy } from '../../protocol/own-copy.ts'
import { presenceType } from '../../protocol/stanza.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { Post } from '../../routing/post.ts'
import type { Session } from '../../routing/session.ts'
import { type Caps, CapsCache, capsOf, type Interests, nothing, question } from './caps.ts'

/** Devices elsewhere that one account remembers. */
const mostElsewhere = 2_000

/** Somebody has begun to want some nodes. */
export interface Arrivals {
  session(session: Session, wanted: Interests): void
  elsewhere(account: LocalAccount, from: FullJid, wanted: Interests): void
}

interface Known {
  /** `hash ver` of the caps it is about. */
  readonly about: string
  readonly interests: Interests
}

export class Audience {
  readonly #post: Post
  readonly #arrivals: Arrivals
  readonly #caps = new CapsCache()
  readonly #sessions = new WeakMap<Session, Known>()
  readonly #elsewhere = new WeakMap<LocalAccount, Map<FullJid, Known>>()

  constructor(post: Post, arrivals: Arrivals) {
    this.#post = post
    this.#arrivals = arrivals
  }

  /** Does an available device of ours want to hear of that node? */
  wants(session: Session, node: string): boolean {
    return session.available && this.#sessions.get(session)?.interests.has(node) === true
  }

  /** What an available device of ours wants to hear of. */
  interests(session: Session): Interests {
    return (session.available && this.#sessions.get(session)?.interests) || nothing
  }

  /** Devices of a contact elsewhere that are there and want to hear of the node. */
  *elsewhere(account: LocalAccount, contact: Jid, node: string): IterableIterator<FullJid> {
    for (const [jid, { interests }] of this.#elsewhere.get(account) ?? []) {
      if (bareOf(jid) === contact && interests.has(node)) yield jid
    }
  }

  /** Is anybody of that address, elsewhere, known to be there? */
  knows(account: LocalAccount, contact: Jid): boolean {
    for (const jid of this.#elsewhere.get(account)?.keys() ?? []) if (bareOf(jid) === contact) return true
    return false
  }

  /** A device of ours has shown itself; one that was away is told of everything again. */
  shown(session: Session, first: boolean): void {
    const caps = session.presence && capsOf(session.presence)
    const before = first ? undefined : this.#sessions.get(session)
    const about = nameOf(caps)
    if (before?.about === about) return
    const learnt = (interests: Interests): void => {
      // A later presence may have said something else meanwhile.
      if (this.#sessions.get(session)?.about !== about || session.ended) return
      this.#sessions.set(session, { about, interests })
      const fresh = newIn(interests, before?.interests ?? nothing)
      if (fresh.size > 0 && session.available) this.#arrivals.session(session, fresh)
    }
    this.#sessions.set(session, { about, interests: before?.interests ?? nothing })
    this.#learn(caps, session.account, session.jid, learnt)
  }

  /** Presence has come from elsewhere. */
  heard(account: LocalAccount, presence: Element, from: Jid): void {
    if (!isFull(from) || this.#post.isLocal(from)) return
    const type = presenceType(presence)
    const known = this.#elsewhere.get(account) ?? new Map<FullJid, Known>()
    if (type === 'unavailable') known.delete(from)
    if (type !== 'available' || !account.roster.isSeenBy(bareOf(from))) return
    const caps = capsOf(presence)
    const about = nameOf(caps)
    const before = known.get(from)
    if (before?.about === about || (before === undefined && known.size >= mostElsewhere)) return
    this.#elsewhere.set(account, known)
    known.set(from, { about, interests: before?.interests ?? nothing })
    this.#learn(caps, account, from, interests => {
      if (known.get(from)?.about !== about) return
      known.set(from, { about, interests })
      const fresh = newIn(interests, before?.interests ?? nothing)
      if (fresh.size > 0) this.#arrivals.elsewhere(account, from, fresh)
    })
  }

  #learn(caps: Caps | undefined, account: LocalAccount, from: FullJid, learnt: (interests: Interests) => void): void {
    const interests = caps === undefined ? nothing : this.#caps.get(caps)
    if (interests !== undefined || caps === undefined) {
      learnt(interests ?? nothing)
      return
    }
    const iq = xml('iq', { xmlns: NS.client, type: 'get', from: account.jid, to: from }, question(caps))
    void this.#post.ask(iq, account.jid, from).then(answer => {
      const info = answer.child('query', NS.discoInfo)
      learnt(info === undefined || answer.attr('type') !== 'result' ? nothing : this.#caps.learn(caps, info))
    })
  }
}

function nameOf(caps: Caps | undefined): string {
  return caps === undefined ? '' : ownCopy(`${caps.hash} ${caps.ver}`)
}

function newIn(after: Interests, before: Interests): Interests {
  return before.size === 0 ? after : new Set([...after].filter(name => !before.has(name)))
}

/** Is it somebody who can be on a contact list and online here? */
export function contactOf(post: Post, jid: Jid): LocalAccount | undefined {
  return isBare(jid) ? post.online(jid) : undefined
}
