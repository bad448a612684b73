import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseElement } from '../../protocol/xml/parser.ts'
import { type Importance, importance } from './importance.ts'

const states = 'http://jabber.org/protocol/chatstates'
const carbon = (inner: string) =>
  `<message><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>${inner}</forwarded></received></message>`

const table: readonly [what: string, xml: string, is: Importance][] = [
  ['presence', `<presence from='a@b/c'/>`, 'hold'],
  ['the end of presence', `<presence type='unavailable' from='a@b/c'/>`, 'hold'],
  ['a request to subscribe', `<presence type='subscribe' from='a@b'/>`, 'now'],
  ['a message', `<message><body>hi</body></message>`, 'now'],
  ['typing', `<message type='chat'><composing xmlns='${states}'/><no-store xmlns='urn:xmpp:hints'/></message>`, 'drop'],
  ['typing with text', `<message type='chat'><body>hi</body><active xmlns='${states}'/></message>`, 'now'],
  ['a copy of typing', carbon(`<message xmlns='jabber:client'><paused xmlns='${states}'/></message>`), 'drop'],
  ['a copy of a message', carbon(`<message xmlns='jabber:client'><body>hi</body></message>`), 'now'],
  ['news of a node', `<message><event xmlns='http://jabber.org/protocol/pubsub#event'/></message>`, 'hold'],
  ['an empty message', `<message/>`, 'now'],
  ['a request', `<iq type='get' id='1'/>`, 'now'],
]

for (const [what, xml, is] of table) {
  test(`XEP-0352: ${what}: ${is}`, () => assert.equal(importance(parseElement(xml)), is))
}
