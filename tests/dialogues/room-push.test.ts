/** XEP-0357 in rooms: members of a private group miss nothing, whether they are in it or not. */

import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { dialogue } from '../kit/cast.ts'
import { administers, configures, enters, makes } from '../kit/rooms.ts'

/** Tybalt's device plays the app server. */
async function enables(phone: Actor, server: Actor): Promise<void> {
  await phone.asks(`<iq type="set"><enable xmlns="urn:xmpp:push:0" jid="${server.fullJid}" node="${phone.role}"/></iq>`)
}
async function isWoken(server: Actor, phone: Actor): Promise<void> {
  const publish = `<publish node="${phone.role}"/>`
  const notification = await server.eventually(
    `<iq type="set" from="localhost"><pubsub xmlns="http://jabber.org/protocol/pubsub">${publish}</pubsub></iq>`,
  )
  server.sends(`<iq type="result" id="${notification.attr('id')}" to="localhost"/>`)
}
async function says(actor: Actor, room: string, id: string, inside = `<body>${id}</body>`): Promise<void> {
  actor.sends(`<message type="groupchat" to="${room}" id="${id}">${inside}</message>`)
  await actor.client.wire.until(() => actor.client.wire.inbox.find(tree => tree.attr('id') === id), 'what was said')
}

const members = { membersonly: '1', whois: 'anyone' }

describe('XEP-0357: a private room', () => {
  test(
    'wakes members who are not in it, once until they are back; never with what was said',
    dialogue(async ({ juliet, romeosPhone, nurse, tybalt }) => {
      const room = await makes(juliet, 'Juliet', members)
      await administers(juliet, room, `<item jid="${romeosPhone.jid}" affiliation="member"/>`)
      for (const phone of [romeosPhone, nurse]) {
        await enables(phone, tybalt)
        await phone.disconnects()
      }
      await says(juliet, room, 'one')
      await isWoken(tybalt, romeosPhone)
      await says(juliet, room, 'two')
      await says(juliet, room, 'typing', "<composing xmlns='http://jabber.org/protocol/chatstates'/>")
      // The nurse does not belong to it.
      await tybalt.receivesNothing()
      await romeosPhone.connects()
      await romeosPhone.forgets()
      await romeosPhone.disconnects()
      await says(juliet, room, 'three')
      await isWoken(tybalt, romeosPhone)
      await tybalt.receivesNothing()
    }),
  )

  test(
    'wakes a phone that is away although another device is in it, but not for what its owner says',
    dialogue(async ({ juliet, romeo, romeosPhone, tybalt }) => {
      const room = await makes(juliet, 'Juliet', members)
      await administers(juliet, room, `<item jid="${romeo.jid}" affiliation="member"/>`)
      await enters(romeo, room, 'Romeo')
      await enables(romeosPhone, tybalt)
      await romeosPhone.disconnects()
      await says(romeo, room, 'his own')
      await tybalt.receivesNothing()
      await says(juliet, room, 'hers')
      await isWoken(tybalt, romeosPhone)
    }),
  )

  test(
    'a room that anybody can enter wakes nobody, nor does a room that somebody has blocked or is banned from',
    dialogue(async ({ juliet, romeosPhone, nurse, tybalt }) => {
      const room = await makes(juliet, 'Juliet', members)
      await administers(juliet, room, `<item jid="${romeosPhone.jid}" affiliation="member"/>`)
      await administers(juliet, room, `<item jid="${nurse.jid}" affiliation="outcast"/>`)
      for (const phone of [romeosPhone, nurse]) await enables(phone, tybalt)
      await romeosPhone.asks(`<iq type="set"><block xmlns="urn:xmpp:blocking"><item jid="${room}"/></block></iq>`)
      for (const phone of [romeosPhone, nurse]) await phone.disconnects()
      await says(juliet, room, 'blocked')
      await tybalt.receivesNothing()
      await romeosPhone.connects()
      await romeosPhone.asks(`<iq type="set"><unblock xmlns="urn:xmpp:blocking"/></iq>`)
      await romeosPhone.disconnects()
      await configures(juliet, room, { membersonly: '0' })
      await says(juliet, room, 'open')
      await tybalt.receivesNothing()
    }),
  )
})
