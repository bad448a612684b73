import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshTotpSecret, matchingStep, totpCode, totpStep, totpUri } from './totp.ts'

/** "12345678901234567890" in base 32: the secret of the RFC's examples. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

test('RFC 6238 appendix B, the last six digits', () => {
  for (const [seconds, code] of [
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ] as const) {
    assert.equal(totpCode(secret, totpStep(seconds * 1000)), code)
  }
})

test('RFC 6238 §5.2: a step of delay either way, and each code once', () => {
  const now = 1_234_567_890_000
  const step = totpStep(now)
  for (const [offset, is] of [
    [-2, undefined],
    [-1, step - 1],
    [0, step],
    [1, step + 1],
    [2, undefined],
  ] as const) {
    assert.equal(matchingStep(secret, totpCode(secret, step + offset), now, -1), is)
  }
  assert.equal(matchingStep(secret, ' 005 924 ', now, -1), step)
  assert.equal(matchingStep(secret, '005924', now, step), undefined)
  for (const typed of ['', '5924', '0059240', 'abcdef', '００５９２４']) {
    assert.equal(matchingStep(secret, typed, now, -1), undefined)
  }
})

test('secrets have 160 bits, and apps are told them in a way that nothing in a name can change', () => {
  assert.match(freshTotpSecret(), /^[A-Z2-7]{32}$/)
  assert.notEqual(freshTotpSecret(), freshTotpSecret())
  const uri = new URL(totpUri(secret, 'House & boat', 'a?secret=x&b@localhost'))
  assert.equal(uri.searchParams.get('secret'), secret)
  assert.equal(uri.searchParams.get('issuer'), 'House & boat')
})
