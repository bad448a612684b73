import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialogue } from '../../tests/kit/cast.ts'

test(
  'XEP-0202: the time of the server, in UTC and to the second',
  dialogue(async ({ juliet, server }) => {
    const before = Math.floor(Date.now() / 1000) * 1000
    const answer = await juliet.asks`<iq type="get" to="${server.domain}"><time xmlns="urn:xmpp:time"/></iq>`
    const time = answer.need('time', 'urn:xmpp:time')
    assert.equal(time.need('tzo').text(), '+00:00')
    const utc = time.need('utc').text()
    assert.match(utc, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.ok(Date.parse(utc) >= before && Date.parse(utc) <= Date.now())
  }),
)
