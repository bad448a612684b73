/** Who is there, and which nodes they want to hear of. */

import { type BareJid, bareOf, type FullJid, isBare, isFull, type Jid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { ownCopy } from '../../protocol/own-copy.ts'
import { presenceType } from '../../protocol/stanza.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { Post } from '../../routing/post.ts'
import type { Session } from '../../routing/session.ts'
import { type Caps, CapsCache, capsOf, type Interests, nothing, question } from './caps.ts'
import { type DeviceElsewhere, DevicesElsewhere } from './devices-elsewhere.ts'

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
  readonly #elsewhere = new DevicesElsewhere()

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
    for (const { jid, interests } of this.#elsewhere.of(account.jid, contact)) if (interests?.has(node)) yield jid
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
    if (type === 'unavailable') this.#elsewhere.remove(account.jid, from)
    if (type !== 'available') return
    const contact = bareOf(from)
    const isSeen = account.roster.isSeenBy(contact)
    // Whoever may not hear of anything yet has shown itself nevertheless, and will not do so again.
    if (!isSeen && !account.roster.sees(contact)) return
    const caps = capsOf(presence)
    const known = this.#elsewhere.get(account.jid, from)
    if (known !== undefined && nameOf(known.caps) === nameOf(caps)) return
    const device = known ?? this.#elsewhere.add(account.jid, from)
    if (device === undefined) return
    device.caps = caps && { hash: ownCopy(caps.hash), node: ownCopy(caps.node), ver: ownCopy(caps.ver) }
    if (isSeen) this.#ask(account, device, known?.interests ?? nothing)
    else device.interests = undefined
  }

  /** Presence has come from elsewhere for somebody who is away. @returns whether it says anything new */
  isNews(account: BareJid, presence: Element, from: Jid): boolean {
    if (!isFull(from) || this.#post.isLocal(from)) return false
    if (presenceType(presence) === 'unavailable') this.#elsewhere.remove(account, from)
    if (presenceType(presence) !== 'available') return false
    return nameOf(this.#elsewhere.get(account, from)?.caps) !== nameOf(capsOf(presence))
  }

  /** A contact elsewhere may hear of the account from now on. */
  permitted(account: LocalAccount, contact: Jid): void {
    for (const device of [...this.#elsewhere.of(account.jid, contact)]) {
      const { jid, interests } = device
      if (interests === undefined) this.#ask(account, device, nothing)
      else if (interests.size > 0) this.#arrivals.elsewhere(account, jid, interests)
    }
  }

  /** Another server, and whoever was there, is out of reach. */
  lose(our: string, their: string): void {
    this.#elsewhere.lose(our, their)
  }

  forget(account: BareJid): void {
    this.#elsewhere.forget(account)
  }

  #ask(account: LocalAccount, device: DeviceElsewhere, before: Interests): void {
    const { caps, jid } = device
    this.#learn(caps, account, jid, interests => {
      // It may have gone meanwhile, or have said something else.
      if (device.caps !== caps || this.#elsewhere.get(account.jid, jid) !== device) return
      device.interests = interests
      const fresh = newIn(interests, before)
      if (fresh.size > 0) this.#arrivals.elsewhere(account, jid, fresh)
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
