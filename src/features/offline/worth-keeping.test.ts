import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseElement } from '../../protocol/xml/parser.ts'
import { worthKeeping } from './worth-keeping.ts'

const states = 'http://jabber.org/protocol/chatstates'
const hints = 'urn:xmpp:hints'

const table: readonly [what: string, xml: string, because: string | true][] = [
  ['a chat message', `<message type='chat'><body>hi</body></message>`, true],
  ['a message of no type', `<message><body>hi</body></message>`, true],
  ['a message of a type nobody knows', `<message type='odd'><body>hi</body></message>`, true],
  ['OMEMO without a body', `<message type='chat'><encrypted xmlns='eu.siacs.conversations.axolotl'/></message>`, true],
  ['OMEMO 2', `<message type='chat'><encrypted xmlns='urn:xmpp:omemo:2'/></message>`, true],
  ['a marker', `<message type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/></message>`, true],
  ['a call', `<message type='chat'><propose xmlns='urn:xmpp:jingle-message:0' id='1'/></message>`, true],
  ['a reaction', `<message type='chat'><reactions xmlns='urn:xmpp:reactions:0' id='1'/></message>`, true],
  ['a retraction', `<message type='chat'><retract xmlns='urn:xmpp:message-retract:1' id='1'/></message>`, true],
  [
    'a chat state with a hint',
    `<message type='chat'><gone xmlns='${states}'/><store xmlns='${hints}'/></message>`,
    true,
  ],
  [
    'what is to be kept until delivered',
    `<message type='chat'><body>x</body><no-permanent-store xmlns='${hints}'/></message>`,
    true,
  ],
  ['a chat state', `<message type='chat'><composing xmlns='${states}'/></message>`, 'nothing to read'],
  ['nothing at all', `<message type='chat'/>`, 'nothing to read'],
  [
    'what is not to be kept',
    `<message type='chat'><body>x</body><no-store xmlns='${hints}'/></message>`,
    'no-store hint',
  ],
  ['groupchat', `<message type='groupchat'><body>x</body></message>`, 'groupchat'],
  ['a headline', `<message type='headline'><body>x</body></message>`, 'headline'],
  ['an error', `<message type='error'><body>x</body></message>`, 'error'],
]

for (const [what, xml, because] of table) {
  test(`XEP-0160: ${what} ${because === true ? 'is kept' : `is not kept: ${because}`}`, () => {
    const decision = worthKeeping(parseElement(xml))
    assert.equal(decision.keep ? true : decision.because, because)
  })
}
