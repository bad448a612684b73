/** Whose presence is shown to whom: `muc#roomconfig_presencebroadcast`, and probes. Nobody stays in sight who is not to be seen. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dialogue } from '../kit/cast.ts'
import { administers, codesOf, configures, enters, itemOf, makes, open } from '../kit/rooms.ts'

const moderatorsOnly = { ...open, presencebroadcast: 'moderator' }

describe('a room that shows its moderators only', () => {
  test(
    'who is none is seen by nobody but themselves, coming or going, and speaks all the same',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet', moderatorsOnly)
      await enters(romeo, room, 'Romeo')
      const came = await enters(nurse, room, 'Nurse')
      assert.deepEqual(
        came.filter(one => one.name === 'presence').map(one => one.attr('from')),
        [`${room}/Juliet`, `${room}/Nurse`],
      )
      romeo.sends(`<message to="${room}" type="groupchat"><body>Soft!</body></message>`)
      await nurse.receives`<message from="${room}/Romeo"><body>Soft!</body></message>`
      romeo.sends(`<presence to="${room}/Romeo" type="unavailable"/>`)
      await romeo.eventually`<presence from="${room}/Romeo" type="unavailable"/>`
      await nurse.receivesNothing()
    }),
  )

  test(
    '#grantmod and #revokemod: comes into sight, and goes out of it',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet', moderatorsOnly)
      await enters(romeo, room, 'Romeo')
      await enters(nurse, room, 'Nurse')
      await romeo.forgets()
      await administers(juliet, room, '<item nick="Romeo" role="moderator"/>')
      assert.equal(itemOf(await nurse.receives`<presence from="${room}/Romeo"/>`)?.attr('role'), 'moderator')
      await administers(juliet, room, '<item nick="Romeo" role="participant"/>')
      const gone = await nurse.receives`<presence from="${room}/Romeo" type="unavailable"/>`
      assert.equal(itemOf(gone)?.attr('role'), 'none')
      await nurse.receivesNothing()
      // He himself is still there, and knows it.
      await romeo.forgets()
      romeo.sends(`<message to="${room}" type="groupchat"><body>Soft!</body></message>`)
      await romeo.receives`<message from="${room}/Romeo"/>`
    }),
  )

  test(
    '#roomconfig: becoming one, people go out of sight; and come back into it when all are shown again',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await enters(nurse, room, 'Nurse')
      for (const actor of [romeo, juliet, nurse]) await actor.forgets()
      await configures(juliet, room, { presencebroadcast: 'moderator' })
      await nurse.receivesInAnyOrder(
        `<message from="${room}" type="groupchat"/>`,
        `<presence from="${room}/Romeo" type="unavailable"/>`,
      )
      await nurse.receivesNothing()
      await configures(juliet, room, { presencebroadcast: ['moderator', 'participant', 'visitor'] })
      const [, seen] = await nurse.receivesInAnyOrder(
        `<message from="${room}" type="groupchat"/>`,
        `<presence from="${room}/Romeo"/>`,
      )
      assert.equal(seen!.attr('type'), undefined)
      await nurse.receivesNothing()
    }),
  )
})

describe('a probe (RFC 6121 §4.3)', () => {
  test(
    '#bizrules-presence: a probe by somebody inside is answered with who is in, or with how somebody is',
    dialogue(async ({ romeo, romeosPhone, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await enters(nurse, room, 'Nurse')
      juliet.sends(`<presence to="${room}/Juliet"><status>sighs</status></presence>`)
      await romeo.eventually`<presence from="${room}/Juliet"><status>sighs</status></presence>`
      for (const actor of [romeo, juliet, nurse]) await actor.forgets()
      romeo.sends(`<presence to="${room}/Juliet" type="probe"/>`)
      const her = await romeo.receives`<presence from="${room}/Juliet"><status>sighs</status></presence>`
      assert.equal(itemOf(her)?.attr('role'), 'moderator')
      // #enter-semianon
      assert.equal(itemOf(her)?.attr('jid'), undefined)
      romeo.sends(`<presence to="${room}/Nobody" type="probe"/>`)
      assert.equal(
        itemOf(await romeo.receives`<presence type="unavailable" from="${room}/Nobody"/>`)?.attr('role'),
        'none',
      )
      romeo.sends(`<presence to="${room}" type="probe"/>`)
      await romeo.receivesInAnyOrder(
        `<presence from="${room}/Juliet"><status>sighs</status></presence>`,
        `<presence from="${room}/Nurse"/>`,
      )
      assert.deepEqual(codesOf(await romeo.receives`<presence from="${room}/Romeo"/>`), [110])
      romeosPhone.sends(`<presence to="${room}" type="probe"/>`)
      for (const actor of [romeo, romeosPhone, juliet, nurse]) await actor.receivesNothing()
    }),
  )

  test(
    '#bizrules-presence: presence that the room does not show is not told to a probe either',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet', { ...open, presencebroadcast: 'moderator' })
      await enters(romeo, room, 'Romeo')
      await enters(nurse, room, 'Nurse')
      await romeo.forgets()
      romeo.sends(`<presence to="${room}/Nurse" type="probe"/>`)
      await romeo.receives`<presence type="unavailable" from="${room}/Nurse"/>`
    }),
  )
})
