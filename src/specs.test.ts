import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Feature, Implements } from './routing/feature.ts'
import { rfc, xep } from './routing/feature.ts'
import { everythingImplemented } from './specs.ts'

const feature = (name: string, ...claims: Implements[]): Feature => ({ name, implements: claims })
const claimed = (spec: string, ...features: Feature[]) =>
  everythingImplemented(features).find(each => each.spec === spec)

test('several who implement one specification are told as one', () => {
  const one = feature('one', xep(9999, '1.2', 'complete', 'this'))
  const other = feature('other', xep(9999, '1.2', 'partial', 'that'))
  assert.deepEqual(claimed('XEP-9999', one, other), {
    spec: 'XEP-9999',
    version: '1.2',
    status: 'partial',
    note: 'this; that',
    by: ['one', 'other'],
  })
  assert.equal(claimed('XEP-9999', one)?.status, 'complete')
})

test('they agree on the version', () => {
  const one = feature('one', xep(9999, '1.2', 'complete'))
  const other = feature('other', xep(9999, '1.3', 'complete'))
  assert.throws(() => everythingImplemented([one, other]), /XEP-9999: one and other implement different versions/)
})

test('RFCs come first, each kind in the order of its numbers', () => {
  const all = everythingImplemented([
    feature('f', xep(9999, '1', 'complete'), rfc(10_000, 'complete'), rfc(822, 'complete')),
  ])
  const specs = all.map(each => each.spec)
  assert.ok(specs.indexOf('RFC 822') < specs.indexOf('RFC 6120'))
  assert.ok(specs.indexOf('RFC 6120') < specs.indexOf('RFC 10000'))
  assert.ok(specs.indexOf('RFC 10000') < specs.indexOf('XEP-0004'))
  assert.equal(specs.at(-1), 'XEP-9999')
})
