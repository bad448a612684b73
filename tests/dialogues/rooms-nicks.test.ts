/** Nicks that are locked down to those who have registered them (XEP-0045#register, #impl-service). */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { dialogue } from '../kit/cast.ts'
import {
  administers,
  codesOf,
  conditionOf,
  configures,
  enters,
  itemOf,
  makes,
  mucUser,
  open,
  submitted,
} from '../kit/rooms.ts'

const lock = 'x-muc#roomconfig_reservednick'
const locked = { ...open, [lock]: '1' }

const registers = (actor: Actor, room: string, nick: string) =>
  actor.asks(
    `<iq type="set" to="${room}"><query xmlns="jabber:iq:register">${submitted({ 'muc#register_roomnick': nick }, 'http://jabber.org/protocol/muc#register')}</query></iq>`,
  )

describe('a room in which nicks are locked down', () => {
  test(
    '#enter-pres: who has registered a nick enters with it, whatever they ask for, and is told so; others choose',
    dialogue(async ({ juliet, romeo, nurse }) => {
      const room = await makes(juliet, 'Juliet', locked)
      await administers(juliet, room, `<item affiliation="member" jid="${romeo.jid}" nick="Montague"/>`)
      const [, self] = await enters(romeo, room, 'Romeo')
      assert.equal(self!.attr('from'), `${room}/Montague`)
      assert.equal(self!.attr('id'), 'enter')
      assert.deepEqual(codesOf(self!).toSorted(), [110, 170, 210])
      assert.deepEqual(codesOf(await juliet.eventually`<presence from="${room}/Montague"/>`), [])
      const [, , hers] = await enters(nurse, room, 'Nurse')
      assert.equal(hers!.attr('from'), `${room}/Nurse`)
      assert.ok(!codesOf(hers!).includes(210))
    }),
  )

  test(
    '#enter-pres: another device of theirs comes to the same nick, however it is written',
    dialogue(async ({ juliet, romeo, romeosPhone }) => {
      const room = await makes(juliet, 'Juliet', locked)
      await administers(juliet, room, `<item affiliation="member" jid="${romeo.jid}" nick="Montague"/>`)
      await enters(romeo, room, 'Montague')
      const [, self] = await enters(romeosPhone, room, 'montague')
      assert.equal(self!.attr('from'), `${room}/Montague`)
      assert.ok(codesOf(self!).includes(210))
    }),
  )

  test(
    '#changenick: away from a registered nick is refused; who has registered none may change',
    dialogue(async ({ juliet, romeo, nurse }) => {
      const room = await makes(juliet, 'Juliet', locked)
      await administers(juliet, room, `<item affiliation="member" jid="${romeo.jid}" nick="Romeo"/>`)
      await enters(romeo, room, 'Romeo')
      await enters(nurse, room, 'Nurse')
      await romeo.forgets()
      await juliet.forgets()
      romeo.sends(`<presence to="${room}/Montague" id="n"/>`)
      await romeo.receives`<presence type="error" id="n" from="${room}/Montague"><error by="${room}"><not-acceptable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
      await juliet.receivesNothing()
      nurse.sends(`<presence to="${room}/Angelica"/>`)
      await juliet.eventually`<presence from="${room}/Angelica"/>`
    }),
  )

  test(
    '#register: who registers another nick while inside gets it at once (210), with all devices',
    dialogue(async ({ juliet, romeo, romeosPhone }) => {
      const room = await makes(juliet, 'Juliet', locked)
      await enters(romeo, room, 'Romeo')
      await enters(romeosPhone, room, 'Phone')
      for (const actor of [juliet, romeo, romeosPhone]) await actor.forgets()
      assert.equal((await registers(romeo, room, 'Montague')).attr('type'), 'result')
      const gone = await juliet.eventually`<presence type="unavailable" from="${room}/Romeo"/>`
      assert.deepEqual(codesOf(gone), [303])
      assert.equal(itemOf(gone)?.attr('nick'), 'Montague')
      assert.deepEqual(codesOf(await juliet.eventually`<presence from="${room}/Montague"/>`), [210])
      assert.equal(
        itemOf(await juliet.eventually`<presence type="unavailable" from="${room}/Phone"/>`)?.attr('nick'),
        'Montague',
      )
      await romeosPhone.eventually`<presence from="${room}/Montague"><x xmlns="${mucUser}"><status code="110"/><status code="210"/></x></presence>`
      romeosPhone.sends(`<message to="${room}" type="groupchat"><body>Soft!</body></message>`)
      await juliet.eventually`<message from="${room}/Montague"><body>Soft!</body></message>`
    }),
  )

  test(
    '#roomconfig: locking a room gives everybody inside the nick that is theirs; unlocking lets them go',
    dialogue(async ({ juliet, romeo }) => {
      const room = await makes(juliet, 'Juliet')
      await administers(juliet, room, `<item affiliation="member" jid="${romeo.jid}" nick="Montague"/>`)
      await enters(romeo, room, 'Romeo')
      await romeo.forgets()
      assert.equal((await configures(juliet, room, { [lock]: '1' })).attr('type'), 'result')
      assert.deepEqual(codesOf(await romeo.eventually`<presence from="${room}/Montague"/>`).toSorted(), [110, 210])
      const refused = await configures(juliet, room, { [lock]: 'perhaps' })
      assert.equal(conditionOf(refused), 'not-acceptable')
      await configures(juliet, room, { [lock]: '0' })
      await romeo.forgets()
      romeo.sends(`<presence to="${room}/Romeo"/>`)
      assert.deepEqual(codesOf(await romeo.eventually`<presence from="${room}/Romeo"/>`), [110])
    }),
  )
})
