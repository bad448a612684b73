import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dialogue } from '../kit/cast.ts'
import { administers, codesOf, conditionOf, enters, itemOf, makes, mucUser, open, submitted } from '../kit/rooms.ts'

const request = 'http://jabber.org/protocol/muc#request'

describe('XEP-0045#moderator', () => {
  test(
    '#kick: the one who is kicked, and those who stay, hear by whom and why',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await enters(nurse, room, 'Nurse')
      for (const each of [romeo, juliet]) await each.forgets()
      const done = await administers(juliet, room, '<item nick="Romeo" role="none"><reason>Wherefore</reason></item>')
      assert.equal(done.attr('type'), 'result')
      const self =
        await romeo.receives`<presence type="unavailable" from="${room}/Romeo"><x xmlns="${mucUser}"><item affiliation="none" role="none"><actor nick="Juliet"/><reason>Wherefore</reason></item></x></presence>`
      assert.deepEqual(codesOf(self), [110, 307])
      for (const each of [juliet, nurse]) {
        assert.deepEqual(codesOf(await each.receives`<presence type="unavailable" from="${room}/Romeo"/>`), [307])
      }
      romeo.sends(`<message to="${room}" type="groupchat"><body>Soft!</body></message>`)
      assert.equal(conditionOf(await romeo.receives`<message type="error"/>`), 'not-acceptable')
      // Kicked is not banned.
      await enters(romeo, room, 'Romeo')
    }),
  )

  test(
    '#kick: not by those without the role, not somebody above, not nobody',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await enters(nurse, room, 'Nurse')
      assert.equal(conditionOf(await administers(romeo, room, '<item nick="Nurse" role="none"/>')), 'forbidden')
      assert.equal(conditionOf(await administers(juliet, room, '<item nick="Tybalt" role="none"/>')), 'item-not-found')
      await administers(juliet, room, '<item nick="Romeo" role="moderator"/>')
      const refused = await administers(romeo, room, '<item nick="Juliet" role="none"/>')
      assert.equal(conditionOf(refused), 'not-allowed')
      assert.equal(refused.need('error').attr('type'), 'cancel')
      assert.equal((await administers(romeo, room, '<item nick="Nurse" role="none"/>')).attr('type'), 'result')
    }),
  )

  test(
    '#grantvoice and #revokevoice: everybody sees who may speak',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet', { ...open, moderatedroom: '1' })
      await enters(romeo, room, 'Romeo')
      for (const each of [romeo, juliet]) await each.forgets()
      await administers(juliet, room, '<item nick="Romeo" role="participant"><reason>A worthy fellow</reason></item>')
      const granted =
        await romeo.receives`<presence from="${room}/Romeo"><x xmlns="${mucUser}"><item role="participant"><reason>A worthy fellow</reason></item></x></presence>`
      assert.deepEqual(codesOf(granted), [110])
      await juliet.receives`<presence from="${room}/Romeo"><x xmlns="${mucUser}"><item role="participant" jid="${romeo.fullJid}"/></x></presence>`
      romeo.sends(`<message to="${room}" type="groupchat"><body>Soft!</body></message>`)
      await juliet.receives`<message><body>Soft!</body></message>`
      await romeo.forgets()
      await administers(juliet, room, '<item nick="Romeo" role="visitor"/>')
      await romeo.receives`<presence from="${room}/Romeo"><x xmlns="${mucUser}"><item role="visitor"/></x></presence>`
      romeo.sends(`<message to="${room}" type="groupchat"><body>Soft!</body></message>`)
      assert.equal(conditionOf(await romeo.receives`<message type="error"/>`), 'forbidden')
    }),
  )

  test(
    '#revokevoice: nobody takes the voice of an admin',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await enters(nurse, room, 'Nurse')
      await administers(juliet, room, `<item affiliation="admin" jid="${nurse.jid}"/>`)
      await administers(juliet, room, '<item nick="Romeo" role="moderator"/>')
      for (const actor of [romeo, juliet]) {
        assert.equal(conditionOf(await administers(actor, room, '<item nick="Nurse" role="visitor"/>')), 'not-allowed')
      }
    }),
  )

  test(
    '#modifyvoice: the voice list is for moderators, and several are changed at once or none',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await enters(nurse, room, 'Nurse')
      assert.equal(conditionOf(await administers(romeo, room, '<item role="participant"/>', 'get')), 'forbidden')
      const list = await administers(juliet, room, '<item role="participant"/>', 'get')
      const items = list.need('query').elements()
      assert.deepEqual(items.map(item => item.attr('nick')).sort(), ['Nurse', 'Romeo'])
      assert.equal(items.find(item => item.attr('nick') === 'Romeo')?.attr('jid'), romeo.fullJid)
      for (const each of [romeo, nurse]) await each.forgets()
      const refused = await administers(
        juliet,
        room,
        '<item nick="Romeo" role="visitor"/><item nick="Tybalt" role="visitor"/>',
      )
      assert.equal(conditionOf(refused), 'item-not-found')
      await romeo.receivesNothing()
      await administers(juliet, room, '<item nick="Romeo" role="visitor"/><item nick="Nurse" role="visitor"/>')
      assert.equal(itemOf(await nurse.receives`<presence from="${room}/Romeo"/>`)?.attr('role'), 'visitor')
      assert.equal(itemOf(await nurse.receives`<presence from="${room}/Nurse"/>`)?.attr('role'), 'visitor')
    }),
  )

  test(
    '#requestvoice and #voiceapprove: who may not speak asks, a moderator says yes',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet', { ...open, moderatedroom: '1' })
      await enters(romeo, room, 'Romeo')
      await enters(nurse, room, 'Nurse')
      for (const each of [romeo, juliet]) await each.forgets()
      romeo.sends(`<message to="${room}">${submitted({ 'muc#role': 'participant' }, request)}</message>`)
      const asked = await juliet.receives`<message from="${room}"><x xmlns="jabber:x:data" type="form"/></message>`
      const field = (name: string) =>
        asked
          .need('x', 'jabber:x:data')
          .elements()
          .find(one => one.attr('var') === name)
          ?.child('value')
          ?.text()
      assert.equal(field('FORM_TYPE'), request)
      assert.equal(field('muc#jid'), romeo.fullJid)
      assert.equal(field('muc#roomnick'), 'Romeo')
      await nurse.receivesNothing()
      const answer = {
        'muc#role': 'participant',
        'muc#jid': romeo.fullJid,
        'muc#roomnick': 'Romeo',
        'muc#request_allow': '1',
      }
      nurse.sends(`<message to="${room}">${submitted(answer, request)}</message>`)
      assert.equal(conditionOf(await nurse.receives`<message type="error"/>`), 'forbidden')
      juliet.sends(`<message to="${room}">${submitted(answer, request)}</message>`)
      assert.equal(itemOf(await romeo.receives`<presence from="${room}/Romeo"/>`)?.attr('role'), 'participant')
    }),
  )

  test(
    '#requestvoice: not where the room does not want it, and not from outside',
    dialogue(async ({ romeo, nurse, juliet }) => {
      const room = await makes(juliet, 'Juliet', { ...open, moderatedroom: '1', allowvoicerequests: '0' })
      await enters(romeo, room, 'Romeo')
      for (const [actor, condition] of [
        [romeo, 'forbidden'],
        [nurse, 'not-acceptable'],
      ] as const) {
        actor.sends(`<message to="${room}">${submitted({ 'muc#role': 'participant' }, request)}</message>`)
        assert.equal(conditionOf(await actor.receives`<message type="error"/>`), condition)
      }
    }),
  )
})
