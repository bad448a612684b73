import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dialogue } from '../../tests/kit/cast.ts'

describe('XEP-0199', () => {
  test(
    'the server answers, for itself and for the own account',
    dialogue(async ({ juliet, server }) => {
      for (const to of ['', ` to="${server.domain}"`, ` to="${juliet.jid}"`]) {
        const answer = await juliet.asks(`<iq type="get"${to}><ping xmlns="urn:xmpp:ping"/></iq>`)
        assert.equal(answer.attr('type'), 'result')
        assert.deepEqual(answer.children, [])
      }
    }),
  )

  test(
    'a device answers for itself',
    dialogue(async ({ romeo, juliet }) => {
      romeo.sends`<iq type="get" id="e2e1" to="${juliet.fullJid}"><ping xmlns="urn:xmpp:ping"/></iq>`
      await juliet.receives`<iq type="get" id="e2e1" from="${romeo.fullJid}"><ping xmlns="urn:xmpp:ping"/></iq>`
      juliet.sends`<iq type="result" id="e2e1" to="${romeo.fullJid}"/>`
      await romeo.receives`<iq type="result" id="e2e1" from="${juliet.fullJid}"/>`
    }),
  )

  test(
    'nobody finds out by it which accounts there are',
    dialogue(async ({ romeo, juliet, server }) => {
      for (const to of [
        juliet.jid,
        `nobody@${server.domain}`,
        `${juliet.jid}/elsewhere`,
        `nobody@${server.domain}/x`,
      ]) {
        const answer = await romeo.asks`<iq type="get" to="${to}"><ping xmlns="urn:xmpp:ping"/></iq>`
        assert.equal(answer.need('error').elements()[0]?.name, 'service-unavailable')
        assert.equal(answer.need('error').elements().length, 1)
      }
    }),
  )

  test(
    'a set is not a ping',
    dialogue(async ({ juliet, server }) => {
      const answer = await juliet.asks`<iq type="set" to="${server.domain}"><ping xmlns="urn:xmpp:ping"/></iq>`
      assert.ok(answer.need('error').child('service-unavailable'))
    }),
  )
})
