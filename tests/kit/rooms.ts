/** Plays in rooms (XEP-0045): addresses, coming in, and the forms of owners. */

import { randomBytes } from 'node:crypto'
import type { Actor } from './actor.ts'
import { escaped, type Tree } from './tree.ts'

export const muc = 'http://jabber.org/protocol/muc'
export const mucUser = `${muc}#user`

/** An address that no room has had yet. */
export function roomName(of: Actor, name = 'balcony'): string {
  const domain = of.jid.slice(of.jid.indexOf('@') + 1)
  return `${name}-${randomBytes(4).toString('hex')}@conference.${domain}`
}

/** Asks to come in. */
export function knocks(actor: Actor, room: string, nick: string, inside = '', more = ''): void {
  actor.sends(
    `<presence to="${escaped(`${room}/${nick}`)}" id="enter"><x xmlns="${muc}">${inside}</x>${more}</presence>`,
  )
}

/** Comes in, up to the subject. @returns everything that came, in its order */
export async function enters(actor: Actor, room: string, nick: string, inside = ''): Promise<Tree[]> {
  knocks(actor, room, nick, inside)
  const came: Tree[] = []
  for (;;) {
    const next = await actor.client.wire.next()
    came.push(next)
    if (next.attr('type') === 'error') throw new Error(`${actor.role} could not enter: ${next}`)
    if (next.name === 'message' && next.child('subject') !== undefined && next.child('body') === undefined) return came
  }
}

/** The values of fields by their names, without what comes before the #. */
export type Wishes = Readonly<Record<string, string | readonly string[]>>

export function submitted(wishes: Wishes, means = `${muc}#roomconfig`): string {
  const fields = Object.entries(wishes).map(([name, value]) => {
    const values = (typeof value === 'string' ? [value] : value).map(one => `<value>${escaped(one)}</value>`).join('')
    const full = name.includes('#') ? name : `muc#roomconfig_${name}`
    return `<field var="${full}">${values}</field>`
  })
  return `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${means}</value></field>${fields.join('')}</x>`
}

export function configures(owner: Actor, room: string, wishes: Wishes = {}): Promise<Tree> {
  return owner.asks(`<iq type="set" to="${room}"><query xmlns="${muc}#owner">${submitted(wishes)}</query></iq>`)
}

/** Open to everybody, so that plays need not make members first. */
export const open: Wishes = { membersonly: '0', whois: 'moderators' }

/** Makes a room, comes in and configures it. @returns its address */
export async function makes(owner: Actor, nick: string, wishes: Wishes = open): Promise<string> {
  const room = roomName(owner)
  await enters(owner, room, nick)
  const answer = await configures(owner, room, wishes)
  if (answer.attr('type') !== 'result') throw new Error(`The room could not be configured: ${answer}`)
  return room
}

/** A request of admins: `items` is what is inside the query. */
export function administers(actor: Actor, room: string, items: string, type: 'get' | 'set' = 'set'): Promise<Tree> {
  return actor.asks(`<iq type="${type}" to="${room}"><query xmlns="${muc}#admin">${items}</query></iq>`)
}

/** The condition of an error. */
export function conditionOf(answer: Tree): string | undefined {
  return answer.child('error')?.elements()[0]?.name
}

/** The status codes of a presence or message. */
export function codesOf(tree: Tree): number[] {
  const x = tree.child('x', mucUser)
  return (x?.elements() ?? []).filter(({ name }) => name === 'status').map(one => Number(one.attr('code')))
}

/** `<item/>` of a presence or message. */
export function itemOf(tree: Tree): Tree | undefined {
  return tree.child('x', mucUser)?.child('item', mucUser)
}
