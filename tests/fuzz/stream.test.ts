import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzStreams } from './stream.ts'

test('3,000 bent and damaged streams are answered or refused, and others are served', {
  timeout: 100_000,
}, async () => {
  const { refused, answers, greetings } = await fuzzStreams(3000, 1)
  // The inputs are neither all good nor all bad, and bad in many ways.
  assert.ok(answers > 500 && greetings > 5)
  for (const condition of ['not-well-formed', 'not-authorized', 'bad-format'])
    assert.ok((refused.get(condition) ?? 0) > 10, `hardly anything was refused with ${condition}`)
})
