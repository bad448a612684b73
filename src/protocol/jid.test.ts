import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import {
  bareJid,
  bareOf,
  domainOf,
  fullJid,
  isBare,
  isDomain,
  isFull,
  localpartOf,
  parseBareJid,
  parseJid,
  prepareDomain,
  prepareLocalpart,
  prepareResource,
  resourceOf,
} from './jid.ts'

test('RFC 7622 §3.5: the sample of valid addresses', () => {
  const valid: [string, string | undefined, string, string | undefined][] = [
    ['juliet@example.com', 'juliet', 'example.com', undefined],
    ['juliet@example.com/foo', 'juliet', 'example.com', 'foo'],
    ['juliet@example.com/foo bar', 'juliet', 'example.com', 'foo bar'],
    ['juliet@example.com/foo@bar', 'juliet', 'example.com', 'foo@bar'],
    ['foo\\20bar@example.com', 'foo\\20bar', 'example.com', undefined],
    ['fussball@example.com', 'fussball', 'example.com', undefined],
    ['fu\u00dfball@example.com', 'fußball', 'example.com', undefined],
    ['\u03c0@example.com', 'π', 'example.com', undefined],
    ['\u03a3@example.com/foo', 'σ', 'example.com', 'foo'],
    ['\u03c3@example.com/foo', 'σ', 'example.com', 'foo'],
    ['\u03c2@example.com/foo', 'ς', 'example.com', 'foo'],
    ['king@example.com/\u265a', 'king', 'example.com', '♚'],
    ['example.com', undefined, 'example.com', undefined],
    ['example.com/foobar', undefined, 'example.com', 'foobar'],
    ['a.example.com/b@example.net', undefined, 'a.example.com', 'b@example.net'],
    // Erratum 4560: a resource may begin with a space, although the other table says not.
    ['juliet@example.com/ foo', 'juliet', 'example.com', ' foo'],
  ]
  for (const [text, localpart, domain, resource] of valid) {
    const jid = parseJid(text)
    assert.ok(jid !== undefined, text)
    assert.deepEqual([localpartOf(jid), domainOf(jid), resourceOf(jid)], [localpart, domain, resource])
  }
})

test('RFC 7622 §3.5: the sample of strings that are no addresses', () => {
  const invalid = [
    '"juliet"@example.com',
    'foo bar@example.com',
    '@example.com/',
    'henry\u2163@example.com',
    '\u265a@example.com',
    'juliet@',
    '/foobar',
  ]
  for (const text of invalid) assert.equal(parseJid(text), undefined, text)
})

test('RFC 7622 §3.3.1: characters that a localpart never has, in any width', () => {
  for (const char of '"&\'/:<>@') {
    assert.equal(prepareLocalpart(`a${char}b`), undefined, char)
    const wide = String.fromCodePoint(char.codePointAt(0)! + 0xfee0)
    assert.equal(prepareLocalpart(`a${wide}b`), undefined, wide)
    assert.equal(parseJid(`a${wide}b@example.com`), undefined, wide)
  }
  assert.equal(prepareLocalpart('a!#$%()*+,-.;=?[\\]^_`{|}~'), 'a!#$%()*+,-.;=?[\\]^_`{|}~')
})

test('further strings that are no addresses', () => {
  const invalid = [
    '',
    '@',
    '/',
    'a@b@c',
    '@example.com',
    'juliet@/foo',
    'juliet@example.com/',
    'example.com/',
    'a@b c/d',
  ]
  const controls = ['a\0@example.com', 'a@example.com/\t', 'a@example.com/\x7f', 'a@example.com/\n', 'a@example.com\n']
  for (const text of [...invalid, ...controls]) assert.equal(parseJid(text), undefined, JSON.stringify(text))
})

test('RFC 7622 §3.1: 1023 octets for each part', () => {
  const long = 'a'.repeat(1023)
  for (const text of [`${long}@example.com`, `a@example.com/${long}`, `${long}@example.com/${long}`])
    assert.equal(parseJid(text), text)
  for (const text of [`${long}a@example.com`, `a@example.com/${long}a`]) assert.equal(parseJid(text), undefined)
  assert.equal(prepareLocalpart('é'.repeat(511))?.length, 511)
  assert.equal(prepareLocalpart('é'.repeat(512)), undefined)
  assert.equal(prepareResource('♚'.repeat(341))?.length, 341)
  assert.equal(prepareResource('♚'.repeat(342)), undefined)
  assert.equal(prepareResource('e\u0301'.repeat(511))?.length, 511, 'counted after NFC')
  assert.equal(parseJid(`a@${'b'.repeat(64)}.example`), undefined)
  assert.equal(parseJid(`a@${'b'.repeat(63)}.example`), `a@${'b'.repeat(63)}.example`)
})

test('canonical forms: however it is written, one address is one string', () => {
  const forms: [string, string][] = [
    ['JULIET@EXAMPLE.COM/Balcony', 'juliet@example.com/Balcony'],
    ['juliet@example.com./x', 'juliet@example.com/x'],
    ['juliet@xn--bcher-kva.example', 'juliet@bücher.example'],
    ['Ｊuliet@ｅxample.com/ｘ', 'juliet@example.com/ｘ'],
    ['juliet@[::0:1]/a', 'juliet@[::1]/a'],
    ['juliet@127.0.0.1', 'juliet@127.0.0.1'],
    ['a@example.com/x\u00a0y', 'a@example.com/x y'],
  ]
  for (const [written, canonical] of forms) assert.equal(parseJid(written), canonical)
})

test('parseBareJid takes accounts only', () => {
  assert.equal(parseBareJid('Juliet@example.com'), 'juliet@example.com')
  for (const text of ['example.com', 'juliet@example.com/x', 'example.com/a@b', ''])
    assert.equal(parseBareJid(text), undefined)
})

test('building from parts prepares them', () => {
  const juliet = bareJid('Juliet', 'EXAMPLE.com')
  assert.equal(juliet, 'juliet@example.com')
  assert.equal(fullJid(juliet!, 'a/b@c'), 'juliet@example.com/a/b@c')
  assert.equal(fullJid(juliet!, ''), undefined)
  assert.equal(bareJid('', 'example.com'), undefined)
  assert.equal(bareJid('a@b', 'example.com'), undefined)
  assert.equal(bareJid('a', 'b/c'), undefined)
})

const pieces = fc.constantFrom(
  ...[
    'a',
    'Z',
    '9',
    '.',
    '-',
    '@',
    '/',
    ' ',
    '"',
    'é',
    'e\u0301',
    'Σ',
    'ß',
    '＠',
    '／',
    '．',
    '。',
    'א',
    'ب',
    '١',
    '\u200c',
  ],
  ...[
    'example',
    'xn--',
    'xn--bcher-kva',
    '[::1]',
    '127.0.0.1',
    '😀',
    '\u00ad',
    '\ud83d',
    '\0',
    'カ',
    '각',
    '\u1100\u1161',
  ],
)
const addresses = fc.oneof(
  fc.string({ unit: pieces, maxLength: 12 }),
  fc.string({ unit: 'binary' }),
  fc.array(fc.nat(0xffff)).map(units => String.fromCharCode(...units)),
  fc
    .tuple(
      fc.string({ unit: pieces }),
      fc.constantFrom('example.com', 'bücher.example', '[::1]'),
      fc.string({ unit: 'binary' }),
    )
    .map(([localpart, domain, resource]) => `${localpart}@${domain}/${resource}`),
)

test('any string is an address or not, never an exception; a canonical address is its own canonical form', () => {
  let parsed = 0
  fc.assert(
    fc.property(addresses, text => {
      const jid = parseJid(text)
      if (jid === undefined) return
      parsed++
      assert.equal(parseJid(jid), jid)
      const [localpart, domain, resource] = [localpartOf(jid), domainOf(jid), resourceOf(jid)]
      for (const part of [localpart, domain, resource])
        if (part !== undefined) assert.ok(part !== '' && Buffer.byteLength(part) <= 1023 && part.isWellFormed())
      assert.equal(
        (localpart === undefined ? '' : `${localpart}@`) + domain + (resource === undefined ? '' : `/${resource}`),
        jid,
      )
      assert.deepEqual(
        [isFull(jid), isBare(jid), isDomain(jid)],
        [
          resource !== undefined,
          resource === undefined && localpart !== undefined,
          resource === undefined && localpart === undefined,
        ],
      )
      assert.equal(bareOf(jid), localpart === undefined ? domain : `${localpart}@${domain}`)
      assert.equal(prepareDomain(domain), domain)
      if (localpart !== undefined) assert.equal(bareJid(localpart, domain), bareOf(jid))
    }),
    { numRuns: 5000 },
  )
  assert.ok(parsed > 100, 'the generator must hit addresses, too')
})

test('the short way for plain ASCII says what the long way says', () => {
  const ascii = fc.string({ unit: fc.constantFrom(...'ab19.-@/_ "&', 'xn--', 'a.b', '.1'), maxLength: 14 })
  fc.assert(
    fc.property(ascii, text => {
      const slash = text.indexOf('/')
      const rest = slash < 0 ? text : text.slice(0, slash)
      const at = rest.indexOf('@')
      // A fullwidth letter takes the domain off the short way, and is the same letter once prepared.
      const domain = prepareDomain(rest.slice(at + 1).replace(/a/, 'ａ'))
      const localpart = at < 0 ? undefined : prepareLocalpart(rest.slice(0, at).replace(/a/, 'ａ'))
      const resource = slash < 0 ? undefined : prepareResource(text.slice(slash + 1))
      const refused = domain === undefined || (at >= 0 && !localpart) || (slash >= 0 && !resource)
      const expected = (at < 0 ? '' : `${localpart}@`) + domain + (slash < 0 ? '' : `/${resource}`)
      assert.equal(parseJid(text), refused ? undefined : expected)
    }),
    { numRuns: 5000 },
  )
})

test('an address keeps no larger string alive', () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const address = 'juliet@capulet.example/balcony'
  gc()
  const before = process.memoryUsage().heapUsed + process.memoryUsage().external
  const kept: string[] = []
  for (let i = 0; i < 500; i++) {
    const read = Buffer.from(`${address}${'x'.repeat(65_536)}${i}`).toString('latin1')
    kept.push(parseJid(read.slice(0, address.length))!)
  }
  gc()
  const grown = process.memoryUsage().heapUsed + process.memoryUsage().external - before
  assert.ok(grown < 8 << 20, `${kept.length} addresses keep ${grown} bytes`)
})
