import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dialogue } from '../kit/cast.ts'
import { codesOf, enters, itemOf, makes, muc } from '../kit/rooms.ts'

describe('XEP-0045#enter', () => {
  test(
    '#enter-pres: those who are in, oneself, the subject, in this order; and the others hear of it',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      const [others, self, subject] = await enters(romeo, room, 'Romeo')
      assert.equal(others!.attr('from'), `${room}/Juliet`)
      assert.equal(itemOf(others!)?.attr('affiliation'), 'owner')
      assert.equal(itemOf(others!)?.attr('role'), 'moderator')
      assert.equal(itemOf(others!)?.attr('jid'), undefined)
      assert.equal(self!.attr('from'), `${room}/Romeo`)
      assert.equal(self!.attr('id'), 'enter')
      assert.ok(codesOf(self!).includes(110))
      assert.equal(subject!.attr('from'), room)
      const seen = await juliet.receives`<presence from="${room}/Romeo"/>`
      assert.deepEqual(codesOf(seen), [])
      // Semi-anonymous: moderators see addresses.
      assert.equal(itemOf(seen)?.attr('jid'), romeo.fullJid)
      assert.equal(itemOf(seen)?.attr('role'), 'participant')
      await romeo.receivesNothing()
    }),
  )

  test(
    '#enter-muc: without a nick it is no address to enter at',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      romeo.sends(`<presence to="${room}" id="p"><x xmlns="${muc}"/></presence>`)
      await romeo.receives`<presence type="error" id="p" from="${room}"><error by="${room}" type="modify"><jid-malformed xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
      await juliet.receivesNothing()
    }),
  )
})
