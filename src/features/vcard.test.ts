import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dialogue } from '../../tests/kit/cast.ts'
import type { Tree } from '../../tests/kit/tree.ts'

const refused = (answer: Tree, condition: string) => {
  assert.equal(answer.attr('type'), 'error')
  assert.equal(answer.need('error').elements()[0]?.name, condition)
}

const picture = Buffer.from(Array.from({ length: 3000 }, (_, i) => i % 256)).toString('base64')
const card =
  '<vCard xmlns="vcard-temp"><FN>Juliet Capulet</FN><N><FAMILY>Capulet</FAMILY><GIVEN>Juliet</GIVEN><MIDDLE/></N>' +
  `<PHOTO><TYPE>image/png</TYPE><BINVAL>${picture}</BINVAL></PHOTO><TEL><HOME/><VOICE/><NUMBER/></TEL></vCard>`

describe('XEP-0054', () => {
  test(
    'a card that was set is there, for the owner and for everybody, the picture untouched',
    dialogue(async ({ juliet, julietsPhone, romeo }) => {
      assert.equal((await juliet.asks(`<iq type="set">${card}</iq>`)).attr('type'), 'result')
      const own = await julietsPhone.asks`<iq type="get"><vCard xmlns="vcard-temp"/></iq>`
      assert.equal(String(own.need('vCard')), card)
      const byAddress = await juliet.asks`<iq type="get" to="${juliet.jid}"><vCard xmlns="vcard-temp"/></iq>`
      assert.equal(String(byAddress.need('vCard')), card)
      const seen = await romeo.asks`<iq type="get" to="${juliet.jid}"><vCard xmlns="vcard-temp"/></iq>`
      assert.equal(seen.attr('from'), juliet.jid)
      assert.equal(String(seen.need('vCard')), card)
      // XEP-0398#presence: the new picture shows in the presence of all devices, and that is all.
      for (const device of [juliet, julietsPhone]) {
        await juliet.eventually`<presence from="${device.fullJid}"><x xmlns="vcard-temp:x:update"><photo>…</photo></x></presence>`
      }
      await juliet.receivesNothing()
    }),
  )

  test(
    'the server answers for those who are away',
    dialogue(async ({ juliet, romeo }) => {
      await juliet.asks(`<iq type="set">${card}</iq>`)
      await juliet.disconnects()
      const seen = await romeo.asks`<iq type="get" to="${juliet.jid}"><vCard xmlns="vcard-temp"/></iq>`
      assert.equal(seen.at('vCard', 'FN').text(), 'Juliet Capulet')
    }),
  )

  test(
    'one who has no card is told so; others cannot tell no card from no account',
    dialogue(async ({ juliet, romeo, server }) => {
      refused(await juliet.asks`<iq type="get"><vCard xmlns="vcard-temp"/></iq>`, 'item-not-found')
      for (const to of [juliet.jid, `nobody@${server.domain}`]) {
        const answer = await romeo.asks`<iq type="get" to="${to}"><vCard xmlns="vcard-temp"/></iq>`
        refused(answer, 'service-unavailable')
        assert.equal(answer.need('error').elements().length, 1)
      }
    }),
  )

  test(
    'a new card replaces the old one, and an empty one takes it away',
    dialogue(async ({ juliet, romeo }) => {
      await juliet.asks(`<iq type="set">${card}</iq>`)
      await juliet.asks`<iq type="set"><vCard xmlns="vcard-temp"><FN>Juliet Montague</FN></vCard></iq>`
      const seen = await romeo.asks`<iq type="get" to="${juliet.jid}"><vCard xmlns="vcard-temp"/></iq>`
      assert.equal(String(seen.need('vCard')), '<vCard xmlns="vcard-temp"><FN>Juliet Montague</FN></vCard>')
      assert.equal((await juliet.asks`<iq type="set"><vCard xmlns="vcard-temp"/></iq>`).attr('type'), 'result')
      refused(await juliet.asks`<iq type="get"><vCard xmlns="vcard-temp"/></iq>`, 'item-not-found')
    }),
  )

  test(
    'nobody writes another’s card, and nobody can find accounts by trying',
    dialogue(async ({ juliet, romeo, server }) => {
      await juliet.asks(`<iq type="set">${card}</iq>`)
      for (const to of [juliet.jid, `nobody@${server.domain}`]) {
        refused(
          await romeo.asks`<iq type="set" to="${to}"><vCard xmlns="vcard-temp"><FN>Mine</FN></vCard></iq>`,
          'service-unavailable',
        )
      }
      const own = await juliet.asks`<iq type="get"><vCard xmlns="vcard-temp"/></iq>`
      assert.equal(own.at('vCard', 'FN').text(), 'Juliet Capulet')
    }),
  )

  test(
    'XEP-0191#block: who is blocked sees nothing',
    dialogue(async ({ juliet, tybalt }) => {
      await juliet.asks(`<iq type="set">${card}</iq>`)
      await juliet.asks`<iq type="set"><block xmlns="urn:xmpp:blocking"><item jid="${tybalt.jid}"/></block></iq>`
      refused(
        await tybalt.asks`<iq type="get" to="${juliet.jid}"><vCard xmlns="vcard-temp"/></iq>`,
        'service-unavailable',
      )
    }),
  )
})

test(
  'limits.document_bytes bounds a card, and one that is too large leaves the old one in place',
  dialogue({ settings: { limits: { document_bytes: 2048 } } }, async ({ juliet }) => {
    await juliet.asks`<iq type="set"><vCard xmlns="vcard-temp"><FN>Juliet</FN></vCard></iq>`
    refused(await juliet.asks(`<iq type="set">${card}</iq>`), 'policy-violation')
    const own = await juliet.asks`<iq type="get"><vCard xmlns="vcard-temp"/></iq>`
    assert.equal(own.at('vCard', 'FN').text(), 'Juliet')
  }),
)
