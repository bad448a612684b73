import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialogue } from '../kit/cast.ts'

test(
  'RFC 6120 §10.1: what follows a message does not overtake it on its way to the disk',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
    for (let i = 0; i < 20; i++) {
      // In one piece, as a client sends it that says something, asks something and goes.
      await romeo.sends`<message to="${juliet.fullJid}" type="chat" id="m${i}"><body>Good night</body></message><iq type="get" id="q${i}" to="${juliet.fullJid}"><ping xmlns="urn:xmpp:ping"/></iq><presence to="${juliet.fullJid}" id="p${i}"/>`
    }
    await juliet.client.take(tree => tree.attr('id') === 'p19', 'the last presence')
    const came = juliet.client.wire.inbox.flatMap(tree =>
      /^[mqp]\d+$/.test(tree.attr('id') ?? '') ? [tree.attr('id')!] : [],
    )
    const sent = Array.from({ length: 20 }, (_, i) => [`m${i}`, `q${i}`, `p${i}`]).flat()
    assert.deepEqual([...came, 'p19'], sent)
  }),
)
