import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { preparePassword } from './password.ts'

const samples: [typed: string, prepared: string | undefined, why: string][] = [
  ['I\u00adX', 'IX', 'RFC 4013 §3: soft hyphen is mapped to nothing'],
  ['user', 'user', 'RFC 4013 §3: no transformation'],
  ['USER', 'USER', 'RFC 4013 §3: case stays'],
  ['\u00aa', 'a', 'RFC 4013 §3: NFKC'],
  ['\u2168', 'IX', 'RFC 4013 §3: NFKC'],
  ['\u0007', undefined, 'RFC 4013 §3: prohibited'],
  ['\u0627\u0031', '\u0627\u0031', 'RFC 4013 §3 refuses the mixture; OpaqueString takes it'],
  ['correct horse battery staple', 'correct horse battery staple', 'RFC 8265 §4.3'],
  ['πßå', 'πßå', 'RFC 8265 §4.3'],
  ['Jack of ♦s', 'Jack of ♦s', 'RFC 8265 §4.3'],
  ['foo\u1680bar', 'foo bar', 'RFC 8265 §4.3: a space is a space'],
  ['my cat is a \tby', undefined, 'RFC 8265 §4.3: control'],
  ['', undefined, 'RFC 8265 §4.3: empty'],
  ['\u00ad', undefined, 'nothing is left'],
  ['ｐａｓｓ\u3000ｗｏｒｄ', 'pass word', 'fullwidth, as SASLprep has it'],
  ['e\u0301', 'é', 'composed'],
  ['😀 horse', '😀 horse', 'emoji, later than Unicode 3.2'],
  ['❤\ufe0f', '❤', 'a heart of Unicode 1.1, its variation selector mapped to nothing'],
  ['👩\u200d💻', undefined, 'glued emoji: no two ways to prepare agree'],
  ['\ufa70\uff41', '並a', 'NFC makes known what SASLprep did not know'],
  ['\u1112\u1161\u11ab', '한', 'Hangul as macOS may type it'],
  ['סוד1', 'סוד1', 'a Hebrew word and a digit'],
  ['אª1', 'אª1', 'RFC 3454 §6 refuses what ª becomes beside Hebrew'],
  ['\ud800', undefined, 'half a surrogate pair'],
  ['\ue000', undefined, 'private use'],
  ['a'.repeat(1024), 'a'.repeat(1024), 'the longest'],
  ['a'.repeat(1025), undefined, 'too long'],
]

for (const [typed, prepared, why] of samples)
  test(`password ${JSON.stringify(typed.slice(0, 20))}: ${why}`, () => assert.equal(preparePassword(typed), prepared))

test('preparing twice is preparing once: PLAIN may hand over what the client prepared already', () => {
  const password = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(...'aAé\u0301ª\u00a0\u200b\u00adｐ\ufa70אب1١😀\ufe0f\u200d\u1100\u1161ﷺ') }),
  )
  fc.assert(
    fc.property(password, text => {
      const once = preparePassword(text)
      // Only the limit may come between: NFKC can lengthen.
      if (once !== undefined && once.length <= 1024) assert.equal(preparePassword(once), once)
    }),
    { numRuns: 3000 },
  )
})

test('how the password was typed does not matter: composed and decomposed are one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      assert.equal(preparePassword(text.normalize('NFD')), preparePassword(text.normalize('NFC')))
    }),
    { numRuns: 1000 },
  )
})
