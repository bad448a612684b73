import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseElement, StreamParser, XmlError, type XmlLimits } from './parser.ts'
import { write } from './write.ts'

const limits: XmlLimits = { stanzaBytes: 1000, depth: 5, attributes: 4, nameLength: 20 }
const header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

interface Outcome {
  events: string[]
  condition?: string
  /** How many bytes had been given when the fault was thrown. */
  at?: number
}

function feed(bytes: Buffer, size: number): Outcome {
  const outcome: Outcome = { events: [] }
  const parser = new StreamParser(
    {
      open: () => void outcome.events.push('open'),
      element: el => void outcome.events.push(write(el.with({}))),
      close: () => void outcome.events.push('close'),
    },
    limits,
  )
  for (let at = 0; at < bytes.length; at += size) {
    try {
      parser.push(bytes.subarray(at, at + size))
    } catch (error) {
      assert.ok(error instanceof XmlError, String(error))
      outcome.condition = error.condition
      outcome.at = Math.min(bytes.length, at + size)
      const before = outcome.events.length
      parser.push(Buffer.from('<message/>'))
      assert.equal(outcome.events.length, before, 'nothing is read after a fault')
      return outcome
    }
  }
  return outcome
}

/** What is sent, up to ‸ where it must be refused, the rest of it, and with what condition. */
type Refusal = readonly [what: string, input: string | Buffer, condition: string, rest?: string]

function bytes(before: string, ...wrong: number[]): Buffer {
  return Buffer.concat([Buffer.from(before), Buffer.from(wrong)])
}

const insideStream: readonly Refusal[] = [
  ['a document type declaration between stanzas', '<!', 'restricted-xml', 'DOCTYPE a>'],
  ['a document type declaration in a stanza', '<a><!D', 'restricted-xml', 'OCTYPE a>'],
  ['an entity declaration', '<a><!E', 'restricted-xml', "NTITY x 'y'>"],
  ['a comment in a stanza', '<a><!-', 'restricted-xml', '- x --></a>'],
  ['a comment between stanzas', '<!', 'restricted-xml', '-- x -->'],
  ['a CDATA section between stanzas', '<!', 'restricted-xml', '[CDATA[ ]]>'],
  ['a broken CDATA section', '<a><![CDAT ', 'not-well-formed', 'A[]]></a>'],
  ['a conditional section', '<a><![I', 'not-well-formed', 'NCLUDE['],
  ['a processing instruction in a stanza', '<a><?', 'restricted-xml', 'x y?></a>'],
  ['a processing instruction between stanzas', '<?', 'restricted-xml', 'x y?>'],
  ['a second XML declaration', '<?', 'restricted-xml', "xml version='1.0'?>"],
  ['an entity of one’s own', '<a>&n', 'restricted-xml', 'bsp;</a>'],
  ['an entity that begins like a known one', '<a>&am;', 'restricted-xml', '</a>'],
  ['an entity that goes on after a known one', '<a>&amps', 'restricted-xml', ';</a>'],
  ['an entity in an attribute', "<a b='&x", 'restricted-xml', ";'/>"],
  ['a lone ampersand', '<a>& ', 'not-well-formed', 'b</a>'],
  ['an empty reference', '<a>&;', 'not-well-formed', '</a>'],
  ['an unfinished reference', '<a>&lt ', 'not-well-formed', '</a>'],
  ['an ampersand before a digit', '<a>&1', 'not-well-formed', ';</a>'],
  ['a reference to U+0000', '<a>&#0;', 'not-well-formed', '</a>'],
  ['a reference to a control character', '<a>&#x1F;', 'not-well-formed', '</a>'],
  ['a reference to a surrogate', '<a>&#xD800;', 'not-well-formed', '</a>'],
  ['a reference to U+FFFE', '<a>&#xfffe;', 'not-well-formed', '</a>'],
  ['a reference beyond Unicode', '<a>&#x110000', 'not-well-formed', ';</a>'],
  ['a reference beyond Unicode, decimal', '<a>&#1114112', 'not-well-formed', ';</a>'],
  ['a reference without digits', '<a>&#;', 'not-well-formed', '</a>'],
  ['a hexadecimal reference without digits', '<a>&#x;', 'not-well-formed', '</a>'],
  ['a reference with a capital X', '<a>&#X', 'not-well-formed', '41;</a>'],
  ['a reference with a wrong digit', '<a>&#4f', 'not-well-formed', ';</a>'],
  ['an undeclared prefix of an element', '<x:a>', 'not-well-formed', '</x:a>'],
  ['an undeclared prefix of an empty element', '<x:a/', 'not-well-formed', '>'],
  ['an undeclared prefix of an attribute', "<a x:b='1'>", 'not-well-formed', '</a>'],
  ['a prefix after its element', "<a><b xmlns:x='y'/><x:c/", 'not-well-formed', '></a>'],
  ['an attribute twice', "<a b='1' b=", 'not-well-formed', "'2'/>"],
  ['an attribute twice, in two ways', "<a xmlns:x='u' xmlns:y='u' x:b='' y:b=''>", 'not-well-formed', '</a>'],
  ['a default namespace twice', "<a xmlns='1' xmlns=", 'not-well-formed', "'2'/>"],
  ['a prefix declared twice', "<a xmlns:p='1' xmlns:p=", 'not-well-formed', "'2'/>"],
  ['a control character in text', '<a>\u0001', 'not-well-formed', '</a>'],
  ['a form feed', '<a>\f', 'not-well-formed', '</a>'],
  ['U+0000 in text', '<a>\u0000', 'not-well-formed', '</a>'],
  ['U+FFFE in text', '<a>\ufffe', 'not-well-formed', '</a>'],
  ['U+FFFF in an attribute', "<a b='\uffff", 'not-well-formed', "'/>"],
  ['a control character in an attribute', "<a b='\u001f", 'not-well-formed', "'/>"],
  ['a control character in CDATA', '<a><![CDATA[\u0008', 'not-well-formed', ']]></a>'],
  ['U+FFFE in CDATA', '<a><![CDATA[\ufffe', 'not-well-formed', ']]></a>'],
  ['< in an attribute', "<a b='<", 'not-well-formed', "'/>"],
  ['an attribute without quotes', '<a b=c', 'not-well-formed', '/>'],
  ['an attribute without a value', '<a b>', 'not-well-formed', '</a>'],
  ['an attribute without a value before another', '<a b c', 'not-well-formed', "='1'/>"],
  ['attributes without white space between', "<a b='1'c", 'not-well-formed', "='2'/>"],
  ['a quote in the wrong place', "<a '", 'not-well-formed', '/>'],
  ['the end of a CDATA section in text', '<a>]]>', 'not-well-formed', '</a>'],
  ['the end of a CDATA section in text, one bracket more', '<a>]]]>', 'not-well-formed', '</a>'],
  ['a wrong end tag', '<a><b></a', 'not-well-formed', '></b>'],
  ['an end tag that is too short', '<ab></a>', 'not-well-formed'],
  ['an end tag that is too long', '<a></ab', 'not-well-formed', '>'],
  ['an end tag with an attribute', '<a></a b', 'not-well-formed', "='1'>"],
  ['an end tag with another prefix', "<a xmlns:x='u' xmlns:y='u'><x:b></y", 'not-well-formed', ':b></a>'],
  ['an end tag with white space first', '<a></ ', 'not-well-formed', 'a>'],
  ['an end tag without a name', '<a></>', 'not-well-formed'],
  ['white space after <', '< ', 'not-well-formed', 'a/>'],
  ['a digit after <', '<1', 'not-well-formed', '/>'],
  ['a lone <', '<a> <<', 'not-well-formed', '/a>'],
  ['a > too many', '<a>><b//', 'not-well-formed'],
  ['a / in the middle of a tag', '<a/ ', 'not-well-formed', '>'],
  ['a = without a name', '<a =', 'not-well-formed', "'b'/>"],
  ['an undeclaration of a prefix', "<a xmlns:p=''", 'not-well-formed', '/>'],
  ['a namespace of white space', "<a xmlns:p=' '", 'not-well-formed', '/>'],
  ['a namespace with white space around it', "<a xmlns='u&#9;'", 'not-well-formed', '/>'],
  ['another namespace for xml', "<a xmlns:xml='u'", 'not-well-formed', '/>'],
  ['another prefix for the xml namespace', "<a xmlns:x='http://www.w3.org/XML/1998/namespace'", 'not-well-formed'],
  ['the xml namespace as default', "<a xmlns='http://www.w3.org/XML/1998/namespace'", 'not-well-formed', '/>'],
  ['a declaration of xmlns', '<a xmlns:xmlns=', 'not-well-formed', "'u'/>"],
  ['a prefix for the xmlns namespace', "<a xmlns:x='http://www.w3.org/2000/xmlns/'", 'not-well-formed', '/>'],
  ['the prefix xmlns on an element', '<xmlns:a>', 'not-well-formed', '</xmlns:a>'],
  ['a name with a colon first', '<:', 'not-well-formed', 'a/>'],
  ['a name with a colon last', '<stream:>', 'not-well-formed'],
  ['a name with two colons', '<stream:a:', 'not-well-formed', 'b/>'],
  ['a name with a digit after the colon', '<stream:1', 'not-well-formed', '/>'],
  ['a name with ×', '<a×', 'not-well-formed', '/>'],
  ['a name that starts with ·', '<·', 'not-well-formed', '/>'],
  ['a name beyond U+EFFFF', '<a\u{f0000}', 'not-well-formed', '/>'],
  ['an attribute name with $', '<a b$', 'not-well-formed', "='1'/>"],
  ['text between stanzas', '<a/>b', 'bad-format', '<c/>'],
  ['a reference between stanzas', '<a/>&', 'bad-format', '#32;'],
  ['a byte order mark between stanzas', '\ufeff', 'bad-format', '<a/>'],
  ['a no-break space between stanzas', ' \u00a0', 'bad-format', '<a/>'],
  ['the end of another stream', '</stream:s ', 'not-well-formed'],
  ['0xC0', bytes('<a>', 0xc0), 'unsupported-encoding', '\u0000'],
  ['an overlong form of two bytes', bytes('<a>', 0xc1), 'unsupported-encoding'],
  ['an overlong form of three bytes', bytes('<a>', 0xe0, 0x9f), 'unsupported-encoding', 'x'],
  ['an overlong form of four bytes', bytes('<a>', 0xf0, 0x8f), 'unsupported-encoding', 'x'],
  ['a surrogate', bytes("<a b='", 0xed, 0xa0), 'unsupported-encoding', 'x'],
  ['bytes beyond U+10FFFF', bytes('<a>', 0xf4, 0x90), 'unsupported-encoding', 'x'],
  ['0xF5', bytes('<a>', 0xf5), 'unsupported-encoding'],
  ['0xFF', bytes('<a>é', 0xff), 'unsupported-encoding'],
  ['a lone continuation', bytes('<a>', 0x80), 'unsupported-encoding'],
  ['an unfinished character', bytes('<a>', 0xe2, 0x82, 0x3c), 'unsupported-encoding', '/a>'],
  ['Latin-1', bytes('<a>caf', 0xe9, 0x3c), 'unsupported-encoding', '/a>'],
  ['too deep', '<a><a><a><a><a><a', 'policy-violation', '></a></a></a></a></a></a>'],
  ['too many attributes', "<a b='' c='' xmlns:x='u' e='' f", 'policy-violation', "=''/>"],
  ['too long a name', '<aaaaaaaaaabbbbbbbbbbc', 'policy-violation', 'ccccc/>'],
  ['too long an attribute name', '<a aaaaaaaaaabbbbbbbbbbc', 'policy-violation', "='1'/>"],
  ['too long a stanza', `<a>${'x'.repeat(998)}`, 'policy-violation', '</a>'],
  ['too long a stanza of wide characters', bytes(`<a>${'€'.repeat(332)}`, 0xe2, 0x82), 'policy-violation', 'x'],
  ['too long a stanza by half a pair', bytes(`<a>x${'€'.repeat(331)}`, 0xf0, 0x9f, 0x98, 0x80), 'policy-violation'],
  ['too long a stanza of white space', `<a${' '.repeat(999)}`, 'policy-violation', '/>'],
  ['too long an attribute', `<a b='${'é'.repeat(497)}x`, 'policy-violation', "'/>"],
  ['an endless reference', `<a>&#${'0'.repeat(996)}`, 'policy-violation', '65;</a>'],
  ['an endless end tag', `<a></a${' '.repeat(995)}`, 'policy-violation', '>'],
  ['an endless end of the stream', `</stream:stream${' '.repeat(986)}`, 'policy-violation', '>'],
]

const beforeStream: readonly Refusal[] = [
  ['text', 'x', 'not-well-formed', '<a>'],
  ['HTTP', 'G', 'not-well-formed', 'ET / HTTP/1.1\r\n'],
  ['TLS', bytes('', 0x16), 'not-well-formed', '\u0003\u0001'],
  ['a comment', '<!', 'restricted-xml', '-- x --><a>'],
  ['a document type declaration', '<!', 'restricted-xml', 'DOCTYPE a><a>'],
  ['an end tag', '</', 'not-well-formed', 'a>'],
  ['a processing instruction', '<?y', 'restricted-xml', '?><a>'],
  ['a style sheet', '<?xml-', 'restricted-xml', 'stylesheet?><a>'],
  ['a processing instruction without a target', '<? ', 'not-well-formed', '?><a>'],
  ['a declaration after white space', ' <?', 'restricted-xml', "xml version='1.0'?><a>"],
  ['two byte order marks', '\ufeff\ufeff', 'not-well-formed', '<a>'],
  ['two declarations', "<?xml version='1.0'?><?", 'restricted-xml', "xml version='1.0'?><a>"],
  ['a declaration without a version', '<?xml e', 'not-well-formed', "ncoding='utf-8'?><a>"],
  ['an empty declaration', '<?xml ?', 'not-well-formed', '><a>'],
  ['a declaration of XML 1.1', "<?xml version='1.1", 'not-well-formed', "'?><a>"],
  ['a declaration with a short version', "<?xml version='1'", 'not-well-formed', '?><a>'],
  ['another encoding', "<?xml version='1.0' encoding='i", 'unsupported-encoding', "so-8859-1'?><a>"],
  ['another encoding that begins alike', "<?xml version='1.0' encoding='utf-1", 'unsupported-encoding', "6'?><a>"],
  ['another encoding that goes on', "<?xml version='1.0' encoding='utf-8x", 'unsupported-encoding', "'?><a>"],
  ['no encoding', "<?xml version='1.0' encoding=''", 'not-well-formed', '?><a>'],
  ['standalone neither yes nor no', "<?xml version='1.0' standalone='Y", 'not-well-formed', "es'?><a>"],
  ['parts in the wrong order', "<?xml version='1.0' standalone='yes' e", 'not-well-formed', "ncoding='utf-8'?>"],
  ['parts without white space between', "<?xml version='1.0'e", 'not-well-formed', "ncoding='utf-8'?>"],
  ['a part twice', "<?xml version='1.0' v", 'not-well-formed', "ersion='1.0'?>"],
  ['an unfinished declaration', "<?xml version='1.0'? ", 'not-well-formed', '><a>'],
  ['an undeclared prefix', "<stream:stream xmlns='jabber:client'>", 'not-well-formed'],
  ['endless white space', ' '.repeat(1001), 'policy-violation', '<a>'],
  ['an endless declaration', `<?xml${' '.repeat(996)}`, 'policy-violation', "version='1.0'?><a>"],
  ['an endless header', `<a b='${'x'.repeat(995)}`, 'policy-violation', "'>"],
  ['bytes that are not UTF-8', bytes('', 0xff), 'unsupported-encoding', '<a>'],
]

function refuses(before: string, [what, input, condition, rest]: Refusal): void {
  it(what, () => {
    const start = Buffer.concat([Buffer.from(before), Buffer.from(input)])
    const whole = Buffer.concat([start, Buffer.from(rest ?? '')])
    const slowly = feed(whole, 1)
    assert.equal(slowly.condition, condition)
    assert.equal(slowly.at, start.length, 'refused at the very byte')
    for (const size of [2, 3, 7, whole.length]) {
      const { events, condition: same } = feed(whole, size)
      assert.deepEqual({ events, condition: same }, { events: slowly.events, condition })
    }
    assert.equal(feed(start.subarray(0, -1), start.length).condition, undefined, 'not a byte earlier')
  })
}

describe('XML refused inside a stream', () => {
  for (const refusal of insideStream) refuses(`${header}<ok/> `, refusal)
})

describe('XML refused before a stream', () => {
  for (const refusal of beforeStream) refuses('', refusal)
})

describe('a single element', () => {
  for (const text of [
    '',
    '<a>',
    '<a/><b/>',
    '<a/>x',
    'x<a/>',
    '</>',
    '</a>',
    '<a/></stream:stream>',
    "<?xml version='1.0'?><a/>",
  ]) {
    it(`is not ${text}`, () => {
      assert.throws(() => parseElement(text), XmlError)
    })
  }

  it('is not text with half a surrogate pair, nor bytes that are not UTF-8', () => {
    assert.throws(() => parseElement('<a>\ud800</a>'), { condition: 'unsupported-encoding' })
    assert.throws(() => parseElement(bytes('<a>', 0xe2, 0x82)), { condition: 'unsupported-encoding' })
  })

  it('is held to the limits it is given', () => {
    assert.throws(() => parseElement('<a>€€</a>', { stanzaBytes: 12 }), { condition: 'policy-violation' })
    assert.throws(() => parseElement('<a><b/></a>', { depth: 1 }), { condition: 'policy-violation' })
    assert.equal(parseElement('<a>€€</a>', { stanzaBytes: 13 }).text(), '€€')
  })
})
