/** From one to many: what is for everybody in a room is written once, and each gets a copy with their address in it. */

import type { ForMany } from '../../routing/parcel.ts'
import { Parcel } from '../../routing/parcel.ts'
import type { Post } from '../../routing/post.ts'
import type { Device } from './occupant.ts'
import type { Portions } from './sequence.ts'

/** Copies that are handed out in one go, before others have their turn. */
const portion = 50

/** What a device that is still shown the history can be kept waiting for; with more it gets the rest at once. */
const mostHeld = 1_000

/** @param choose which version that device gets, if any */
export function toEach(
  post: Post,
  devices: readonly Device[],
  choose: (device: Device) => ForMany | undefined,
  id?: string,
): Portions {
  let next = 0
  return () => {
    const end = Math.min(next + portion, devices.length)
    for (; next < end; next++) {
      const device = devices[next]!
      const many = choose(device)
      if (many !== undefined) give(post, device, many, id)
    }
    return next >= devices.length
  }
}

/** Several things for one device. */
export function toOne(post: Post, device: Device, all: readonly ForMany[]): Portions {
  let next = 0
  return () => {
    const end = Math.min(next + portion, all.length)
    for (; next < end; next++) give(post, device, all[next]!, undefined)
    return next >= all.length
  }
}

function give(post: Post, device: Device, many: ForMany, id: string | undefined): void {
  if (device.held !== undefined && device.held.length < mostHeld) device.held.push({ many, id })
  else send(post, device, many)
}

/** One copy for one device, whatever it is waiting for. */
export function send(post: Post, device: Device, many: ForMany): void {
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
  session.send(Parcel.ofMany(many, jid, device.address))
}
