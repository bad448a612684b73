import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseElement } from '../protocol/xml/parser.ts'
import { type KeepDecision, worthArchiving, worthWaiting } from './worth-keeping.ts'

const states = 'http://jabber.org/protocol/chatstates'
const hints = 'urn:xmpp:hints'
const chat = (inside: string) => `<message type='chat'>${inside}</message>`

/** Whether it waits for its reader, and whether it stays in the history; the reason where it does not. */
const table: readonly [what: string, xml: string, waits: string | true, archived?: string | true][] = [
  ['a chat message', chat('<body>hi</body>'), true],
  ['a message of no type', `<message><body>hi</body></message>`, true],
  ['a message of a type nobody knows', `<message type='odd'><body>hi</body></message>`, true],
  ['a subject alone', `<message><subject>hi</subject></message>`, true],
  ['OMEMO without a body', chat(`<encrypted xmlns='eu.siacs.conversations.axolotl'/>`), true],
  ['OMEMO 2', chat(`<encrypted xmlns='urn:xmpp:omemo:2'/>`), true],
  ['OpenPGP', chat(`<openpgp xmlns='urn:xmpp:openpgp:0'/>`), true],
  ['what says that it is encrypted', chat(`<encryption xmlns='urn:xmpp:eme:0' namespace='x'/>`), true],
  ['a marker', chat(`<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>`), true],
  ['a receipt', chat(`<received xmlns='urn:xmpp:receipts' id='1'/>`), true],
  ['a call', chat(`<propose xmlns='urn:xmpp:jingle-message:0' id='1'/>`), true],
  ['a correction', chat(`<replace xmlns='urn:xmpp:message-correct:0' id='1'/>`), true],
  ['a reaction', chat(`<reactions xmlns='urn:xmpp:reactions:0' id='1'/>`), true],
  ['a retraction', chat(`<retract xmlns='urn:xmpp:message-retract:1' id='1'/>`), true],
  ['an invitation into a room', `<message><x xmlns='jabber:x:conference' jid='room@muc'/></message>`, true],
  [
    'an invitation by a room',
    `<message><x xmlns='http://jabber.org/protocol/muc#user'><invite from='a@b'/></x></message>`,
    true,
  ],
  ['a chat state with a hint', chat(`<gone xmlns='${states}'/><store xmlns='${hints}'/>`), true],
  [
    'what is to be kept until delivered',
    chat(`<body>x</body><no-permanent-store xmlns='${hints}'/>`),
    true,
    'no-permanent-store hint',
  ],
  ['a chat state', chat(`<composing xmlns='${states}'/>`), 'nothing to read'],
  ['nothing at all', `<message type='chat'/>`, 'nothing to read'],
  ['what nobody knows', chat(`<what xmlns='urn:example:what'/>`), 'nothing to read'],
  ['what is not to be kept', chat(`<body>x</body><no-store xmlns='${hints}'/>`), 'no-store hint'],
  ['groupchat', `<message type='groupchat'><body>x</body></message>`, 'groupchat'],
  ['a headline', `<message type='headline'><body>x</body></message>`, 'headline'],
  ['an error', `<message type='error'><body>x</body></message>`, 'error'],
]

const said = (decision: KeepDecision) => (decision.keep ? true : decision.because)

for (const [what, xml, waits, archived = waits] of table) {
  test(`XEP-0160 and XEP-0313: ${what}`, () => {
    const message = parseElement(xml)
    assert.equal(said(worthWaiting(message)), waits)
    assert.equal(said(worthArchiving(message)), archived)
  })
}
