import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Jid } from '../../protocol/jid.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import { shouldCopy } from './eligible.ts'

const room = 'cave@rooms.example/thirdwitch' as Jid
const friend = 'romeo@montague.example/orchard' as Jid
const carbons = 'urn:xmpp:carbons:2'
const muc = 'http://jabber.org/protocol/muc#user'

const table: readonly [what: string, xml: string, side: 'sending' | 'receiving', from: Jid, because: string | true][] =
  [
    ['a chat message', `<message type='chat'><body>hi</body></message>`, 'receiving', friend, true],
    [
      'a chat state',
      `<message type='chat'><active xmlns='http://jabber.org/protocol/chatstates'/></message>`,
      'sending',
      friend,
      true,
    ],
    ['a normal message with a body', `<message><body>hi</body></message>`, 'receiving', friend, true],
    ['a receipt', `<message><received xmlns='urn:xmpp:receipts' id='1'/></message>`, 'receiving', friend, true],
    [
      'OMEMO without a body',
      `<message><encrypted xmlns='eu.siacs.conversations.axolotl'/></message>`,
      'sending',
      friend,
      true,
    ],
    ['a direct invitation', `<message><x xmlns='jabber:x:conference' jid='a@b'/></message>`, 'receiving', friend, true],
    [
      'a mediated invitation',
      `<message><x xmlns='${muc}'><invite/></x></message>`,
      'receiving',
      'cave@rooms.example' as Jid,
      true,
    ],
    ['something strange', `<message><x xmlns='urn:example:odd'/></message>`, 'receiving', friend, 'nothing to read'],
    ['groupchat', `<message type='groupchat'><body>hi</body></message>`, 'receiving', room, 'groupchat'],
    ['a headline', `<message type='headline'><body>news</body></message>`, 'receiving', friend, 'headline'],
    [
      'what is private',
      `<message type='chat'><body>s</body><private xmlns='${carbons}'/></message>`,
      'sending',
      friend,
      'private',
    ],
    [
      'what is not to be copied',
      `<message type='chat'><body>s</body><no-copy xmlns='urn:xmpp:hints'/></message>`,
      'receiving',
      friend,
      'no-copy hint',
    ],
    [
      'a private message out of a room',
      `<message type='chat'><body>s</body><x xmlns='${muc}'/></message>`,
      'receiving',
      room,
      'private message of a room',
    ],
    [
      'a private message into a room',
      `<message type='chat'><body>s</body><x xmlns='${muc}'/></message>`,
      'sending',
      friend,
      true,
    ],
  ]

for (const [what, xml, side, from, because] of table) {
  test(`XEP-0280#which-messages: ${what}, ${side}: ${because === true ? 'copied' : because}`, () => {
    const decision = shouldCopy(parseElement(xml), side, from)
    assert.equal(decision.copy ? true : decision.because, because)
  })
}
