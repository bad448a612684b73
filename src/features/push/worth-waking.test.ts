import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseElement } from '../../protocol/xml/parser.ts'
import { carried, worthWaking } from './worth-waking.ts'

const axolotl = 'eu.siacs.conversations.axolotl'

const table: readonly [what: string, xml: string, outcome: string][] = [
  ['a chat message', `<message type='chat'><body>hi</body></message>`, 'message'],
  ['a message of no type', `<message><body>hi</body></message>`, 'message'],
  ['one in a room', `<message type='groupchat'><body>hi</body></message>`, 'message'],
  ['OMEMO', `<message><encrypted xmlns='${axolotl}'><header/><payload/></encrypted></message>`, 'message'],
  ['OMEMO 2', `<message><encrypted xmlns='urn:xmpp:omemo:2'><header/><payload/></encrypted></message>`, 'message'],
  ['OpenPGP', `<message><openpgp xmlns='urn:xmpp:openpgp:0'/></message>`, 'message'],
  [
    'a call',
    `<message><propose xmlns='urn:xmpp:jingle-message:0' id='1'/><store xmlns='urn:xmpp:hints'/></message>`,
    'call',
  ],
  ['keys alone', `<message><encrypted xmlns='${axolotl}'><header/></encrypted></message>`, 'nothing to read'],
  ['the end of a call', `<message><finish xmlns='urn:xmpp:jingle-message:0' id='1'/></message>`, 'nothing to read'],
  ['a marker', `<message><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/></message>`, 'nothing to read'],
  ['typing', `<message><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`, 'nothing to read'],
  ['a subject', `<message type='groupchat'><subject>balcony</subject></message>`, 'nothing to read'],
  ['a body of others', `<message><body xmlns='urn:else'>hi</body></message>`, 'nothing to read'],
  ['a volatile one', `<message><body>hi</body><no-store xmlns='urn:xmpp:hints'/></message>`, 'no-store hint'],
  ['an error', `<message type='error'><body>hi</body></message>`, 'error'],
  ['a headline', `<message type='headline'><body>hi</body></message>`, 'headline'],
]

for (const [what, text, outcome] of table) {
  test(`${what}: ${outcome}`, () => {
    const decision = worthWaking(parseElement(text))
    assert.equal(decision.wake ? decision.for : decision.because, outcome)
  })
}

test('what a carbon carries counts, unless the owner sent it', () => {
  const carbon = (direction: string): string =>
    `<message><${direction} xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>` +
    `<message xmlns='jabber:client'><body>hi</body></message></forwarded></${direction}></message>`
  assert.equal(carried(parseElement(carbon('received')))?.childText('body'), 'hi')
  assert.equal(carried(parseElement(carbon('sent'))), undefined)
  assert.equal(carried(parseElement('<presence/>')), undefined)
})
