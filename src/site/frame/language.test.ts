import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayInWords, preferred } from './language.ts'

test('RFC 9110 §12.5.4: the language that is liked best, of those there are', () => {
  for (const [header, language] of [
    [undefined, 'en'],
    ['', 'en'],
    ['fr', 'en'],
    ['de', 'de'],
    ['de-AT,fr;q=0.5', 'de'],
    ['en;q=0.5, de;q=0.7', 'de'],
    ['en-GB,de', 'en'],
    ['de;q=0,en;q=0.1', 'en'],
    ['fr,de;q=0.8,en;q=0.3', 'de'],
    ['deutsch', 'en'],
    ['de;q=oops', 'en'],
  ] as const)
    assert.equal(preferred(header), language, String(header))
})

test('days are told in words', () => {
  assert.equal(dayInWords('2027-03-04', 'en'), '4 March 2027')
  assert.equal(dayInWords('2027-03-04', 'de'), '4. März 2027')
})
