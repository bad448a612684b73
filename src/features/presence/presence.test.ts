import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dialogue } from '../../../tests/kit/cast.ts'

describe('coming', () => {
  test(
    'RFC 6121 §4.2.2: contacts and the own other devices are told, and it learns who is there',
    dialogue(
      {
        friends: [
          ['romeo', 'juliet'],
          ['romeo', 'nurse'],
        ],
        offline: ['romeo'],
      },
      async ({ romeo, romeosPhone, juliet, nurse, paris }) => {
        juliet.sends`<presence><show>dnd</show><priority>5</priority></presence>`
        await juliet.forgets()
        await nurse.disconnects()
        await romeosPhone.forgets()
        await romeo.connects({ presence: false })
        romeo.sends`<presence><status>Here &amp; now</status><c xmlns="http://jabber.org/protocol/caps" node="n" ver="v"/></presence>`
        await romeo.receives`<presence from="${romeo.fullJid}"><status>Here &amp; now</status></presence>`
        await romeo.receivesInAnyOrder(
          `<presence from="${romeosPhone.fullJid}"/>`,
          `<presence from="${juliet.fullJid}"><show>dnd</show><priority>5</priority></presence>`,
        )
        await romeo.receivesNothing()
        const came =
          await juliet.receives`<presence from="${romeo.fullJid}" to="${juliet.jid}"><status>Here &amp; now</status><c xmlns="http://jabber.org/protocol/caps" node="n" ver="v"/></presence>`
        assert.equal(came.elements().length, 2)
        await juliet.receivesNothing()
        await romeosPhone.receives`<presence from="${romeo.fullJid}"><status>Here &amp; now</status></presence>`
        await romeosPhone.receivesNothing()
        await paris.receivesNothing()
      },
    ),
  )

  test(
    'RFC 6121 §4.2.2: presence goes one way where the subscription does',
    dialogue({ offline: ['juliet'] }, async ({ romeo, juliet, julietsPhone }) => {
      romeo.sends`<presence type="subscribe" to="${juliet.jid}"/>`
      await julietsPhone.eventually`<presence type="subscribe"/>`
      julietsPhone.sends`<presence type="subscribed" to="${romeo.jid}"/>`
      await romeo.eventually`<presence from="${julietsPhone.fullJid}"/>`
      await julietsPhone.disconnects()
      await romeo.forgets()
      await juliet.connects()
      await romeo.receives`<presence from="${juliet.fullJid}"/>`
      await juliet.receivesNothing()
      romeo.sends`<presence><show>away</show></presence>`
      await romeo.receives`<presence from="${romeo.fullJid}"/>`
      await juliet.receivesNothing()
    }),
  )

  test(
    'RFC 6121 §4.2: a device that has not said that it is there hears and tells nothing',
    dialogue({ friends: [['romeo', 'juliet']], offline: ['romeo'] }, async ({ romeo, juliet }) => {
      await romeo.connects({ presence: false })
      juliet.sends`<presence><show>away</show></presence>`
      await juliet.receives`<presence from="${juliet.fullJid}"/>`
      await romeo.receivesNothing()
      await romeo.disconnects()
      await juliet.receivesNothing()
    }),
  )
})

test(
  'RFC 6121 §4.4.2: whoever saw it come sees it change, and nobody is asked again',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, romeosPhone, juliet }) => {
    await juliet.forgets()
    romeo.sends`<presence><show>xa</show></presence>`
    for (const each of [romeo, romeosPhone, juliet]) {
      await each.receives`<presence from="${romeo.fullJid}"><show>xa</show></presence>`
      await each.receivesNothing()
    }
  }),
)

describe('going (RFC 6121 §4.5.2)', () => {
  const friends = [['romeo', 'juliet']] as const

  test(
    'by unavailable presence: with its status, and back to the device itself',
    dialogue({ friends }, async ({ romeo, romeosPhone, juliet }) => {
      await juliet.forgets()
      await romeo.forgets()
      romeo.sends`<presence type="unavailable"><status>Farewell</status></presence>`
      for (const each of [romeo, romeosPhone, juliet]) {
        await each.receives`<presence type="unavailable" from="${romeo.fullJid}"><status>Farewell</status></presence>`
      }
      // Gone is gone: the end of the stream is no news, and what others do is none of its business.
      juliet.sends`<presence><show>away</show></presence>`
      await juliet.receives`<presence from="${juliet.fullJid}"/>`
      await romeo.receivesNothing()
      await romeosPhone.forgets()
      await romeo.disconnects()
      await romeosPhone.receivesNothing()
      await juliet.receivesNothing()
    }),
  )

  test(
    'and coming back on the same stream is coming',
    dialogue({ friends }, async ({ romeo, juliet }) => {
      romeo.sends`<presence type="unavailable"/>`
      await romeo.receives`<presence type="unavailable"/>`
      await juliet.receives`<presence type="unavailable"/>`
      romeo.sends`<presence/>`
      await romeo.receives`<presence from="${romeo.fullJid}"/>`
      await romeo.receives`<presence from="${juliet.fullJid}"/>`
      await juliet.receives`<presence from="${romeo.fullJid}"/>`
    }),
  )

  test(
    'by the end of the stream',
    dialogue({ friends }, async ({ romeo, juliet }) => {
      const { fullJid } = romeo
      await romeo.disconnects()
      await juliet.receives`<presence type="unavailable" from="${fullJid}"/>`
      await juliet.receivesNothing()
    }),
  )

  test(
    'by a broken connection',
    dialogue({ friends }, async ({ romeo, juliet }) => {
      const { fullJid } = romeo
      romeo.drops()
      await juliet.receives`<presence type="unavailable" from="${fullJid}"/>`
      await juliet.receivesNothing()
    }),
  )

  test(
    'by an error of the stream',
    dialogue({ friends }, async ({ romeo, juliet }) => {
      const { fullJid } = romeo
      romeo.client.sendRaw('<presence></message>')
      await romeo.isCutOff('not-well-formed')
      await juliet.receives`<presence type="unavailable" from="${fullJid}"/>`
      await juliet.receivesNothing()
    }),
  )

  test(
    'by another stream that takes the resource',
    dialogue({ friends }, async ({ romeo, juliet }) => {
      const { fullJid } = romeo
      const first = romeo.client
      await romeo.connects()
      await first.wire.over()
      await juliet.receives`<presence type="unavailable" from="${fullJid}"/>`
      const came = await juliet.receives`<presence from="${fullJid}"/>`
      assert.equal(came.attr('type'), undefined)
      await juliet.receivesNothing()
    }),
  )
})

test(
  'XEP-0198#resumption: who can be resumed has not gone',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
    await romeo.sm.enable({ resume: true })
    romeo.drops()
    await romeo.client.wire.over()
    await juliet.receivesNothing()
  }),
)

describe('directed presence (RFC 6121 §4.6)', () => {
  test(
    'shows one device to a stranger until it goes, and nothing in between',
    dialogue(async ({ romeo, juliet }) => {
      romeo.sends`<presence to="${juliet.fullJid}"><status>Psst</status></presence>`
      await juliet.receives`<presence from="${romeo.fullJid}" to="${juliet.fullJid}"><status>Psst</status></presence>`
      romeo.sends`<presence><show>away</show></presence>`
      await romeo.receives`<presence from="${romeo.fullJid}"/>`
      await juliet.receivesNothing()
      const { fullJid } = romeo
      romeo.drops()
      await juliet.receives`<presence type="unavailable" from="${fullJid}" to="${juliet.fullJid}"/>`
      await juliet.receivesNothing()
    }),
  )

  test(
    'to the bare address goes to every available device',
    dialogue(async ({ romeo, juliet, julietsPhone }) => {
      await juliet.forgets()
      romeo.sends`<presence to="${juliet.jid}"/>`
      for (const each of [juliet, julietsPhone])
        await each.receives`<presence from="${romeo.fullJid}" to="${juliet.jid}"/>`
    }),
  )

  test(
    'that has been taken back is not taken back again',
    dialogue(async ({ romeo, juliet }) => {
      romeo.sends`<presence to="${juliet.jid}"/>`
      await juliet.receives`<presence from="${romeo.fullJid}"/>`
      romeo.sends`<presence to="${juliet.jid}" type="unavailable"/>`
      await juliet.receives`<presence from="${romeo.fullJid}" type="unavailable"/>`
      await romeo.disconnects()
      await juliet.receivesNothing()
    }),
  )

  test(
    'of a device that is not available: the stranger hears of its end',
    dialogue({ offline: ['romeo'] }, async ({ romeo, juliet }) => {
      await romeo.connects({ presence: false })
      romeo.sends`<presence to="${juliet.jid}"/>`
      await juliet.receives`<presence from="${romeo.fullJid}"/>`
      await romeo.receivesNothing()
      const { fullJid } = romeo
      await romeo.disconnects()
      await juliet.receives`<presence from="${fullJid}" type="unavailable"/>`
    }),
  )

  test(
    'ends with unavailable presence as well, and a contact hears of that once',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet, nurse }) => {
      romeo.sends`<presence to="${juliet.fullJid}"/>`
      await juliet.receives`<presence from="${romeo.fullJid}" to="${juliet.fullJid}"/>`
      romeo.sends`<presence to="${nurse.jid}"/>`
      await nurse.receives`<presence from="${romeo.fullJid}"/>`
      romeo.sends`<presence type="unavailable"/>`
      await juliet.receives`<presence from="${romeo.fullJid}" type="unavailable"/>`
      await nurse.receives`<presence from="${romeo.fullJid}" type="unavailable"/>`
      await romeo.disconnects()
      await juliet.receivesNothing()
      await nurse.receivesNothing()
    }),
  )

  test(
    'has an end as well: nobody can make the server remember more than a thousand addresses',
    dialogue(async ({ romeo }) => {
      const to = (n: number) => `guest${n}@verona.lit`
      for (let n = 0; n < 1000; n++) romeo.client.send(`<presence to="${to(n)}"/>`)
      romeo.client.send(`<presence to="${to(0)}"/>`)
      await romeo.receivesNothing()
      romeo.client.send(`<presence to="${to(1000)}" id="p1"/>`)
      await romeo.receives`<presence type="error" id="p1" from="${to(1000)}"><error><resource-constraint xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
      romeo.client.send(`<presence to="${to(0)}" type="unavailable"/>`)
      romeo.client.send(`<presence to="${to(1000)}"/>`)
      await romeo.receivesNothing()
    }),
  )

  test(
    'for a device that is gone goes nowhere',
    dialogue(async ({ romeo, juliet }) => {
      romeo.sends`<presence to="${juliet.jid}/elsewhere"/>`
      romeo.sends`<presence to="nobody@${juliet.jid.split('@')[1]!}"/>`
      await juliet.receivesNothing()
      await romeo.receivesNothing()
    }),
  )
})

describe('probes (RFC 6121 §4.3)', () => {
  test(
    'are answered to contacts',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet, julietsPhone }) => {
      juliet.sends`<presence><show>chat</show></presence>`
      await romeo.forgets()
      romeo.sends`<presence type="probe" to="${juliet.jid}"/>`
      await romeo.receivesInAnyOrder(
        `<presence from="${juliet.fullJid}"><show>chat</show></presence>`,
        `<presence from="${julietsPhone.fullJid}"/>`,
      )
      romeo.sends`<presence type="probe" to="${julietsPhone.fullJid}"/>`
      await romeo.receives`<presence from="${julietsPhone.fullJid}"/>`
      romeo.sends`<presence type="probe" to="${juliet.jid}/elsewhere"/>`
      await romeo.receives`<presence type="unavailable" from="${juliet.jid}/elsewhere"/>`
      await juliet.disconnects()
      await julietsPhone.disconnects()
      await romeo.forgets()
      romeo.sends`<presence type="probe" to="${juliet.jid}"/>`
      await romeo.receives`<presence type="unavailable" from="${juliet.jid}"/>`
      await romeo.receivesNothing()
    }),
  )

  test(
    'tell strangers nothing, not even which devices there are',
    dialogue(async ({ romeo, juliet }) => {
      romeo.sends`<presence type="probe" to="${juliet.jid}"/>`
      romeo.sends`<presence type="probe" to="${juliet.fullJid}"/>`
      await romeo.receivesNothing()
      await juliet.receivesNothing()
    }),
  )
})

describe('what is not presence', () => {
  test(
    'RFC 6121 §4.7.1: an unknown type is refused',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
      romeo.sends`<presence type="pensive" id="p1"/>`
      await romeo.receives`<presence type="error" id="p1"><error><bad-request xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
      await juliet.receivesNothing()
    }),
  )

  test(
    'nor is a book',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
      romeo.sends`<presence id="p1"><status>${'O '.repeat(10_000)}</status></presence>`
      await romeo.receives`<presence type="error" id="p1"><error><policy-violation xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
      await juliet.receivesNothing()
    }),
  )
})
