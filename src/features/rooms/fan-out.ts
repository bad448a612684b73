/** From one to many: what is for everybody in a room is written once, and each gets a copy with their address in it. */

import { ForMany, newsMs, Parcel } from '../../routing/parcel.ts'
import type { Post } from '../../routing/post.ts'
import type { Device } from './occupant.ts'
import type { Sending } from './sequence.ts'

/** Devices that are served in one go, before others have their turn. */
const portion = 50

/** Copies of all kinds that go out together, at most. */
const mostTogether = 4_000

/** With so many devices a message to all of them waits a moment for the next one: writing is most of what it costs. */
const crowd = 30
const crowdMs = 10

/** What a device that is still shown the history can be kept waiting for; with more it gets the rest at once. */
const mostHeld = 1_000

/** A copy for a device, or something that is done when its turn comes. */
export type Item = ForMany | (() => void)

interface Round {
  /** Which version that device gets, if any. */
  choose(device: Device): Item | undefined
  /** Of a message. */
  readonly id: string | undefined
}

/**
 * Something for many devices. What comes next is taken along, so that a device gets all of it in one write: in a busy room
 * writing is most of the work.
 */
export class FanOut implements Sending {
  readonly #post: Post
  readonly #devices: readonly Device[]
  /** For all of these devices. */
  readonly #rounds: Round[]
  /** Where not all get the same: what each gets, in its order. */
  #mixed: Map<Device, Round[]> | undefined
  #order: readonly Device[]
  #copies: number
  #next = 0

  constructor(post: Post, devices: readonly Device[], choose: Round['choose'], id?: string) {
    this.#post = post
    this.#devices = devices
    this.#order = devices
    this.#rounds = [{ choose, id }]
    this.#copies = devices.length
  }

  /** Several things for one device. */
  static toOne(post: Post, device: Device, items: readonly Item[]): FanOut {
    const fanOut = new FanOut(post, [device], () => undefined)
    fanOut.#rounds.splice(0, 1, ...items.map(item => ({ choose: () => item, id: undefined })))
    fanOut.#copies = items.length
    return fanOut
  }

  send(): boolean {
    const order = this.#order
    const end = Math.min(this.#next + portion, order.length)
    for (; this.#next < end; this.#next++) {
      const device = order[this.#next]!
      const rounds = this.#mixed?.get(device) ?? this.#rounds
      for (const { choose, id } of rounds) {
        const item = choose(device)
        if (item instanceof ForMany) give(this.#post, device, item, id, this.#devices.length < crowd ? 0 : crowdMs)
        else item?.()
      }
    }
    return this.#next >= order.length
  }

  absorb(next: Sending): boolean {
    if (!(next instanceof FanOut) || this.#next > 0 || this.#copies + next.#copies > mostTogether) return false
    this.#copies += next.#copies
    if (this.#mixed === undefined && next.#devices === this.#devices) {
      this.#rounds.push(...next.#rounds)
      return true
    }
    this.#mixed ??= new Map(this.#devices.map(device => [device, [...this.#rounds]]))
    for (const device of next.#devices) {
      const rounds = this.#mixed.get(device)
      if (rounds === undefined) this.#mixed.set(device, [...next.#rounds])
      else rounds.push(...next.#rounds)
    }
    this.#order = [...this.#mixed.keys()]
    return true
  }
}

function give(post: Post, device: Device, many: ForMany, id: string | undefined, patienceMs: number): void {
  if (device.held !== undefined && device.held.length < mostHeld) device.held.push({ many, id })
  else send(post, device, many, patienceMs)
}

/** One copy for one device, whatever it is waiting for. */
export function send(post: Post, device: Device, many: ForMany, patienceMs = 0): void {
  const { session, jid } = device
  if (session === undefined) {
    post.route(many.stanza.with({ to: jid }), many.from, jid)
    return
  }
  if (session.ended) return
  if (session.link === undefined && many.stanza.name === 'message') {
    // Whoever waits to be resumed may have to be woken: the ordinary road knows how (XEP-0357).
    post.route(many.stanza.with({ to: jid }), many.from, jid)
    return
  }
  const { blocklist } = session.account
  if (blocklist.size > 0 && blocklist.blocks(many.from)) return
  session.send(Parcel.ofMany(many, jid, device.address, many.stanza.name === 'presence' ? newsMs : patienceMs))
}
