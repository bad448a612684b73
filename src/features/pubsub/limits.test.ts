import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dialogue } from '../../../tests/kit/cast.ts'
import { making, publishing, reading, subscribing } from '../../../tests/kit/nodes.ts'
import { granted, refused } from '../../../tests/kit/refusals.ts'

const limits = { pubsub_nodes: 20, pubsub_items: 10, pubsub_bytes: 65_536, document_bytes: 40_000 }
const payload = (bytes: number) => `<b xmlns="urn:example:b">${'x'.repeat(bytes)}</b>`

describe('every account has room for so much', () => {
  test(
    'nodes',
    dialogue({ settings: { limits } }, async ({ juliet }) => {
      for (let i = 0; i < 20; i++) granted(await juliet.asks(publishing(`urn:example:${i}`, 'a', payload(1))))
      refused(await juliet.asks(publishing('urn:example:more', 'a', payload(1))), 'conflict', 'max-nodes-exceeded')
      refused(await juliet.asks(making('urn:example:more')), 'conflict', 'max-nodes-exceeded')
      granted(await juliet.asks(publishing('urn:example:3', 'b', payload(1))))
    }),
  )

  test(
    'items of a node, the size of each, and of all together',
    dialogue({ settings: { limits } }, async ({ juliet }) => {
      const node = 'urn:example:b'
      granted(await juliet.asks(making(node, { max_items: 'max' })))
      refused(await juliet.asks(making('urn:example:c', { max_items: '11' })), 'not-acceptable')
      refused(await juliet.asks(publishing(node, 'a', payload(50_000))), 'not-acceptable', 'payload-too-big')
      for (let i = 0; i < 12; i++) granted(await juliet.asks(publishing(node, `${i}`, payload(1))))
      const items = granted(await juliet.asks(reading(node)))
        .at('pubsub', 'items')
        .elements()
      assert.deepEqual(
        items.map(item => item.attr('id')),
        ['2', '3', '4', '5', '6', '7', '8', '9', '10', '11'],
      )
      granted(await juliet.asks(publishing(node, '2', payload(30_000))))
      granted(await juliet.asks(publishing(node, '3', payload(30_000))))
      refused(await juliet.asks(publishing(node, '4', payload(30_000))), 'resource-constraint')
      refused(await juliet.asks(publishing('urn:example:new', '4', payload(30_000))), 'resource-constraint')
      // One that is replaced makes room for itself, and so does one that leaves anyway.
      granted(await juliet.asks(publishing(node, '3', payload(30_000))))
      refused(await juliet.asks(reading('urn:example:new')), 'item-not-found')
    }),
  )

  test(
    'subscribers of a node, who may be strangers',
    dialogue({ settings: { limits } }, async ({ juliet, romeo }) => {
      granted(await juliet.asks(making('urn:example:open', { access_model: 'open' })))
      for (let i = 0; i < 500; i++) {
        granted(await romeo.asks(subscribing('urn:example:open', `${romeo.jid}/${i}`, juliet.jid)))
      }
      refused(
        await romeo.asks(subscribing('urn:example:open', romeo.jid, juliet.jid)),
        'policy-violation',
        'too-many-subscriptions',
      )
    }),
  )
})
