import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { type Element, xml } from './element.ts'
import { detach, parseElement, StreamParser, type XmlError, type XmlLimits } from './parser.ts'
import { write } from './write.ts'

const limits: XmlLimits = { stanzaBytes: 262_144, depth: 64, attributes: 64, nameLength: 256 }
const header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

/** An element as plain data, without regard to how it was written. */
type Plain = [name: string, ns: string, attrs: readonly string[], ...children: (Plain | string)[]]

function plain(el: Element): Plain {
  return [el.name, el.ns, el.attrs, ...el.children.map(child => (typeof child === 'string' ? child : plain(child)))]
}

function parserInto(events: unknown[]): StreamParser {
  return new StreamParser(
    {
      open: (el, { prefix, defaultNamespace, prefixes }) =>
        void events.push(['open', plain(el), prefix, defaultNamespace, ...[...prefixes].flat()]),
      element: el => void events.push(plain(el)),
      close: () => void events.push('close'),
    },
    limits,
  )
}

function eventsOf(bytes: Buffer, sizes: readonly number[]): unknown[] {
  const events: unknown[] = []
  const parser = parserInto(events)
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] as number
    parser.push(bytes.subarray(at, at + size))
    at += size
  }
  return events
}

/** The children of the only stanza, whatever the chunks. */
function contents(stanza: string): unknown[] {
  const whole = Buffer.from(`${header}<a>${stanza}</a>`)
  const [, , , ...children] = eventsOf(whole, [whole.length])[1] as Plain
  for (const sizes of [[1], [2], [3], [5, 1]]) {
    assert.deepEqual((eventsOf(whole, sizes)[1] as Plain).slice(3), children, `in pieces of ${sizes} bytes`)
  }
  return children
}

const streams = 'http://etherx.jabber.org/streams'

describe('XML that RFC 6120 §11 accepts', () => {
  const open = ['open', ['stream', streams, []], 'stream', 'jabber:client', 'stream', streams]
  for (const prolog of [
    '',
    '\ufeff',
    ' \r\n\t',
    '<?xml version="1.0"?>',
    "\ufeff<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n",
    '<?xml\tversion = \'1.0\'\r\nencoding = "Utf-8"?>',
    "<?xml version='1.0' standalone='no'?>",
  ]) {
    it(`a stream that begins with ${JSON.stringify(prolog)}`, () => {
      const bytes = Buffer.from(`${prolog}${header} \n<a/>\r\n\t</stream:stream >anything`)
      for (const sizes of [[1], [2, 3], [bytes.length]]) {
        assert.deepEqual(eventsOf(bytes, sizes), [open, ['a', 'jabber:client', []], 'close'])
      }
    })
  }

  it('a stream without a prefix, and one that is empty', () => {
    assert.deepEqual(eventsOf(Buffer.from(`<stream xmlns='${streams}' xmlns:c='jabber:client' to='x'><c:a/>`), [9]), [
      ['open', ['stream', streams, ['to', 'x']], '', streams, 'c', 'jabber:client'],
      ['a', 'jabber:client', []],
    ])
    assert.deepEqual(eventsOf(Buffer.from(header.replace('>', '/>')), [200]), [open, 'close'])
  })

  const accepted: readonly (readonly [string, ...unknown[]])[] = [
    ['&lt;&gt;&amp;&quot;&apos;', '<>&"\''],
    ['&#65;&#x41;&#x0000041;&#9;&#xa;&#13;&#x1F600;&#xFFFD;', 'AAA\t\n\r😀\ufffd'],
    ['<![CDATA[<b>&amp;]]]]><![CDATA[>]]>', '<b>&amp;]]>'],
    ['x<![CDATA[]]>y<![CDATA[]]]>z', 'xy]z'],
    ['<![CDATA[]]>'],
    ['a\r\nb\rc\r\r\nd\n\re', 'a\nb\nc\n\nd\n\ne'],
    ['<![CDATA[a\r\nb\rc]]>\r\n', 'a\nb\nc\n'],
    ['\r&#10;', '\n\n'],
    [']]&gt; ]] > ]>', ']]> ]] > ]>'],
    ['\u007f\u0085\u2028\ufffd\ud7ff\ue000\ufeff', '\u007f\u0085\u2028\ufffd\ud7ff\ue000\ufeff'],
    ['<b \r\n\tc = "it\'s" \n d=\'"\'\t/>', ['b', 'jabber:client', ['c', "it's", 'd', '"']]],
    ["<b c='a\tb\nc\r\nd\re&#9;&#10;&#13;>]]>'/>", ['b', 'jabber:client', ['c', 'a b c d e\t\n\r>]]>']]],
    ["<b xml:lang='de' xml:space='x'/>", ['b', 'jabber:client', ['xml:lang', 'de', 'xml:space', 'x']]],
    ["<x:b x:c='1' c='2' xmlns:x='u'/>", ['b', 'u', ['{u}c', '1', 'c', '2']]],
    ["<b xmlns='u' xmlns:x='u' x:c='1' c='2'/>", ['b', 'u', ['{u}c', '1', 'c', '2']]],
    ["<b xmlns='u'><c/><d xmlns=''><e/></d></b>", ['b', 'u', [], ['c', 'u', []], ['d', '', [], ['e', '', []]]]],
    ["<x:b xmlns:x='u'><x:c xmlns:x='v'/><x:d/></x:b>", ['b', 'u', [], ['c', 'v', []], ['d', 'u', []]]],
    ["<xml:b xmlns:xml='http://www.w3.org/XML/1998/namespace'/>", ['b', 'http://www.w3.org/XML/1998/namespace', []]],
    ['<stream:b></stream:b\t>', ['b', streams, []]],
    ['<é·\u0300-.9_Ⅷ\u{10000}\u{effff}/>', ['é·\u0300-.9_Ⅷ\u{10000}\u{effff}', 'jabber:client', []]],
    [
      "<b __proto__='1' constructor='2' toString='3' hasOwnProperty='4'/>",
      ['b', 'jabber:client', ['__proto__', '1', 'constructor', '2', 'toString', '3', 'hasOwnProperty', '4']],
    ],
    ["<__proto__:b xmlns:__proto__='u'/>", ['b', 'u', []]],
    [' <b> </b>\n', ' ', ['b', 'jabber:client', [], ' '], '\n'],
  ]
  for (const [input, ...children] of accepted) {
    it(JSON.stringify(input), () => assert.deepEqual(contents(input), children))
  }
})

describe('the stream parser', () => {
  const stanza = fc.constantFrom(
    "<message type='chat' to='b@localhost'><body>h&#xe9;llo <![CDATA[wörld]]> 😀\r\n</body></message>",
    "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>",
    '<presence/>',
    ' \n',
    "<p:x xmlns:p='u' p:y='ü'><p:z/>]]</p:x>",
  )

  it('tells the same whatever the chunks', () => {
    fc.assert(
      fc.property(fc.array(stanza), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (stanzas, sizes) => {
        const bytes = Buffer.from(`${header}${stanzas.join('')}</stream:stream>`)
        assert.deepEqual(eventsOf(bytes, sizes), eventsOf(bytes, [bytes.length]))
      }),
    )
  })

  it('agrees with another parser about what is well-formed', () => {
    const mutation = fc.tuple(fc.nat(), fc.constantFrom(...'<>/&;\'"= :!?[]-x\r\n#1'.split(''), ''), fc.boolean())
    fc.assert(
      fc.property(fc.array(stanza, { minLength: 1 }), fc.array(mutation, { maxLength: 3 }), (stanzas, mutations) => {
        let text = stanzas.join('')
        for (const [at, c, replace] of mutations) {
          const index = at % (text.length + 1)
          text = text.slice(0, index) + c + text.slice(index + (replace ? 1 : 0))
        }
        // The other parser takes p:-x for a name; the part after the colon must be one by itself (Namespaces §3).
        if (/:[-1]/.test(text)) return
        // And it cuts white space off namespaces, where this one refuses them.
        if (/xmlns[^=]*=\s*(['"])(\s|[^'"]*\s\1)/.test(text)) return
        text = `${header}<a>${text.toWellFormed()}</a></stream:stream>`
        const bytes = Buffer.from(text)
        let ours = true
        try {
          ours = eventsOf(bytes, [bytes.length]).at(-1) === 'close'
        } catch (error) {
          ours = false
          // Another parser need not refuse what only XMPP forbids.
          if ((error as XmlError).condition !== 'not-well-formed') return
        }
        if (ours || !text.includes('</stream:stream><')) assert.equal(ours, isWellFormed(text), text)
      }),
      { numRuns: 2000 },
    )
  })

  it('is idle only where nothing is pending', () => {
    const parser = parserInto([])
    assert.equal(parser.idle, true)
    for (const [text, idle] of [
      ['<stream:stream', false],
      [header.slice(14), true],
      [' \n', true],
      ['<', false],
      ['a/', false],
      ['>', true],
      ['<a>x', false],
      ['</a> ', true],
    ] as const) {
      parser.push(Buffer.from(text))
      assert.equal(parser.idle, idle, text)
    }
  })

  it('takes the rest of a chunk as a new stream after a reset, and drops it after a stop', () => {
    const events: string[] = []
    const parser: StreamParser = new StreamParser(
      {
        open: () => void events.push('open'),
        element(el) {
          events.push(el.name)
          if (el.name === 'auth') parser.reset()
          if (el.name === 'starttls') parser.stop()
        },
        close: () => void events.push('close'),
      },
      limits,
    )
    parser.push(Buffer.from(`${header}<auth/><?xml version='1.0'?>${header}<b/><starttls/><c/>\u0000`))
    parser.push(Buffer.from('<d/>'))
    assert.deepEqual(events, ['open', 'auth', 'open', 'b', 'starttls'])
    parser.reset()
    parser.push(Buffer.from(`${header}<e/></stream:stream><f/>`))
    assert.deepEqual(events.slice(5), ['open', 'e', 'close'])
  })

  it('holds to new limits from the next stanza on', () => {
    const names: string[] = []
    const parser: StreamParser = new StreamParser(
      {
        open() {},
        element(el) {
          names.push(el.name)
          parser.limits = { ...limits, stanzaBytes: 2000 }
        },
        close() {},
      },
      { ...limits, stanzaBytes: 100 },
    )
    parser.push(Buffer.from(`${header}<a/><b>${'x'.repeat(1993)}</b>`))
    assert.deepEqual(names, ['a', 'b'])
    assert.throws(() => parser.push(Buffer.from(`<b>${'x'.repeat(1994)}</b>`)), { condition: 'policy-violation' })
  })

  it('lets another parser read during an event', () => {
    const inner: unknown[] = []
    const names: string[] = []
    const parser = new StreamParser(
      {
        open() {},
        element(el) {
          names.push(el.name)
          parserInto(inner).push(Buffer.from(`${header}<x>${'y'.repeat(500)}</x>`))
          parseElement(`<z>${'z'.repeat(500)}</z>`)
        },
        close() {},
      },
      limits,
    )
    parser.push(Buffer.from(`${header}<a>é</a><b/><c d='1'/>`))
    assert.deepEqual(names, ['a', 'b', 'c'])
    assert.equal(inner.length, 6)
  })

  it('drops what follows when an event throws', () => {
    const parser = new StreamParser(
      {
        open() {},
        element() {
          throw new RangeError('a bug')
        },
        close() {},
      },
      limits,
    )
    assert.throws(() => parser.push(Buffer.from(`${header}<a/><b/>`)), RangeError)
    parser.push(Buffer.from('<c/>'))
    assert.equal(parser.idle, true)
  })

  it('refuses 100,000 elements inside one another after a few of them', () => {
    const parser = parserInto([])
    parser.push(Buffer.from(header))
    assert.throws(() => parser.push(Buffer.from('<a>'.repeat(100_000))), { condition: 'policy-violation' })
  })

  it('reads chunks of any size', () => {
    const events: unknown[] = []
    parserInto(events).push(Buffer.from(header + '<a>é€😀</a>'.repeat(20_000)))
    assert.equal(events.length, 20_001)
    assert.deepEqual(events.at(-1), ['a', 'jabber:client', [], 'é€😀'])
  })

  it('takes endless white space between stanzas and keeps none of it', () => {
    const parser = parserInto([])
    parser.push(Buffer.from(header))
    const space = Buffer.alloc(65_536, ' \n')
    for (let i = 0; i < 50; i++) parser.push(space)
    assert.equal(parser.idle, true)
  })

  for (const [what, start, piece, end] of [
    ['text', '<a>', 'x', '</a>'],
    ['wide text', '<a>', '€', '</a>'],
    ['an attribute', "<a b='", 'x', "'/>"],
    ['a name', '<a ', 'n', "=''/>"],
    ['CDATA', '<a><![CDATA[', ']', ' ]]></a>'],
    ['references', '<a>', '&amp;', '</a>'],
    ['children', '<a>', '<b/>', '</a>'],
    ['bracket text', '<a>', ']', '</a>'],
  ] as const) {
    it(`takes time in proportion to the length of ${what}, byte by byte`, () => {
      const seconds = (bytes: number) => {
        const input = Buffer.from(start + piece.repeat(bytes / piece.length) + end)
        let least = Number.POSITIVE_INFINITY
        for (let run = 0; run < 3; run++) {
          let seen = 0
          const parser = new StreamParser(
            { open() {}, element: () => void seen++, close() {} },
            {
              ...limits,
              nameLength: 1e6,
              stanzaBytes: 1e6,
            },
          )
          parser.push(Buffer.from(header))
          const from = process.cpuUsage()
          for (let at = 0; at < input.length; at++) parser.push(input.subarray(at, at + 1))
          const { user, system } = process.cpuUsage(from)
          assert.equal(seen, 1)
          least = Math.min(least, user + system)
        }
        return least
      }
      seconds(10_000)
      const [short, long] = [seconds(10_000), seconds(80_000)]
      assert.ok(long < 8 * short * 4, `eight times the length took ${(long / short).toFixed(1)} times as long`)
    })
  }
})

describe('an element on its own', () => {
  it('is read with the namespaces of a stream around it', () => {
    assert.deepEqual(plain(parseElement(' <a><stream:b/></a>\n')), ['a', 'jabber:client', [], ['b', streams, []]])
    assert.equal(parseElement('<a/>', {}, 'u').ns, 'u')
    assert.equal(parseElement(Buffer.from('<a>é</a>')).text(), 'é')
    assert.equal(parseElement(`<a>${'é'.repeat(100_000)}</a>`).text().length, 100_000)
  })

  it('can be detached from the chunk it came in', () => {
    const el = parseElement("<a b='1'><c xmlns='u'>t</c></a>")
    assert.deepEqual(plain(detach(el)), plain(el))
    const built = xml('a', null, xml('b', { xmlns: 'u' }))
    assert.equal(write(detach(built)), "<a><b xmlns='u'/></a>")
  })
})

function isWellFormed(text: string): boolean {
  let good = true
  const saxes = new SaxesParser({ xmlns: true })
  saxes.on('error', () => {
    good = false
  })
  saxes.write(text).close()
  return good
}
