import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mailAddressKey, parseMailAddress } from './mail-address.ts'

test('ordinary addresses, also of international domains', () => {
  assert.equal(parseMailAddress(' Romeo.M+chat@Verona.Example '), 'Romeo.M+chat@verona.example')
  assert.equal(parseMailAddress('romeo@löwe.example'), 'romeo@xn--lwe-sna.example')
  assert.equal(mailAddressKey(parseMailAddress('Romeo@Verona.example')!), 'romeo@verona.example')
})

test('nothing that a header or an envelope could take for something else', () => {
  for (const typed of [
    '',
    'romeo',
    '@verona.example',
    'romeo@',
    'romeo@verona.example\r\nBcc: all@verona.example',
    'romeo@verona.example\nSubject: x',
    'romeo@verona.example, juliet@verona.example',
    'Romeo <romeo@verona.example>',
    '"romeo"@verona.example',
    'romeo..m@verona.example',
    'romeo@verona..example',
    'romeo@-verona.example',
    'romeo@verona.example>',
    'ro meo@verona.example',
    'romeo\u0000@verona.example',
    `${'a'.repeat(65)}@verona.example`,
    `a@${'b.'.repeat(130)}example`,
  ])
    assert.equal(parseMailAddress(typed), undefined, JSON.stringify(typed))
})

test('whatever is let in is one word of printable ASCII', () => {
  const pieces = fc.constantFrom('a', 'B', '.', '@', '\r', '\n', '<', '>', ',', ';', ' ', '"', 'ä', '\0', '-', '%')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces, { maxLength: 30 }).map(all => all.join('')),
      ),
      typed => {
        const address = parseMailAddress(typed)
        assert.ok(address === undefined || /^[!-~]+@[a-z0-9.-]+$/.test(address))
        assert.ok(address === undefined || !/[<>,;:"\\()[\]]/.test(address))
      },
    ),
  )
})
