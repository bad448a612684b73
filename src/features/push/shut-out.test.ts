import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import { adminNode, runs } from '../../../tests/kit/commands.ts'

/** The phone wants to be woken, and has not acknowledged what somebody wrote. */
const awaits = async (phone: Actor, appServer: Actor, other: Actor): Promise<void> => {
  const answer = await phone.asks(
    `<iq type="set"><enable xmlns="urn:xmpp:push:0" jid="${appServer.fullJid}" node="phone"/></iq>`,
  )
  assert.equal(answer.attr('type'), 'result')
  await phone.sm.enable({ resume: true })
  phone.sm.manual = true
  other.sends(`<message type="chat" to="${phone.jid}"><body>Soft!</body></message>`)
  await phone.eventually('<message><body>Soft!</body></message>')
}
const woken = '<iq type="set" from="localhost"><pubsub xmlns="http://jabber.org/protocol/pubsub"/></iq>'

// Nobody could answer such a notification: the owner is not let in.
describe('XEP-0357: whoever may not sign in is not woken', () => {
  test(
    'a disabled account: not by the end of its sessions, not by what comes, and again once it is enabled',
    dialogue(async ({ romeo, julietsPhone, tybalt, server }) => {
      await server.makeAdmin!(romeo.username)
      await awaits(julietsPhone, tybalt, romeo)
      await runs(romeo, adminNode('disable-user'), { accountjids: julietsPhone.jid })
      await julietsPhone.isCutOff('not-authorized')
      await tybalt.receivesNothing()
      romeo.sends(`<message type="chat" to="${julietsPhone.jid}"><body>What light?</body></message>`)
      await tybalt.receivesNothing()

      await runs(romeo, adminNode('reenable-user'), { accountjids: julietsPhone.jid })
      romeo.sends(`<message type="chat" to="${julietsPhone.jid}"><body>It is the east.</body></message>`)
      await tybalt.eventually(woken)
    }),
  )

  test(
    'a connected device that is being waited for when its account is disabled',
    dialogue(
      { settings: { push: { patience_seconds: 1 } } },
      async ({ romeo, julietsPhone, tybalt, nurse, server }) => {
        await server.makeAdmin!(romeo.username)
        for (const phone of [julietsPhone, nurse]) await awaits(phone, tybalt, romeo)
        await runs(romeo, adminNode('disable-user'), { accountjids: julietsPhone.jid })
        // The patience with the other one began later, so what would wake the first has had its time when that is woken.
        await tybalt.eventually(woken)
        await tybalt.receivesNothing()
      },
    ),
  )

  test(
    'an account that is about to be deleted',
    dialogue({ settings: { accounts: { grace_days: 3 } } }, async ({ romeo, julietsPhone, tybalt, server }) => {
      await awaits(julietsPhone, tybalt, romeo)
      await server.makeAdmin!(romeo.username)
      const deleted = await runs(romeo, adminNode('delete-user'), { accountjids: julietsPhone.jid })
      assert.match(deleted.at('command', 'note').text(), /when the days are over in which this can be undone/)
      await julietsPhone.isCutOff('not-authorized')
      romeo.sends(`<message type="chat" to="${julietsPhone.jid}"><body>What light?</body></message>`)
      await tybalt.receivesNothing()
    }),
  )
})
