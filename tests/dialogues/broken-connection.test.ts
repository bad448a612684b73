import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialogue } from '../kit/cast.ts'

test(
  'XEP-0160: what could not be written to a device that stopped reading comes at its next login, in order',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
    const paper = 'x'.repeat(40_000)
    const { inbox } = romeo.client.wire
    juliet.client.wire.socket.pause()
    let sent = 0
    // She reads nothing until the server takes her for lost, which is when more than 2 MiB wait for her.
    while (!inbox.some(tree => tree.attr('type') === 'unavailable') && sent < 1000) {
      await romeo.sends`<message to="${juliet.jid}" type="chat" id="l${sent++}"><body>${paper}</body></message>`
      await romeo.client.ping()
    }
    juliet.drops()
    await juliet.connects()
    await juliet.client.take(tree => tree.attr('id') === `l${sent - 1}`, 'the last letter')
    const came = juliet.client.wire.inbox
      .filter(tree => tree.name === 'message')
      .map(tree => Number(tree.attr('id')?.slice(1)))
    assert.ok(came.length > 40, `${came.length} letters came before the last: those that filled 2 MiB were waiting`)
    assert.deepEqual(
      came,
      came.map((_, i) => sent - 1 - came.length + i),
    )
  }),
)
