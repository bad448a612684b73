import { setImmediate as soon } from 'node:timers/promises'
import { isSeenByOwner } from '../../accounts/roster.ts'
import { bareOf, domainOf, type FullJid, isFull, type Jid } from '../../protocol/jid.ts'
import { ownCopy } from '../../protocol/own-copy.ts'
import { presenceType } from '../../protocol/stanza.ts'
import type { Element } from '../../protocol/xml/element.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { Post } from '../../routing/post.ts'
import { presenceOf } from '../../routing/presence.ts'

/** Devices of contacts elsewhere that one account remembers, and all accounts together. */
const mostOfOne = 2_000
const mostInAll = 500_000
/** Accounts that are looked at before others get their turn. */
const atOnce = 50
/** How long contacts of a server that is there again may take to show themselves, in milliseconds. */
const usualPatienceMs = 5_000

/** Whether what was last heard of a device still holds. */
type Word = 'holds' | 'doubtful'

/**
 * Which devices of contacts elsewhere are there, as our people see it: so that they can be told when the server of the
 * contacts is gone, and what they are told is put right when it comes back (RFC 6121 §4.3 asks for nothing while it is away).
 */
export class Elsewhere {
  readonly #post: Post
  readonly #patienceMs: number
  /** By the other server's domain. */
  readonly #known = new Map<string, Map<LocalAccount, Map<FullJid, Word>>>()
  /** The domains that an account knows devices at, or has lost some at. */
  readonly #domainsOf = new Map<LocalAccount, Set<string>>()
  /** Accounts that have seen devices go with their server, by its domain. */
  readonly #bereft = new Map<string, Set<LocalAccount>>()
  /** Servers that are being asked about their people now, and whether they have come back once more meanwhile. */
  readonly #recovering = new Map<string, boolean>()
  #count = 0

  constructor(post: Post, patienceMs = usualPatienceMs) {
    this.#post = post
    this.#patienceMs = patienceMs
  }

  heard(account: LocalAccount, presence: Element, from: Jid): void {
    if (!isFull(from) || this.#post.isLocal(from)) return
    const type = presenceType(presence)
    if (type === 'unavailable') this.#forget(account, from)
    else if (type === 'available' && account.roster.sees(bareOf(from))) this.#note(account, from)
  }

  /** The account has no device any longer. */
  left(account: LocalAccount): void {
    for (const domain of this.#domainsOf.get(account) ?? []) {
      const accounts = this.#known.get(domain)
      this.#count -= accounts?.get(account)?.size ?? 0
      accounts?.delete(account)
      if (accounts?.size === 0) this.#known.delete(domain)
      this.#comfort(domain, account)
    }
    this.#domainsOf.delete(account)
  }

  /** The connection broke: one question finds out whether the other server is still there. */
  doubt(our: string, their: string): void {
    let asked = false
    for (const [account, devices] of this.#at(our, their)) {
      for (const jid of devices.keys()) {
        devices.set(jid, 'doubtful')
        if (!asked) this.#probe(account, bareOf(jid))
        asked = true
      }
    }
  }

  /** It cannot be reached: whoever was there is no longer. */
  lose(our: string, their: string): void {
    for (const [account, devices] of this.#at(our, their)) {
      const bereft = this.#bereft.get(their) ?? new Set()
      this.#bereft.set(their, bereft.add(account))
      for (const jid of [...devices.keys()]) this.#gone(account, jid)
    }
  }

  /**
   * It is there again. Those who saw somebody there ask again; whoever came while it was away has asked anyway. Resolves when
   * everything is put right. A server that comes and goes all the time is asked once in a while.
   */
  async recover(our: string, their: string): Promise<void> {
    const pair = `${our} ${their}`
    if (this.#recovering.has(pair)) {
      this.#recovering.set(pair, true)
      return
    }
    this.#recovering.set(pair, false)
    const bereft = [...(this.#bereft.get(their) ?? [])].filter(({ jid }) => domainOf(jid) === our)
    let looked = 0
    for (const account of new Set([...bereft, ...this.#at(our, their).map(([each]) => each)])) {
      if (++looked % atOnce === 0) await soon()
      this.#comfort(their, account)
      for (const item of account.roster.all()) {
        if (domainOf(item.jid) === their && isSeenByOwner(item)) this.#probe(account, item.jid)
      }
    }
    await new Promise(resolve => setTimeout(resolve, this.#patienceMs).unref())
    const again = this.#recovering.get(pair) === true
    this.#recovering.delete(pair)
    if (again) return this.recover(our, their)
    for (const [account, devices] of this.#at(our, their)) {
      for (const [jid, word] of [...devices]) if (word === 'doubtful') this.#gone(account, jid)
    }
  }

  #comfort(domain: string, account: LocalAccount): void {
    const bereft = this.#bereft.get(domain)
    if (bereft?.delete(account) === true && bereft.size === 0) this.#bereft.delete(domain)
  }

  #at(our: string, their: string): [LocalAccount, Map<FullJid, Word>][] {
    return [...(this.#known.get(their) ?? [])].filter(([{ jid }]) => domainOf(jid) === our)
  }

  #note(account: LocalAccount, from: FullJid): void {
    const domain = domainOf(from)
    let accounts = this.#known.get(domain)
    if (accounts === undefined) {
      accounts = new Map()
      this.#known.set(ownCopy(domain), accounts)
    }
    let devices = accounts.get(account)
    if (devices === undefined) {
      devices = new Map()
      accounts.set(account, devices)
      const domains = this.#domainsOf.get(account) ?? new Set()
      this.#domainsOf.set(account, domains.add(ownCopy(domain)))
    }
    if (devices.has(from)) devices.set(from, 'holds')
    else if (devices.size < mostOfOne && this.#count < mostInAll) {
      devices.set(ownCopy(from), 'holds')
      this.#count++
    }
  }

  #forget(account: LocalAccount, from: FullJid): void {
    const domain = domainOf(from)
    const accounts = this.#known.get(domain)
    const devices = accounts?.get(account)
    if (accounts === undefined || devices?.delete(from) !== true) return
    this.#count--
    if (devices.size === 0) accounts.delete(account)
    if (accounts.size === 0) this.#known.delete(domain)
  }

  #probe(account: LocalAccount, contact: Jid): void {
    if (account.blocklist.blocks(contact)) return
    this.#post.route(presenceOf(account.jid, 'probe').with({ to: contact }), account.jid, contact)
  }

  /** Told in the name of the device, as its own server would have done. */
  #gone(account: LocalAccount, device: FullJid): void {
    this.#forget(account, device)
    this.#post.route(presenceOf(device, 'unavailable').with({ to: account.jid }), device, account.jid)
  }
}
