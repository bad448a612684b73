import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Child, Element, xml } from './element.ts'
import { parseElement, StreamParser } from './parser.ts'
import { escapeAttr, escapeText, openTag, write } from './write.ts'

const namespaces = [
  "}'/>",
  'jabber:client',
  'u',
  'it\'s <&>"\tx',
  '',
  'http://etherx.jabber.org/streams',
  'http://www.w3.org/XML/1998/namespace',
]
const name = fc.oneof(
  fc.constantFrom('a', 'b', 'message', '__proto__', 'constructor', 'é', 'a-b.c', '\u{10000}'),
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9._-]{0,8}$/).filter(text => text !== 'xmlns'),
)
const character = fc.oneof(
  fc.constantFrom(
    ...'&<>\'"\t\n\r ]x;#{}'.split(''),
    ']]>',
    '\u007f',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\ufffd',
    '\ufeff',
    '😀',
  ),
  fc.string({ unit: 'binary', maxLength: 3 }).map(text => text.replace(/[^\t\n\r -\ufffd]/g, '')),
)
const text = fc.array(character, { maxLength: 12 }).map(parts => parts.join('').toWellFormed())
const attributeName = fc.oneof(
  { weight: 3, arbitrary: name },
  fc.constantFrom('xml:lang', 'xml:space'),
  fc
    .tuple(fc.constantFrom('u', 'v', "it's <&>", '}', "} a='b'><c/>", 'http://etherx.jabber.org/streams'), name)
    .map(([ns, local]) => `{${ns}}${local}`),
)
const attrs = fc
  .uniqueArray(fc.tuple(attributeName, text), { selector: ([key]) => key, maxLength: 5 })
  .map(pairs => pairs.flat())

const { tree } = fc.letrec<{ tree: Element; child: Child }>(tie => ({
  child: fc.oneof({ depthSize: 'small', withCrossShrink: true }, text, tie('tree')),
  tree: fc
    .tuple(name, fc.constantFrom(...namespaces), attrs, fc.array(tie('child'), { maxLength: 4 }))
    .map(([local, ns, flat, children]) => new Element(local, ns, flat, joined(children))),
}))

/** As a parser would tell it: no empty text, no two texts side by side. */
function joined(children: readonly Child[]): Child[] {
  const out: Child[] = []
  for (const child of children) {
    const last = out.at(-1)
    if (typeof child === 'string' && typeof last === 'string') out[out.length - 1] = last + child
    else if (child !== '') out.push(child)
  }
  return out
}

/** A deep copy without source text, as plain data that compares by value. */
function plain(el: Element): unknown {
  return [el.name, el.ns, [...el.attrs], el.children.map(child => (typeof child === 'string' ? child : plain(child)))]
}

/** The same element, all of it built and nothing of it forwarded. */
function rebuilt(el: Element): Element {
  const children = el.children.map(child => (typeof child === 'string' ? child : rebuilt(child)))
  return new Element(el.name, el.ns, el.attrs, children)
}

/** What a peer reads when this stands in its stream. */
function received(written: string, ns: string, sizes: readonly number[]): Element {
  const stanzas: Element[] = []
  const parser = new StreamParser(
    { open() {}, element: el => void stanzas.push(el), close() {} },
    { stanzaBytes: 1e6, depth: 100, attributes: 100, nameLength: 100 },
  )
  const header = xml('h', { xmlns: ns })
  const start = openTag(header, '\0').replace('>', " xmlns:stream='http://etherx.jabber.org/streams'>")
  const bytes = Buffer.from(start + written)
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] as number
    parser.push(bytes.subarray(at, at + size))
    at += size
  }
  assert.equal(stanzas.length, 1)
  return stanzas[0] as Element
}

const chunks = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 })

describe('the serialiser', () => {
  it('writes what the parser reads back as the same', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom('jabber:client', 'u', ''), (el, scope) => {
        assert.deepEqual(plain(parseElement(write(el, scope), {}, scope)), plain(el))
        assert.deepEqual(plain(parseElement(write(el, scope, false), {}, scope)), plain(el))
      }),
      { numRuns: 1000 },
    )
  })

  it('writes the same again after reading', () => {
    fc.assert(
      fc.property(tree, el => {
        const once = write(el)
        assert.equal(write(rebuilt(parseElement(once))), once)
      }),
    )
  })

  it('forwards source text with the same meaning, wherever it is put', () => {
    fc.assert(
      fc.property(
        tree,
        fc.constantFrom('jabber:client', 'u'),
        fc.constantFrom('jabber:client', 'u'),
        chunks,
        (el, from, to, sizes) => {
          const parsed = received(write(el, from), from, sizes)
          assert.deepEqual(plain(parsed), plain(el))
          for (const changed of [
            parsed,
            parsed.with({ from: 'x' }),
            xml('wrap', { xmlns: 'w' }, parsed, 'text', parsed),
          ]) {
            assert.deepEqual(plain(received(write(changed, to), to, [1e6])), plain(rebuilt(changed)))
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('copies an unchanged child letter by letter only where it means the same', () => {
    const stanza = `<message xmlns:p='u'><body a = "1">x</body ><p:x/><y xmlns='v'  /><z><stream:s/></z>t<b/></message>`
    const parsed = received(stanza, 'jabber:client', [1000])
    assert.equal(write(received(stanza.replace('stream:', ''), 'jabber:client', [1000])), stanza.replace('stream:', ''))
    assert.equal(
      write(parsed.with({ to: 'x' })),
      `<message to='x'><body a = "1">x</body ><x xmlns='u'/><y xmlns='v'  /><z><stream:s/></z>t<b/></message>`,
    )
    assert.equal(
      write(parsed, 'jabber:server'),
      `<message xmlns='jabber:client'><body a = "1">x</body ><x xmlns='u'/><y xmlns='v'  /><z><stream:s/></z>t<b/></message>`,
    )
    assert.equal(
      write(xml('w', { xmlns: 'w' }, parsed.child('body') as Element), 'w'),
      `<w><body xmlns='jabber:client' a='1'>x</body></w>`,
    )
  })

  it('lets no namespace break out of its declaration', () => {
    const stanza = `<a xmlns:p="} b='1'/&gt;&lt;c/>" p:d='2'/>`
    const { attrs } = parseElement(stanza)
    assert.deepEqual(attrs, ["{} b='1'/><c/>}d", '2'])
    assert.equal(write(new Element('a', 'u', attrs), 'u'), "<a xmlns:a0='} b=&apos;1&apos;/&gt;&lt;c/&gt;' a0:d='2'/>")
  })

  it('declares as little as possible', () => {
    const streams = 'http://etherx.jabber.org/streams'
    const features = xml('features', { xmlns: streams }, xml('bind', { xmlns: 'b' }, xml('required')))
    assert.equal(write(features), "<stream:features><bind xmlns='b'><required/></bind></stream:features>")
    assert.equal(
      write(features, 'jabber:client', false),
      `<features xmlns='${streams}'><bind xmlns='b'><required/></bind></features>`,
    )
    assert.equal(
      write(xml('a', { xmlns: 'jabber:client', 'xml:lang': 'de', n: 1, b: true, x: undefined })),
      "<a xml:lang='de' n='1' b='true'/>",
    )
    assert.equal(
      write(xml('a', { '{u}b': '1', '{u}c': '2', '{v}b': '3' })),
      "<a xmlns:a0='u' a0:b='1' a0:c='2' xmlns:a1='v' a1:b='3'/>",
    )
    assert.equal(write(xml('a', { xmlns: '' })), "<a xmlns=''/>")
    assert.equal(openTag(xml('message', { to: "o'x", xmlns: 'jabber:client' }, 'text')), "<message to='o&apos;x'>")
  })

  it('escapes what must be and replaces what cannot be said in XML', () => {
    assert.equal(escapeText('a&<>\r\n\t\'"é😀'), 'a&amp;&lt;&gt;&#13;\n\t\'"é😀')
    assert.equal(escapeAttr('a&<>\r\n\t\'"é😀'), 'a&amp;&lt;&gt;&#13;&#10;&#9;&apos;&quot;é😀')
    for (const escaped of [escapeText, escapeAttr]) {
      assert.equal(escaped('\u0000\u001f\ufffe\uffff\ud800x\udc00'), '\ufffd\ufffd\ufffd\ufffd\ufffdx\ufffd')
    }
  })
})

describe('an element', () => {
  const el = xml(
    'iq',
    { xmlns: 'jabber:client', type: 'set', id: '1' },
    'x',
    xml('query', { xmlns: 'u' }, xml('item')),
    [xml('q', null, 'y'), undefined, '', 'a'],
    null,
    'b',
  )

  it('is looked into', () => {
    assert.equal(el.attr('type'), 'set')
    assert.equal(el.attr('__proto__'), undefined)
    assert.equal(el.is('iq'), true)
    assert.equal(el.is('iq', 'u'), false)
    assert.equal(el.firstElement()?.name, 'query')
    assert.equal(el.child('query'), undefined)
    assert.equal(el.child('query', 'u')?.child('item')?.ns, 'u')
    assert.deepEqual(
      el.elements().map(child => child.name),
      ['query', 'q'],
    )
    assert.equal(el.text(), 'xab')
    assert.equal(el.childText('q'), 'y')
    assert.equal(el.childText('r'), undefined)
    assert.deepEqual(
      el.children.map(child => (typeof child === 'string' ? child : child.name)),
      ['x', 'query', 'q', 'ab'],
    )
  })

  it('is copied with changes', () => {
    const copy = el.with({ id: undefined, type: 'result', to: 'x' }, [xml('z')])
    assert.equal(write(copy), "<iq type='result' to='x'><z/></iq>")
    assert.equal(copy.child('z')?.ns, 'jabber:client')
    assert.equal(write(el.with({})), write(el))
    assert.equal(el.with({ xmlns: 'v' }).ns, 'v')
  })

  it('adopts the namespace of the element it is put into, and leaves the original alone', () => {
    const orphan = xml('a', null, xml('b'))
    assert.equal(write(orphan), '<a><b/></a>')
    assert.equal(xml('p', { xmlns: 'u' }, orphan).elements()[0]?.elements()[0]?.ns, 'u')
    assert.equal(orphan.elements()[0]?.ns, '')
    assert.equal(
      xml('p', { xmlns: 'u' }, xml('q', null, orphan))
        .elements()[0]
        ?.elements()[0]
        ?.elements()[0]?.ns,
      'u',
    )
  })

  it('has names that XML allows', () => {
    for (const bad of ['', 'a b', '1', 'a:b', 'xmlns:p', '{u}', '{u}a:b', 'xml:', "a='", '\ud800']) {
      assert.throws(() => xml('a', { [bad]: '1' }), TypeError, bad)
      assert.throws(() => xml('a').with({ [bad]: '1' }), TypeError, bad)
    }
    assert.throws(() => xml('a b'), TypeError)
    assert.throws(() => xml('{u}a'), TypeError)
    assert.throws(() => xml('xml:a'), TypeError)
  })
})
