import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FormTokens } from './form.ts'

test('a token of a form is good for its purpose, its holder and its time', () => {
  let now = 1_000_000
  const tokens = new FormTokens(() => now)
  const token = tokens.issue('sign-up', 'somebody')
  now += 5000
  assert.deepEqual(tokens.find(token, 'sign-up', 'somebody'), { good: true, age: 5000 })
  for (const [given, purpose, holder] of [
    [token, 'sign-in', 'somebody'],
    [token, 'sign-up', 'somebody else'],
    [`z${token}`, 'sign-up', 'somebody'],
    [token.slice(0, -1), 'sign-up', 'somebody'],
    ['', 'sign-up', 'somebody'],
    [`${'9'.repeat(500)}.${token.split('.')[1]}`, 'sign-up', 'somebody'],
  ] as const)
    assert.deepEqual(tokens.find(given, purpose, holder), { good: false }, given)
  assert.deepEqual(new FormTokens(() => now).find(token, 'sign-up', 'somebody'), { good: false })
  now += 12 * 3_600_000
  assert.deepEqual(tokens.find(token, 'sign-up', 'somebody'), { good: false })
})
