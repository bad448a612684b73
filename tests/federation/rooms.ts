/** People of two servers in a room of one of them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { across, type CastAcross } from '../kit/federation/across.ts'
import type { Peer } from '../kit/federation/peer.ts'
import { granted } from '../kit/refusals.ts'
import type { Tree } from '../kit/tree.ts'

const owner = 'http://jabber.org/protocol/muc#owner'
const user = 'http://jabber.org/protocol/muc#user'

/** The same both ways: a room here with a guest from there, and a room there with a guest from here. */
export function roomsOf(here: () => Peer, there: () => Peer): void {
  const play = (of: (cast: CastAcross<Peer, Peer>) => Promise<void>) => () => across(here(), there(), of)
  test(
    'XEP-0045: a guest from there in a room here',
    play(({ romeo, juliet, here: host }) => meet(romeo, juliet, host)),
  )
  test(
    'XEP-0045: a guest from here in a room there',
    play(({ romeo, juliet, there: host }) => meet(juliet, romeo, host)),
  )
}

async function meet(host: Actor, guest: Actor, server: Peer): Promise<void> {
  const room = `orchard-${host.username}@${server.rooms}`
  await enters(host, room)
  granted(
    await host.asks`<iq type="set" to="${room}"><query xmlns="${owner}"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#roomconfig</value></field><field var="muc#roomconfig_membersonly"><value>0</value></field></x></query></iq>`,
  )
  host.sends`<message to="${guest.fullJid}"><x xmlns="${user}"/><x xmlns="jabber:x:conference" jid="${room}"/></message>`
  const invited =
    await guest.eventually`<message from="${host.fullJid}"><x xmlns="jabber:x:conference" jid="${room}"/></message>`
  assert.equal(invited.child('x', 'jabber:x:conference')?.attr('jid'), room)

  const present = await enters(guest, room)
  assert.ok(present.some(each => each.attr('from') === `${room}/${host.role}`))
  await host.eventually`<presence from="${room}/${guest.role}"><x xmlns="${user}"><item/></x></presence>`
  for (const [speaker, listener, body] of [
    [host, guest, 'Tut, you saw her fair, none else being by.'],
    [guest, host, "I'll go along, no such sight to be shown."],
  ] as const) {
    speaker.sends`<message to="${room}" type="groupchat" id="${speaker.role}1"><body>${body}</body></message>`
    for (const each of [speaker, listener])
      await each.eventually`<message from="${room}/${speaker.role}" type="groupchat"><body>${body}</body></message>`
  }
  guest.sends`<message to="${room}/${host.role}" type="chat"><body>A word in private</body><x xmlns="${user}"/></message>`
  await host.eventually`<message from="${room}/${guest.role}" type="chat"><body>A word in private</body></message>`
  host.sends`<message to="${room}" type="groupchat"><subject>The feast</subject></message>`
  await guest.eventually`<message from="${room}/${host.role}" type="groupchat"><subject>The feast</subject></message>`

  guest.drops()
  await host.eventually`<presence type="unavailable" from="${room}/${guest.role}"/>`
  await guest.connects()
  await enters(guest, room)
  await host.eventually`<presence from="${room}/${guest.role}"><x xmlns="${user}"><item/></x></presence>`
  guest.sends`<presence to="${room}/${guest.role}" type="unavailable"/>`
  await guest.eventually`<presence type="unavailable" from="${room}/${guest.role}"/>`
  await host.eventually`<presence type="unavailable" from="${room}/${guest.role}"/>`
}

/** Comes in. @returns the presences of all who are there, one's own last */
async function enters(actor: Actor, room: string): Promise<Tree[]> {
  actor.sends`<presence to="${room}/${actor.role}"><x xmlns="http://jabber.org/protocol/muc"><history maxstanzas="0"/></x></presence>`
  const present: Tree[] = []
  for (;;) {
    const came = await actor.client.take(
      tree => tree.name === 'presence' && tree.attr('from')?.startsWith(room) === true,
      'presence in the room',
    )
    present.push(came)
    assert.notEqual(came.attr('type'), 'error', String(came))
    const isSelf = came.holds(each => each.name === 'status' && each.attr('code') === '110')
    if (isSelf && came.attr('type') === undefined) return present
  }
}
