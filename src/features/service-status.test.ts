import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialogue } from '../../tests/kit/cast.ts'

const info = '<iq type="get" to="localhost"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>'

test(
  'XEP-0455#external-disco: the server tells where to look when it does not answer',
  dialogue({ settings: { contact: { status: ['https://status.verona.lit/sotto.json'] } } }, async ({ juliet }) => {
    const forms = (await juliet.asks(info))
      .need('query')
      .elements()
      .filter(each => each.name === 'x')
    const texts = forms.map(form => form.elements().map(field => field.child('value')?.text()))
    assert.ok(
      texts.some(([means, where]) => means === 'urn:xmpp:sos:0' && where === 'https://status.verona.lit/sotto.json'),
    )
  }),
)

test(
  'XEP-0455: where nothing is set, nothing is told',
  dialogue(async ({ juliet }) => {
    assert.doesNotMatch(String(await juliet.asks(info)), /urn:xmpp:sos:0/)
  }),
)
