/** XEP-0060#publisher-publish-success-notify, XEP-0163#notify: who is told of what happens to a node. */
import { bareOf, isBare, isFull, type Jid, resourceOf } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { LocalAccount } from '../../routing/account.ts'
import { addressOf, ForMany, newsMs, Parcel } from '../../routing/parcel.ts'
import type { Post } from '../../routing/post.ts'
import type { Session } from '../../routing/session.ts'
import { mayRead } from './access.ts'
import type { Audience } from './audience.ts'
import { pubsubEvent } from './names.ts'
import type { Node } from './node.ts'

export interface NoticeParts {
  readonly post: Post
  readonly audience: Audience
  randomId(): string
}

/**
 * Tells everybody who may know and wants to: the owner's devices and the contacts' by their capabilities, explicit
 * subscribers at the address they gave. Headlines: nobody keeps them, nobody is told twice.
 * @param whoWaits whether it is also for those who wait for the owner's word
 */
export function tellAll(
  parts: NoticeParts,
  account: LocalAccount,
  node: Node,
  happened: Element,
  whoWaits = false,
): void {
  if (!node.configuration.deliverNotifications) return
  const { post, audience } = parts
  const notice = new Notice(account, happened, parts.randomId())
  for (const own of [...account.sessions]) if (audience.wants(own, node.name)) notice.to(own)
  // Addresses that were told by way of presence, or have devices that said they do not want to be.
  const reached = new Set<Jid>([account.jid])
  if (node.isShared) {
    for (const { jid, subscription } of account.roster.all()) {
      if (subscription !== 'both' && subscription !== 'from') continue
      const contact = isBare(jid) ? post.online(jid) : undefined
      if (contact !== undefined) {
        if (tellContact(audience, account, node, contact, notice)) reached.add(jid)
      } else if (!post.isLocal(jid) && mayRead(account, node, jid)) {
        for (const device of audience.elsewhere(account, jid, node.name)) {
          post.route(notice.addressed(device), account.jid, device)
          reached.add(jid)
        }
      }
    }
  }
  for (const [jid, { state }] of node.subscriptions) {
    if (reached.has(bareOf(jid))) continue
    const concerned = state === 'subscribed' ? mayRead(account, node, jid) : whoWaits && !account.blocklist.blocks(jid)
    if (concerned) tellSubscriber(post, account, jid, notice)
  }
}

/** @returns whether any device of the contact was told */
function tellContact(
  audience: Audience,
  account: LocalAccount,
  node: Node,
  contact: LocalAccount,
  notice: Notice,
): boolean {
  let told = false
  let allowed: boolean | undefined
  for (const device of [...contact.sessions]) {
    if (!audience.wants(device, node.name)) continue
    allowed ??= mayHear(account, node, contact)
    if (!allowed) return false
    if (account.blocklist.blocks(device.jid)) continue
    notice.to(device)
    told = true
  }
  return told
}

/** May the account's contact be told of the node, by way of presence? Both sides have to agree that there is any. */
export function mayHear(account: LocalAccount, node: Node, contact: LocalAccount): boolean {
  return (
    contact.roster.sees(account.jid) && !contact.blocklist.blocks(account.jid) && mayRead(account, node, contact.jid)
  )
}

function tellSubscriber(post: Post, account: LocalAccount, jid: Jid, notice: Notice): void {
  const bare = bareOf(jid)
  const here = isBare(bare) ? post.online(bare) : undefined
  if (here !== undefined && isFull(jid)) {
    const device = here.session(resourceOf(jid))
    if (device !== undefined && !here.blocklist.blocks(account.jid)) notice.to(device)
  } else if (here !== undefined || !post.isLocal(jid)) {
    post.route(notice.addressed(jid), account.jid, jid)
  }
}

/** One message for many: serialised once, addressed to each. */
export class Notice {
  readonly #from: Jid
  readonly #message: Element
  #many: ForMany | undefined

  /** @param happened child of `<event/>` */
  constructor(account: LocalAccount, happened: Element, id: string) {
    this.#from = account.jid
    this.#message = xml(
      'message',
      { xmlns: NS.client, from: account.jid, type: 'headline', id },
      xml('event', { xmlns: pubsubEvent }, happened),
    )
  }

  addressed(to: Jid): Element {
    return this.#message.with({ to })
  }

  to(session: Session): void {
    this.#many ??= new ForMany(this.#message, this.#from)
    session.send(Parcel.ofMany(this.#many, session.jid, addressOf(session.jid), newsMs))
  }
}
