import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dialogue } from '../kit/cast.ts'
import { codesOf, enters, itemOf, makes, open } from '../kit/rooms.ts'

describe('XEP-0045#exit', () => {
  test(
    'with a last word',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      romeo.sends(`<presence to="${room}/Romeo" type="unavailable"><status>Farewell</status></presence>`)
      const seen =
        await juliet.receives`<presence type="unavailable" from="${room}/Romeo"><status>Farewell</status></presence>`
      assert.equal(itemOf(seen)?.attr('role'), 'none')
      const self = await romeo.receives`<presence type="unavailable" from="${room}/Romeo"/>`
      assert.deepEqual(codesOf(self), [110])
      await romeo.receivesNothing()
    }),
  )

  test(
    'by the end of the stream, by a broken connection, and by general unavailable presence',
    dialogue(async ({ romeo, romeosPhone, romeosTablet, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      for (const [device, go] of [
        [romeo, () => romeo.disconnects()],
        [romeosPhone, async () => romeosPhone.drops()],
        [romeosTablet, async () => romeosTablet.sends`<presence type="unavailable"/>`],
      ] as const) {
        await enters(device, room, device.role)
        await juliet.forgets()
        await go()
        await juliet.eventually(`<presence type="unavailable" from="${room}/${device.role}"/>`)
      }
    }),
  )

  test(
    'XEP-0198: who is resumed finds themselves inside, and has missed nothing',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await romeo.sm.enable({ resume: true })
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      const before = romeo.client
      romeo.drops()
      await before.wire.over()
      juliet.sends(`<message to="${room}" type="groupchat"><body>Art thou there?</body></message>`)
      await juliet.receives`<message from="${room}/Juliet"><body>Art thou there?</body></message>`
      const client = await romeo.reaches()
      await client.signIn({ username: romeo.username, password: romeo.password })
      await client.sm.resume(before.sm)
      await romeo.eventually(`<message from="${room}/Juliet"><body>Art thou there?</body></message>`)
      await juliet.receivesNothing()
    }),
  )

  test(
    'XEP-0198: who is not resumed in time has gone',
    dialogue({ settings: { streams: { resume_seconds: 1 } } }, async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await romeo.sm.enable({ resume: true })
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      romeo.drops()
      await juliet.receives`<presence type="unavailable" from="${room}/Romeo"/>`
    }),
  )

  test(
    'the last one out turns off the light in a room that does not stay',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet', { ...open, persistentroom: '0' })
      juliet.sends(`<presence to="${room}/Juliet" type="unavailable"/>`)
      await juliet.receives`<presence type="unavailable" from="${room}/Juliet"/>`
      const [self] = await enters(romeo, room, 'Romeo')
      assert.ok(codesOf(self!).includes(201))
    }),
  )
})
