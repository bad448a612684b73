/** Devices of contacts at other servers: which are there, and what they want to hear of. */
import { type BareJid, bareOf, domainOf, type FullJid, type Jid } from '../../protocol/jid.ts'
import { ownCopy } from '../../protocol/own-copy.ts'
import { type Caps, type Interests, nothing } from './caps.ts'

/** Devices that one account remembers, and all accounts together. */
const mostOfOne = 2_000
const mostInAll = 100_000

export interface DeviceElsewhere {
  readonly jid: FullJid
  caps: Caps | undefined
  /** Undefined while nobody has asked. */
  interests: Interests | undefined
}

/** What one account knows. */
interface Known {
  readonly contacts: Map<Jid, DeviceElsewhere[]>
  count: number
}

/** Accounts need not be there for it, nor in memory: those whose contacts were heard of longest ago are forgotten first. */
export class DevicesElsewhere {
  readonly #known = new Map<BareJid, Known>()
  readonly #most: number
  #count = 0

  constructor(most = mostInAll) {
    this.#most = most
  }

  get size(): number {
    return this.#count
  }

  of(account: BareJid, contact: Jid): readonly DeviceElsewhere[] {
    return this.#known.get(account)?.contacts.get(contact) ?? []
  }

  get(account: BareJid, jid: FullJid): DeviceElsewhere | undefined {
    return this.of(account, bareOf(jid)).find(device => device.jid === jid)
  }

  /** @returns undefined if there is no room */
  add(account: BareJid, jid: FullJid): DeviceElsewhere | undefined {
    const known = this.#known.get(account) ?? { contacts: new Map(), count: 0 }
    if (known.count >= mostOfOne) return undefined
    const device: DeviceElsewhere = { jid: ownCopy(jid), caps: undefined, interests: nothing }
    const contact = bareOf(device.jid)
    const devices = known.contacts.get(contact)
    if (devices === undefined) known.contacts.set(contact, [device])
    else devices.push(device)
    known.count++
    this.#count++
    this.#known.delete(account)
    this.#known.set(account, known)
    for (const oldest of this.#known.keys()) {
      if (this.#count <= this.#most) break
      this.forget(oldest)
    }
    return device
  }

  remove(account: BareJid, jid: FullJid): void {
    const known = this.#known.get(account)
    const contact = bareOf(jid)
    const devices = known?.contacts.get(contact)
    const at = devices?.findIndex(device => device.jid === jid) ?? -1
    if (known === undefined || devices === undefined || at < 0) return
    devices.splice(at, 1)
    if (devices.length === 0) known.contacts.delete(contact)
    this.#discount(account, known, 1)
  }

  forget(account: BareJid): void {
    const known = this.#known.get(account)
    if (known === undefined) return
    this.#discount(account, known, known.count)
  }

  /** Nobody of that server is there any longer, as people of ours see it. */
  lose(our: string, their: string): void {
    for (const [account, known] of this.#known) {
      if (domainOf(account) !== our) continue
      for (const [contact, devices] of known.contacts) {
        if (domainOf(contact) !== their) continue
        known.contacts.delete(contact)
        this.#discount(account, known, devices.length)
      }
    }
  }

  #discount(account: BareJid, known: Known, gone: number): void {
    this.#count -= gone
    known.count -= gone
    if (known.count === 0) this.#known.delete(account)
  }
}
