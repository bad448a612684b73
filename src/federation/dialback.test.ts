import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DialbackKeys } from './dialback.ts'

test('XEP-0185: the key of the example', () => {
  const keys = new DialbackKeys('s3cr3tf0rd14lb4ck')
  const key = '37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643'
  assert.equal(keys.key('xmpp.example.com', 'example.org', 'D60000229F'), key)
  assert.ok(keys.isRight('xmpp.example.com', 'example.org', 'D60000229F', `${key}\n`))
  assert.ok(!keys.isRight('xmpp.example.com', 'example.org', 'D60000229E', key))
  assert.ok(!keys.isRight('xmpp.example.com', 'example.org', 'D60000229F', ''))
})
