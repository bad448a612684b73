import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { appearsWith } from '../../../tests/kit/capabilities.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import { refused } from '../../../tests/kit/refusals.ts'

const pubsub = 'http://jabber.org/protocol/pubsub'
const tune = 'http://jabber.org/protocol/tune'
const playing = (title: string, id?: string) =>
  `<iq type="set"><pubsub xmlns="${pubsub}"><publish node="${tune}"><item${id === undefined ? '' : ` id="${id}"`}>` +
  `<tune xmlns="${tune}"><title>${title}</title></tune></item></publish></pubsub></iq>`

describe('XEP-0163#publish', () => {
  test(
    'a node is made for the first item, and all devices of the owner that want to know are told',
    dialogue(async ({ juliet, julietsPhone, julietsLaptop }) => {
      await appearsWith(juliet, [`${tune}+notify`])
      await appearsWith(julietsPhone, [`${tune}+notify`])
      await appearsWith(julietsLaptop, ['http://jabber.org/protocol/mood+notify'])
      await julietsLaptop.forgets()
      await juliet.forgets()
      await julietsPhone.forgets()
      const answer = await juliet.asks(playing('Introduction'))
      const id = answer.at('pubsub', 'publish', 'item').attr('id')
      assert.ok(id)
      for (const device of [juliet, julietsPhone]) {
        await device.receivesStrictly`<message from="${juliet.jid}" to="${device.fullJid}" type="headline" id="…">
          <event xmlns="http://jabber.org/protocol/pubsub#event"><items node="${tune}"><item id="${id}">
            <tune xmlns="${tune}"><title>Introduction</title></tune></item></items></event></message>`
      }
      await julietsLaptop.receivesNothing()
      const items =
        await julietsLaptop.asks`<iq type="get"><pubsub xmlns="${pubsub}"><items node="${tune}"/></pubsub></iq>`
      assert.equal(items.at('pubsub', 'items', 'item', 'tune', 'title').text(), 'Introduction')
    }),
  )

  test(
    'a node keeps the last item unless it is said otherwise; one that is published again is replaced',
    dialogue(async ({ juliet }) => {
      await juliet.asks(playing('one', 'first'))
      await juliet.asks(playing('two', 'second'))
      await juliet.asks(playing('three', 'second'))
      const answer = await juliet.asks`<iq type="get"><pubsub xmlns="${pubsub}"><items node="${tune}"/></pubsub></iq>`
      const items = answer.at('pubsub', 'items').elements()
      assert.deepEqual(
        items.map(item => [item.attr('id'), item.at('tune', 'title').text()]),
        [['second', 'three']],
      )
    }),
  )

  test(
    'XEP-0163#notify-last: who comes online is told what was published last',
    dialogue(async ({ juliet, julietsPhone }) => {
      await juliet.asks(playing('Introduction', 'now'))
      await appearsWith(julietsPhone, [`${tune}+notify`])
      await julietsPhone.eventually`<message from="${juliet.jid}" type="headline">
        <event xmlns="http://jabber.org/protocol/pubsub#event"><items node="${tune}"><item id="now">
          <tune xmlns="${tune}"><title>Introduction</title></tune></item></items></event></message>`
      await julietsPhone.receivesNothing()
    }),
  )

  test(
    'XEP-0060#publisher-delete: an item that is retracted is gone, and those who want to know are told',
    dialogue(async ({ juliet }) => {
      await juliet.asks(playing('Introduction', 'now'))
      await appearsWith(juliet, [`${tune}+notify`])
      await juliet.forgets()
      const answer = await juliet.asks`<iq type="set"><pubsub xmlns="${pubsub}">
        <retract node="${tune}" notify="true"><item id="now"/></retract></pubsub></iq>`
      assert.equal(answer.attr('type'), 'result')
      await juliet.receives`<message from="${juliet.jid}" type="headline">
        <event xmlns="http://jabber.org/protocol/pubsub#event"><items node="${tune}"><retract id="now"/></items></event></message>`
      const items = await juliet.asks`<iq type="get"><pubsub xmlns="${pubsub}"><items node="${tune}"/></pubsub></iq>`
      assert.equal(items.at('pubsub', 'items').elements().length, 0)
    }),
  )

  test(
    'nobody publishes or retracts for somebody else',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
      await juliet.asks(playing('Introduction', 'now'))
      const forged = playing('Something else', 'now').replace('<iq', `<iq to="${juliet.jid}"`)
      refused(await romeo.asks(forged), 'forbidden')
      refused(
        await romeo.asks`<iq type="set" to="${juliet.jid}"><pubsub xmlns="${pubsub}">
          <retract node="${tune}"><item id="now"/></retract></pubsub></iq>`,
        'forbidden',
      )
    }),
  )
})
