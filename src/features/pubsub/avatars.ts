/** XEP-0398: one picture, kept as XEP-0084 has it, shown in vCards (XEP-0054) and in presence (XEP-0153). */
import { createHash } from 'node:crypto'
import type { Jid } from '../../protocol/jid.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { Session } from '../../routing/session.ts'
import type { PictureView } from '../../routing/views.ts'
import { mayRead } from './access.ts'
import { usual } from './configuration.ts'
import { known } from './names.ts'
import type { Item, Node } from './node.ts'
import type { PubsubService } from './service.ts'
import type { Shelf } from './shelf.ts'

const update = 'vcard-temp:x:update'

interface Avatar {
  readonly metadata: Node
  readonly data: Node
  readonly item: Item
  readonly type: string
}

/**
 * What is to be said in presence: a hash, that there is no picture (any more), or nothing. `everybody`: strangers may
 * see the picture, so directed presence speaks of it, too.
 */
interface Shown {
  readonly hash: string | undefined
  readonly everybody: boolean
}

export class Avatars {
  readonly #service: PubsubService
  /** As long as nothing changes. */
  readonly #shown = new WeakMap<Shelf, Shown | 'nothing'>()
  /** Devices whose clients say themselves that they show no picture (XEP-0153#bizrules-presence). */
  readonly #hiding = new WeakSet<Session>()

  constructor(service: PubsubService) {
    this.#service = service
  }

  /** XEP-0398#presence: the hash goes into presence on behalf of clients that do not know it. */
  stamp(session: Session, presence: Element, to: Jid | undefined): Element | Promise<Element> {
    const x = presence.child('x', update)
    const photo = x?.child('photo')
    const hides = photo !== undefined && photo.text() === ''
    if (to === undefined && hides) this.#hiding.add(session)
    else if (to === undefined) this.#hiding.delete(session)
    if (hides) return presence
    const stamped = (shown: Shown | 'nothing'): Element => {
      if (shown !== 'nothing' && (to === undefined || shown.everybody)) return withHash(presence, shown.hash)
      // XEP-0398#presence: “not ready yet” is overwritten.
      return x !== undefined && photo === undefined ? withHash(presence, undefined) : presence
    }
    const shelf = this.#service.shelf(session.account)
    const shown = shelf instanceof Promise ? shelf.then(loaded => this.#shownBy(loaded)) : this.#shownBy(shelf)
    return shown instanceof Promise ? shown.then(stamped) : stamped(shown)
  }

  /** Items have changed: devices that are there show the new picture. */
  async changed(account: LocalAccount, shelf: Shelf, node: string): Promise<void> {
    if (node !== known.avatarMetadata && node !== known.avatarData) return
    const before = this.#shown.get(shelf)
    this.#shown.delete(shelf)
    const shown = await this.#shownBy(shelf)
    if (shown === 'nothing' || (before !== undefined && before !== 'nothing' && before.hash === shown.hash)) return
    for (const session of [...account.sessions]) {
      if (session.presence === undefined || this.#hiding.has(session)) continue
      if (hashIn(session.presence) === (shown.hash ?? '')) continue
      this.#service.parts.post.show(session, withHash(session.presence, shown.hash))
    }
  }

  #shownBy(shelf: Shelf): Shown | 'nothing' | Promise<Shown | 'nothing'> {
    const known_ = this.#shown.get(shelf)
    if (known_ !== undefined) return known_
    const metadata = shelf.get(known.avatarMetadata)
    if (metadata === undefined) return 'nothing'
    return this.#find(shelf, metadata)
  }

  async #find(shelf: Shelf, metadata: Node): Promise<Shown | 'nothing'> {
    const avatar = await this.#avatar(shelf)
    const models = [metadata, avatar?.data ?? metadata].map(({ configuration }) => configuration.accessModel)
    const open = models.every(model => model === 'open')
    const contacts = models.every(model => model === 'open' || model === 'presence')
    const shown: Shown | 'nothing' = contacts ? { hash: avatar?.item.id, everybody: open } : 'nothing'
    this.#shown.set(shelf, shown)
    return shown
  }

  /** XEP-0398#pep2vcard: the picture that is here and not elsewhere, if its id is its hash. */
  async #avatar(shelf: Shelf): Promise<(Avatar & { readonly base64: string }) | undefined> {
    const metadata = shelf.get(known.avatarMetadata)
    const data = shelf.get(known.avatarData)
    const newest = metadata?.newest
    if (metadata === undefined || data === undefined || newest === undefined) return undefined
    const text = await this.#service.parts.shelves.text(shelf, metadata, newest)
    for (const info of text ? parseElement(text).elements() : []) {
      const item = info.name === 'info' && info.attr('url') === undefined ? data.find(info.attr('id') ?? '') : undefined
      if (item === undefined) continue
      const payload = await this.#service.parts.shelves.text(shelf, data, item)
      const base64 = payload ? parseElement(payload).text().replace(/\s+/g, '') : ''
      if (hashOf(base64) !== item.id) continue
      return { metadata, data, item, type: info.attr('type') ?? typeOf(base64), base64 }
    }
    return undefined
  }

  /** The picture as vCards show it, and as they change it. */
  readonly view: PictureView = {
    read: async (account, reader) => {
      const avatar = await this.#avatar(await this.#service.shelf(account))
      if (avatar === undefined) return undefined
      const { metadata, data, type, base64 } = avatar
      // XEP-0398#security
      return mayRead(account, metadata, reader) && mayRead(account, data, reader) ? { type, base64 } : undefined
    },

    write: async (account, picture) => {
      const before = await this.#avatar(await this.#service.shelf(account))
      if (picture === undefined) return this.#remove(account, before)
      const { base64, type } = picture
      const id = hashOf(base64)
      if (before?.item.id === id) return
      // A vCard is for everybody; where there is a node already its owner has said who may read it.
      const made = { ...usual, accessModel: 'open' } as const
      const data = xml('data', { xmlns: known.avatarData }, base64)
      await this.#service.publish(account, known.avatarData, [{ id, payload: data }], undefined, made)
      const info = xml('info', { id, bytes: Buffer.from(base64, 'base64').length, type: type || typeOf(base64) })
      const metadata = xml('metadata', { xmlns: known.avatarMetadata }, info)
      await this.#service.publish(account, known.avatarMetadata, [{ id, payload: metadata }], undefined, made)
    },
  }

  /** XEP-0084#pub-disable, and the picture itself goes, too. */
  async #remove(account: LocalAccount, before: Avatar | undefined): Promise<void> {
    if (before === undefined) return
    const none = xml('metadata', { xmlns: known.avatarMetadata })
    await this.#service.publish(account, known.avatarMetadata, [{ id: 'none', payload: none }])
    await this.#service.purge(account, known.avatarData)
  }
}

function withHash(presence: Element, hash: string | undefined): Element {
  const x = presence.child('x', update)
  const others = x?.children.filter(child => typeof child === 'string' || child.name !== 'photo') ?? []
  const stamped = xml('x', { xmlns: update }, [...others, xml('photo', null, hash)])
  return presence.with({}, [...presence.children.filter(child => child !== x), stamped])
}

function hashIn(presence: Element): string | undefined {
  return presence.child('x', update)?.childText('photo')
}

function hashOf(base64: string): string {
  return createHash('sha1').update(Buffer.from(base64, 'base64')).digest('hex')
}

/** XEP-0054 lets clients leave the type out, XEP-0084 does not: the first bytes of common formats tell it. */
function typeOf(base64: string): string {
  if (base64.startsWith('/9j/')) return 'image/jpeg'
  if (base64.startsWith('R0lGOD')) return 'image/gif'
  return base64.startsWith('UklGR') ? 'image/webp' : 'image/png'
}
