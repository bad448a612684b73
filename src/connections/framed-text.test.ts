import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Element, xml } from '../protocol/xml/element.ts'
import { StreamParser } from '../protocol/xml/parser.ts'
import { write } from '../protocol/xml/write.ts'
import { standingAlone } from './framed-text.ts'

test('a stanza is given its namespace, and keeps one it has', () => {
  const cases = [
    ['<presence/>', "<presence xmlns='jabber:client'/>"],
    ["<iq type='get'><a/></iq>", "<iq xmlns='jabber:client' type='get'><a/></iq>"],
    ["<r xmlns='urn:xmpp:sm:3'/>", "<r xmlns='urn:xmpp:sm:3'/>"],
    [`<message id=' xmlns="x"'/>`, `<message xmlns='jabber:client' id=' xmlns="x"'/>`],
    [`<message id='>' xmlns = "jabber:client"/>`, `<message id='>' xmlns = "jabber:client"/>`],
    [
      '<message><stream:a/></message>',
      "<message xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'><stream:a/></message>",
    ],
  ] as const
  for (const [text, expected] of cases) assert.equal(standingAlone(text), expected)
})

/** The element as a parser reads it that knows of no stream around it. */
function readAlone(text: string): unknown {
  const read: Element[] = []
  const parser = new StreamParser(
    { open: () => {}, element: element => read.push(element), close: () => {} },
    { stanzaBytes: 1e6, depth: 100, attributes: 100, nameLength: 256 },
  )
  parser.push(Buffer.from(`<x xmlns=''>${text}`))
  return read.map(meaning)
}

function meaning({ name, ns, attrs, children }: Element): unknown {
  return [name, ns, attrs, children.map(child => (typeof child === 'string' ? child : meaning(child)))]
}

test('whatever is written for a stream means the same alone', () => {
  const namespaces = fc.constantFrom('jabber:client', 'urn:x', 'http://etherx.jabber.org/streams', 'a=\'"> xmlns=')
  const leaf = fc.tuple(fc.constantFrom('a', 'xmlns-b', 'stream'), namespaces, fc.string())
  fc.assert(
    fc.property(fc.constantFrom('message', 'r'), namespaces, fc.string(), fc.array(leaf), (name, ns, id, leaves) => {
      const children = leaves.map(([child, childNs, text]) => xml(child, { xmlns: childNs, text }))
      const element = xml(name, { xmlns: ns === 'http://etherx.jabber.org/streams' ? 'urn:y' : ns, id }, children)
      assert.deepEqual(readAlone(standingAlone(write(element))), [meaning(element)])
    }),
  )
})
