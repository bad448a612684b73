import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Element } from './element.ts'
import { StreamParser, type XmlError, type XmlLimits } from './parser.ts'
import { write } from './write.ts'

const limits: XmlLimits = { stanzaBytes: 60, depth: 6, attributes: 10, nameLength: 30 }
const held = new Set(['list', 'part'])

function events(text: string, size: number): string[] {
  const told: string[] = []
  const tell = {
    open: (el: Element) => void told.push(`<${el.name} ${el.ns} ${el.attr('n') ?? ''}>`),
    element: (el: Element) => void told.push(write(el, 'urn:a')),
    close: () => void told.push('close'),
  }
  const parser = new StreamParser(tell, limits, false, el => held.has(el.name))
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size))
  return told
}

describe('elements of which the children are told one by one', () => {
  const text = `<?xml version='1.0'?><all xmlns='urn:a' xmlns:b='urn:b'>
<list n='1'> <x>1</x><b:part n='2'><x/><y><list/></y></b:part><x b:c='d'>3</x></list>
<other><list><x/></list></other><list/></all>`

  it('are held wherever they follow each other from the header on, and nowhere else', () => {
    const told = [
      '<all urn:a >',
      '<list urn:a 1>',
      '<x>1</x>',
      '<part urn:b 2>',
      '<x/>',
      '<y><list/></y>',
      'close',
      "<x xmlns:ns1='urn:b' ns1:c='d'>3</x>",
      'close',
      '<other><list><x/></list></other>',
      '<list/>',
      'close',
    ]
    const simple = (each: string) => each.replace(/ (xmlns:\w+|\w+:c)='[^']*'/g, '')
    for (const size of [1, 2, 3, 7, 1000])
      assert.deepEqual(events(text, size).map(simple), told.map(simple), String(size))
  })

  it('may be as long as they like, while each child has its limit', () => {
    const many = `<all xmlns='urn:a'><list>${'<x>1234567890</x>'.repeat(1000)}</list></all>`
    assert.equal(events(many, 512).length, 1004)
    const refused = (error: unknown) => (error as XmlError).condition === 'policy-violation'
    assert.throws(() => events(`<all xmlns='urn:a'><list><x>${'1'.repeat(100)}</x></list></all>`, 9), refused)
    assert.throws(() => events(`<all xmlns='urn:a'><list n='${'1'.repeat(100)}'/></all>`, 9), refused)
    assert.throws(() => events(`<all xmlns='urn:a'>${'<list>'.repeat(8)}`, 9), refused)
  })

  it('have nothing but white space between them, and end with their own name', () => {
    const refused = (condition: string) => (error: unknown) => (error as XmlError).condition === condition
    assert.throws(() => events(`<all xmlns='urn:a'><list>text</list></all>`, 9), refused('bad-format'))
    assert.throws(() => events(`<all xmlns='urn:a'><list></all>`, 9), refused('not-well-formed'))
    assert.throws(() => events(`<all xmlns='urn:a'><list><!-- --></list></all>`, 9), refused('restricted-xml'))
  })
})
