import assert from 'node:assert/strict'
import { test } from 'node:test'
import { treeOf } from './markup.ts'
import { difference } from './match.ts'

const came = treeOf([
  `<message from="romeo@localhost/orchard" type="chat" id="a1">
     <body>But soft! what light?</body>
     <received xmlns="urn:xmpp:carbons:2"><forwarded xmlns="urn:xmpp:forward:0"/></received>
     <item n="1"/><item n="2"/>
   </message>`,
])

const loosely = (expected: string) => difference(treeOf([expected]), came)
const strictly = (expected: string) => difference(treeOf([expected]), came, true)

test('what is written must be there, more may be', () => {
  assert.equal(loosely('<message/>'), undefined)
  assert.equal(loosely('<message type="chat"><body>But soft! what light?</body></message>'), undefined)
  assert.match(loosely('<presence/>')!, /<presence> was expected, not <message>/)
  assert.match(loosely('<message type="normal"/>')!, /type of <message> is "chat", not "normal"/)
  assert.match(loosely('<message to="…"/>')!, /has no attribute to/)
  assert.match(loosely('<message><body>But hard!</body></message>')!, /text of <message><body> is/)
  assert.match(loosely('<message><subject/></message>')!, /has no child <subject/)
})

test('namespaces count', () => {
  assert.match(loosely('<message><received/></message>')!, /no child <received xmlns="jabber:client">/)
  assert.equal(loosely('<message><received xmlns="urn:xmpp:carbons:2"/></message>'), undefined)
  assert.equal(loosely('<message><c:received xmlns:c="urn:xmpp:carbons:2">…</c:received></message>'), undefined)
})

test('… matches a value, a content and a part of a text', () => {
  assert.equal(loosely('<message id="…" from="romeo@…"><body>…</body></message>'), undefined)
  assert.equal(loosely('<message><body>But soft! …?</body></message>'), undefined)
  assert.match(loosely('<message><body>But hard! …</body></message>')!, /text/)
})

test('children in any order, each paired with another one', () => {
  assert.equal(loosely('<message><item n="2"/><body/><item n="1"/></message>'), undefined)
  assert.equal(loosely('<message><item/><item n="1"/></message>'), undefined)
  assert.match(loosely('<message><item/><item/><item/></message>')!, /fewer/)
  assert.match(loosely('<message><item n="3"/></message>')!, /n of <message><item> is "1", not "3"/)
})

test('strictly, nothing more may be there', () => {
  const items = '<item n="1"/><item n="2"/>'
  const carbon = '<received xmlns="urn:xmpp:carbons:2">…</received>'
  const whole = `<message from="…" type="chat" id="…"><body>But soft! what light?</body>${carbon}${items}</message>`
  assert.equal(strictly(whole), undefined)
  assert.match(strictly(whole.replace(' type="chat"', ''))!, /an attribute type that was not expected/)
  assert.match(strictly(whole.replace('<item n="2"/>', ''))!, /a child <item xmlns="jabber:client"> that was not/)
  assert.match(strictly(whole.replace(items, '<item n="2"/><item n="1"/>'))!, /n of <message><item> is "1"/)
  assert.match(strictly(whole.replace('But soft! what light?', ''))!, /text of <message><body>/)
})
