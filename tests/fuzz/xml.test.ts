import assert from 'node:assert/strict'
import { it } from 'node:test'
import { fuzzXml } from './xml.ts'

it('20,000 damaged streams are read alike in any pieces, and never accepted wrongly', () => {
  const { accepted, stanzas, refused } = fuzzXml(20_000, 1)
  // The inputs are neither all good nor all bad, and bad in every way that the parser knows.
  assert.ok(accepted > 1000 && stanzas > 1000)
  assert.deepEqual([...refused.keys()].sort(), [
    'bad-format',
    'not-well-formed',
    'policy-violation',
    'restricted-xml',
    'unsupported-encoding',
  ])
})
