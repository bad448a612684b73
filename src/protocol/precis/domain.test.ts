import assert from 'node:assert/strict'
import { test } from 'node:test'
import { domainToASCII } from 'node:url'
import fc from 'fast-check'
import { asciiDomain, prepareDomain } from './domain.ts'
import { decodePunycode, encodePunycode } from './punycode.ts'

const samples: [written: string, canonical: string | undefined, why: string][] = [
  ['example.org', 'example.org', 'as it stands'],
  ['Example.ORG.', 'example.org', 'RFC 7622 §3.2: lower case, final dot removed'],
  ['localhost', 'localhost', 'one label'],
  ['a-b.c-1.example-2', 'a-b.c-1.example-2', 'hyphens inside'],
  ['1.example', '1.example', 'a label may be a number (RFC 1123 §2.1)'],
  ['bücher.example', 'bücher.example', 'a U-label'],
  ['BÜCHER.example', 'bücher.example', 'RFC 5895 §2: lower case'],
  ['bu\u0308cher.example', 'bücher.example', 'RFC 5895 §2: NFC'],
  ['xn--bcher-kva.example', 'bücher.example', 'RFC 7622 §3.2.1: an A-label becomes a U-label'],
  ['XN--BCHER-KVA.example', 'bücher.example', 'whatever its case'],
  ['straße.example', 'straße.example', 'RFC 5892 §2.6: ß is a letter of its own'],
  ['ΣΑΣ.example', 'σασ.example', 'no final sigma, as resolvers map it'],
  ['ｅｘａｍｐｌｅ．org', 'example.org', 'RFC 5895 §2: width'],
  ['例え。example', '例え.example', 'RFC 5895 §2: the ideographic full stop'],
  ['例え｡example', '例え.example', 'in its halfwidth form, too'],
  ['אב.example', 'אב.example', 'a Bidi domain name'],
  ['192.0.2.1', '192.0.2.1', 'an IPv4 address'],
  ['[2001:DB8:0:0::1]', '[2001:db8::1]', 'an IPv6 address, as RFC 5952 writes it'],
  ['[::ffff:192.0.2.1]', '[::ffff:c000:201]', 'an IPv6 address with an IPv4 address in it'],
  ['', undefined, 'nothing'],
  ['.', undefined, 'nothing but a dot'],
  ['.example', undefined, 'an empty label'],
  ['a..b', undefined, 'an empty label'],
  ['example..', undefined, 'only one final dot is removed'],
  ['ex_ample.com', undefined, 'RFC 7622 §3.2.1: letters, digits, hyphens'],
  ['exa mple.com', undefined, 'a space'],
  ['example.com:5222', undefined, 'a port'],
  ['-a.com', undefined, 'RFC 1123 §2.1: hyphen first'],
  ['a-.com', undefined, 'hyphen last'],
  ['ab--cd.com', undefined, 'RFC 5890 §2.3.1: reserved, and no A-label'],
  ['büc--her.com', 'büc--her.com', 'places three and four are free'],
  ['aü--b.com', undefined, 'RFC 5891 §4.2.3.1: hyphens in places three and four'],
  ['a𐍈--b.com', undefined, 'places are counted in characters'],
  ['Ꭾ.example', 'Ꭾ.example', 'Cherokee capitals are the letters that RFC 5892 allows'],
  ['☃.example', undefined, 'RFC 5892: symbols are disallowed'],
  ['xn--n3h.example', undefined, 'the same as an A-label'],
  ['xn--example.org', undefined, 'not Punycode'],
  ['xn--abc-.example', undefined, 'Punycode of pure ASCII'],
  ['xn--bcher-kva8445foa.example', undefined, 'decodes to symbols'],
  ['xn---4db.example', undefined, 'RFC 5891 §5.4: decodes to א, whose A-label is xn--4db'],
  ['xn--.example', undefined, 'nothing behind the prefix'],
  ['xn--Bcher-KVA.xn--zz', undefined, 'truncated Punycode'],
  ['\u0301a.example', undefined, 'RFC 5891 §4.2.3.2: begins with a mark'],
  ['a\u200db.example', undefined, 'RFC 5892 §A.2: joiner out of place'],
  ['a\u00adb.example', undefined, 'ignorable'],
  ['אa.example', undefined, 'RFC 5893 §2'],
  ['1.אב', undefined, 'RFC 5893 §1.4: every label of a Bidi domain name'],
  ['1.2.3', undefined, 'ends in a number'],
  ['1.2.3.256', undefined, 'ends in a number'],
  ['01.2.3.4', undefined, 'RFC 3986 §3.2.2: no leading zeros'],
  ['[fe80::1%25eth0]', undefined, 'RFC 9844: no zones'],
  ['[::1', undefined, 'no end'],
  ['[::1]x', undefined, 'something behind'],
  ['[v1.x]', undefined, 'an address of the future'],
  ['[1.2.3.4]', undefined, 'brackets are for IPv6'],
]

for (const [written, canonical, why] of samples)
  test(`RFC 7622 §3.2: ${JSON.stringify(written)} is ${canonical ?? 'refused'}: ${why}`, () => {
    assert.equal(prepareDomain(written), canonical)
    if (canonical !== undefined) assert.equal(prepareDomain(canonical), canonical)
  })

test('RFC 1034 §3.1: labels of 63 octets, names of 253, counted as DNS will see them', () => {
  const label = 'a'.repeat(63)
  assert.ok(prepareDomain(`${label}.example`))
  assert.equal(prepareDomain(`${label}a.example`), undefined)
  const longest = `${label}.${label}.${label}.${'a'.repeat(61)}`
  assert.equal(prepareDomain(longest)?.length, 253)
  assert.equal(prepareDomain(`${longest}.`), longest)
  assert.equal(prepareDomain(`${longest}a`), undefined)
  const umlauts = 'ü'.repeat(56)
  assert.equal(asciiDomain(prepareDomain(umlauts) ?? ''), domainToASCII(umlauts))
  assert.equal(prepareDomain('ü'.repeat(63)), undefined)
  assert.equal(prepareDomain('a.'.repeat(100_000)), undefined)
})

test('RFC 3492 §7.1: sample strings', () => {
  const strings: [string, string][] = [
    ['ليهمابتكلموشعربي؟', 'egbpdaj6bu4bxfgehfvwxn'],
    ['他们为什么不说中文', 'ihqwcrb4cv8a8dqg056pqjye'],
    ['למההםפשוטלאמדבריםעברית', '4dbcagdahymbxekheh6e0a7fei0b'],
    ['почемужеонинеговорятпорусски', 'b1abfaaepdrnnbgefbadotcwatmq2g4l'],
    ['3年B組金八先生', '3B-ww4c5e180e575a65lsy2b'],
    ['MajiでKoiする5秒前', 'MajiKoi5-783gue6qz075azm5e'],
    ['そのスピードで', 'd9juau41awczczp'],
    ['-> $1.00 <-', '-> $1.00 <--'],
  ]
  for (const [label, encoded] of strings) {
    assert.equal(encodePunycode(label), encoded)
    if (!/[A-Z]/.test(encoded) && encoded !== '-> $1.00 <--') assert.equal(decodePunycode(encoded), label)
  }
})

test('Punycode: decoding is the inverse of encoding, and nothing throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), label => {
      const scalars = label.toWellFormed()
      assert.equal(decodePunycode(encodePunycode(scalars)), scalars)
    }),
    { numRuns: 500 },
  )
  fc.assert(fc.property(fc.stringMatching(/^[a-z0-9-]{0,63}$/), text => void decodePunycode(text)))
})

test('a prepared domain stays itself, also by way of its A-labels; DNS agrees about them', () => {
  const label = fc.string({ unit: fc.constantFrom(...'aZ1-éüßσΣبא١カ例각\u0301\u200c'), minLength: 1, maxLength: 6 })
  const name = fc.oneof(
    fc.array(label, { minLength: 1, maxLength: 3 }).map(labels => labels.join('.')),
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^xn--[a-z0-9-]{1,12}$/),
  )
  fc.assert(
    fc.property(name, text => {
      const domain = prepareDomain(text)
      if (domain === undefined || domain.startsWith('[')) return
      assert.equal(prepareDomain(domain), domain)
      const ascii = asciiDomain(domain)
      assert.match(ascii, /^[a-z0-9.-]{1,253}$/)
      assert.equal(prepareDomain(ascii), domain)
      assert.equal(domainToASCII(domain), ascii)
    }),
    { numRuns: 3000 },
  )
})
