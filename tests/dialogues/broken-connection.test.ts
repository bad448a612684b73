import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialogue } from '../kit/cast.ts'

test(
  'XEP-0160: what could not be written to a device that stopped reading comes at its next login, in order',
  dialogue(async ({ romeo, juliet }) => {
    const letters = 120
    const paper = 'x'.repeat(40_000)
    juliet.client.wire.socket.pause()
    for (let i = 0; i < letters; i++) {
      await romeo.sends`<message to="${juliet.jid}" type="chat" id="l${i}"><body>${paper}</body></message>`
    }
    await romeo.client.ping()
    juliet.drops()
    await juliet.connects()
    const last = await juliet.client.take(tree => tree.attr('id') === `l${letters - 1}`, 'the last letter')
    assert.ok(last)
    const came = juliet.client.wire.inbox.filter(tree => tree.name === 'message').map(tree => Number(tree.attr('id')?.slice(1)))
    assert.ok(came.length > 0, 'more than the last one was waiting')
    assert.deepEqual(
      came,
      came.map((_, i) => letters - 1 - came.length + i),
      'without a gap',
    )
  }),
)
