import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { appearsWith } from '../../../tests/kit/capabilities.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import { publishing, pubsubEvent, reading } from '../../../tests/kit/nodes.ts'
import { granted, refused } from '../../../tests/kit/refusals.ts'

const node = 'urn:xmpp:mds:displayed:0'
const displayed = (id: string, by: string) =>
  `<displayed xmlns="${node}"><stanza-id xmlns="urn:xmpp:sid:0" id="${id}" by="${by}"/></displayed>`

describe('XEP-0490', () => {
  test(
    '#server-assist: taken off the message and published for the owner’s devices alone',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet, julietsPhone, julietsLaptop }) => {
      await appearsWith(julietsPhone, [`${node}+notify`])
      await appearsWith(romeo, [`${node}+notify`])
      granted(await julietsLaptop.asks`<iq type="set"><enable xmlns="urn:xmpp:carbons:2"/></iq>`)
      for (const actor of [romeo, julietsPhone, julietsLaptop]) await actor.forgets()
      juliet.sends(
        `<message to="${romeo.jid}" type="chat"><displayed xmlns="urn:xmpp:chat-markers:0" id="m1"/>` +
          `${displayed('s1', juliet.jid)}</message>`,
      )
      await julietsPhone.receives`<message from="${juliet.jid}" to="${julietsPhone.fullJid}" type="headline">
        <event xmlns="${pubsubEvent}"><items node="${node}"><item id="${romeo.jid}">
          <displayed xmlns="${node}"><stanza-id xmlns="urn:xmpp:sid:0" id="s1"/></displayed></item></items></event></message>`
      const came =
        await romeo.receives`<message from="${juliet.fullJid}"><displayed xmlns="urn:xmpp:chat-markers:0" id="m1"/></message>`
      assert.ok(!came.holds(tree => tree.ns === node))
      const copy = await julietsLaptop.receives`<message><sent xmlns="urn:xmpp:carbons:2">…</sent></message>`
      assert.ok(!copy.holds(tree => tree.ns === node))
      for (const actor of [romeo, julietsPhone, julietsLaptop]) await actor.receivesNothing()
      refused(await romeo.asks(reading(node, juliet.jid)), 'not-allowed', 'closed-node')
    }),
  )

  test(
    'one item for each chat, and the node is for nobody else, however it was made',
    dialogue(async ({ juliet }) => {
      const options = {
        persist_items: 'true',
        max_items: 'max',
        send_last_published_item: 'never',
        access_model: 'whitelist',
      }
      granted(await juliet.asks(publishing(node, 'a@example.org', displayed('s1', juliet.jid))))
      granted(await juliet.asks(publishing(node, 'b@example.org', displayed('s2', juliet.jid), options)))
      granted(await juliet.asks(publishing(node, 'a@example.org', displayed('s3', juliet.jid), options)))
      const items = granted(await juliet.asks(reading(node)))
        .at('pubsub', 'items')
        .elements()
      assert.deepEqual(
        items.map(item => [item.attr('id'), item.at('displayed', 'stanza-id').attr('id')]),
        [
          ['b@example.org', 's2'],
          ['a@example.org', 's3'],
        ],
      )
      refused(
        await juliet.asks(publishing(node, 'c@example.org', displayed('s4', juliet.jid), { access_model: 'open' })),
        'conflict',
        'precondition-not-met',
      )
    }),
  )
})
