import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { appearsWith } from '../../../tests/kit/capabilities.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import {
  configuring,
  formOf,
  making,
  publishing,
  pubsub,
  pubsubEvent,
  pubsubOwner,
  reading,
  subscribing,
} from '../../../tests/kit/nodes.ts'
import { granted, refused } from '../../../tests/kit/refusals.ts'
import type { Tree } from '../../../tests/kit/tree.ts'

const node = 'urn:example:notes'
const note = (text: string) => `<note xmlns="urn:example:note">${text}</note>`

/** The fields of the form inside an answer. */
function fields(answer: Tree): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  const visit = (tree: Tree): void => {
    if (tree.name === 'field') {
      const values = tree.elements().filter(child => child.name === 'value')
      found[(tree.attr('var') ?? '').replace('pubsub#', '')] = values.map(value => value.text())
    }
    for (const child of tree.elements()) visit(child)
  }
  visit(answer)
  return found
}

const ids = (answer: Tree) =>
  granted(answer)
    .at('pubsub', 'items')
    .elements()
    .map(item => item.attr('id'))

describe('XEP-0060#owner', () => {
  test(
    'default configuration, and that of a node made with values of its own',
    dialogue(async ({ juliet }) => {
      const usual = await juliet.asks`<iq type="get"><pubsub xmlns="${pubsubOwner}"><default/></pubsub></iq>`
      assert.deepEqual(fields(usual).access_model, ['presence'])
      assert.deepEqual(fields(usual).send_last_published_item, ['on_sub_and_presence'])
      assert.deepEqual(fields(usual).deliver_notifications, ['1'])
      const validated = (tree: Tree) =>
        tree.attr('datatype') === 'pubsub:integer-or-max' && tree.child('basic') !== undefined
      assert.ok(usual.holds(validated), 'XEP-0060#usecase.xdata')
      granted(await juliet.asks(making(node, { access_model: 'open', max_items: 'max', title: 'Notes' })))
      const own =
        await juliet.asks`<iq type="get"><pubsub xmlns="${pubsubOwner}"><configure node="${node}"/></pubsub></iq>`
      const { access_model, max_items, title, persist_items } = fields(own)
      assert.deepEqual([access_model, max_items, title, persist_items], [['open'], ['max'], ['Notes'], ['1']])
      refused(await juliet.asks(making(node)), 'conflict')
      const instant = await juliet.asks`<iq type="set"><pubsub xmlns="${pubsub}"><create/></pubsub></iq>`
      assert.ok(granted(instant).at('pubsub', 'create').attr('node'))
    }),
  )

  test(
    'a configuration that cannot be is refused, and nothing changes',
    dialogue(async ({ juliet }) => {
      granted(await juliet.asks(making(node)))
      for (const options of [
        { access_model: 'everybody' },
        { max_items: '-1' },
        { max_items: '1000000' },
        { persist_items: 'perhaps' },
        { publish_model: 'open' },
      ]) {
        refused(await juliet.asks(configuring(node, { title: 'New', ...options })), 'not-acceptable')
      }
      const own =
        await juliet.asks`<iq type="get"><pubsub xmlns="${pubsubOwner}"><configure node="${node}"/></pubsub></iq>`
      assert.deepEqual(fields(own).title, [])
      refused(await juliet.asks(configuring('urn:example:none', {})), 'item-not-found')
      refused(
        await juliet.asks`<iq type="get"><pubsub xmlns="${pubsubOwner}"><configure/></pubsub></iq>`,
        'bad-request',
        'nodeid-required',
      )
      granted(
        await juliet.asks`<iq type="set"><pubsub xmlns="${pubsubOwner}"><configure node="${node}">
          <x xmlns="jabber:x:data" type="cancel"/></configure></pubsub></iq>`,
      )
    }),
  )

  test(
    'fewer items: the oldest leave; items move with the access model and are still there',
    dialogue(async ({ juliet, romeo }) => {
      granted(await juliet.asks(making(node, { max_items: '4', access_model: 'whitelist' })))
      for (const id of ['a', 'b', 'c', 'd', 'e']) granted(await juliet.asks(publishing(node, id, note(id))))
      assert.deepEqual(ids(await juliet.asks(reading(node))), ['b', 'c', 'd', 'e'])
      granted(await juliet.asks(configuring(node, { max_items: '2', access_model: 'open' })))
      assert.deepEqual(ids(await romeo.asks(reading(node, juliet.jid))), ['d', 'e'])
      granted(await juliet.asks(configuring(node, { access_model: 'whitelist' })))
      refused(await romeo.asks(reading(node, juliet.jid)), 'not-allowed', 'closed-node')
      assert.deepEqual(ids(await juliet.asks(reading(node))), ['d', 'e'])
    }),
  )

  test(
    'purge and delete: what was there is gone, and those who want to know are told',
    dialogue(async ({ juliet }) => {
      await appearsWith(juliet, [`${node}+notify`])
      granted(await juliet.asks(making(node, { max_items: '4' })))
      granted(await juliet.asks(publishing(node, 'a', note('a'))))
      await juliet.forgets()
      granted(await juliet.asks`<iq type="set"><pubsub xmlns="${pubsubOwner}"><purge node="${node}"/></pubsub></iq>`)
      await juliet.receives`<message><event xmlns="${pubsubEvent}"><purge node="${node}"/></event></message>`
      assert.deepEqual(ids(await juliet.asks(reading(node))), [])
      granted(await juliet.asks`<iq type="set"><pubsub xmlns="${pubsubOwner}"><delete node="${node}"/></pubsub></iq>`)
      await juliet.receives`<message><event xmlns="${pubsubEvent}"><delete node="${node}"/></event></message>`
      refused(await juliet.asks(reading(node)), 'item-not-found')
      refused(
        await juliet.asks`<iq type="set"><pubsub xmlns="${pubsubOwner}"><delete node="${node}"/></pubsub></iq>`,
        'item-not-found',
      )
    }),
  )

  test(
    'XEP-0060#owner-configure-process-notify: another configuration is told where it is wanted',
    dialogue(async ({ juliet }) => {
      await appearsWith(juliet, [`${node}+notify`])
      granted(await juliet.asks(making(node)))
      await juliet.forgets()
      granted(await juliet.asks(configuring(node, { notify_config: '1', title: 'Notes' })))
      const told =
        await juliet.receives`<message><event xmlns="${pubsubEvent}"><configuration node="${node}"/></event></message>`
      assert.deepEqual(fields(told).title, ['Notes'])
    }),
  )

  test(
    'affiliations and subscriptions are the owner’s to see and to change',
    dialogue(async ({ juliet, romeo, paris }) => {
      granted(await juliet.asks(making(node, { access_model: 'authorize' })))
      const affiliate = (jid: string, affiliation: string) =>
        juliet.asks`<iq type="set"><pubsub xmlns="${pubsubOwner}"><affiliations node="${node}">
          <affiliation jid="${jid}" affiliation="${affiliation}"/></affiliations></pubsub></iq>`
      granted(await affiliate(romeo.jid, 'member'))
      refused(await affiliate(romeo.jid, 'publisher'), 'feature-not-implemented', 'unsupported')
      refused(await affiliate(romeo.jid, 'king'), 'bad-request')
      refused(await affiliate(juliet.jid, 'none'), 'not-acceptable')
      refused(await affiliate('', 'member'), 'bad-request', 'jid-required')
      const list =
        await juliet.asks`<iq type="get"><pubsub xmlns="${pubsubOwner}"><affiliations node="${node}"/></pubsub></iq>`
      const affiliations = list.at('pubsub', 'affiliations').elements()
      assert.deepEqual(
        affiliations.map(each => [each.attr('jid'), each.attr('affiliation')]),
        [
          [juliet.jid, 'owner'],
          [romeo.jid, 'member'],
        ],
      )
      const own =
        await romeo.asks`<iq type="get" to="${juliet.jid}"><pubsub xmlns="${pubsub}"><affiliations/></pubsub></iq>`
      assert.equal(own.at('pubsub', 'affiliations', 'affiliation').attr('affiliation'), 'member')

      const pending = await paris.asks(subscribing(node, paris.jid, juliet.jid))
      assert.equal(granted(pending).at('pubsub', 'subscription').attr('subscription'), 'pending')
      refused(await paris.asks(subscribing(node, paris.jid, juliet.jid)), 'not-authorized', 'pending-subscription')
      const asked =
        await juliet.eventually`<message from="${juliet.jid}"><x xmlns="jabber:x:data" type="form">…</x></message>`
      assert.deepEqual(fields(asked).subscriber_jid, [paris.jid])
      granted(
        await juliet.asks`<iq type="set"><pubsub xmlns="${pubsubOwner}"><subscriptions node="${node}">
          <subscription jid="${paris.jid}" subscription="subscribed"/></subscriptions></pubsub></iq>`,
      )
      await paris.eventually`<message from="${juliet.jid}"><event xmlns="${pubsubEvent}">
        <subscription node="${node}" jid="${paris.jid}" subscription="subscribed"/></event></message>`
      granted(await paris.asks(reading(node, juliet.jid)))
    }),
  )

  test(
    'XEP-0060#owner-subreq: the owner answers the form, for those who wait and for nobody else',
    dialogue(async ({ juliet, paris, romeo }) => {
      granted(await juliet.asks(making(node, { access_model: 'authorize' })))
      granted(await paris.asks(subscribing(node, paris.jid, juliet.jid)))
      const answer = (jid: string) =>
        formOf(`${pubsub}#subscribe_authorization`, { node, subscriber_jid: jid, allow: 'true' })
      juliet.sends`<message to="${juliet.jid}">${answer(romeo.jid)}</message>`
      juliet.sends`<message to="${juliet.jid}">${answer(paris.jid)}</message>`
      await paris.eventually`<message from="${juliet.jid}"><event xmlns="${pubsubEvent}">
        <subscription node="${node}" jid="${paris.jid}" subscription="subscribed"/></event></message>`
      granted(await paris.asks(reading(node, juliet.jid)))
      refused(await romeo.asks(reading(node, juliet.jid)), 'not-authorized', 'not-subscribed')
    }),
  )
})

describe('XEP-0060#subscriber', () => {
  test(
    'everybody subscribes for themselves, once, and may leave',
    dialogue(async ({ juliet, romeo, paris }) => {
      granted(await juliet.asks(making(node, { access_model: 'open' })))
      granted(await juliet.asks(publishing(node, 'a', note('a'))))
      refused(await romeo.asks(subscribing(node, paris.jid, juliet.jid)), 'bad-request', 'invalid-jid')
      const first = await romeo.asks(subscribing(node, romeo.jid, juliet.jid))
      await romeo.eventually`<message from="${juliet.jid}" to="${romeo.jid}"><event xmlns="${pubsubEvent}">
        <items node="${node}"><item id="a"/></items></event></message>`
      const again = await romeo.asks(subscribing(node, romeo.jid, juliet.jid))
      const id = granted(first).at('pubsub', 'subscription').attr('subid')
      assert.equal(granted(again).at('pubsub', 'subscription').attr('subid'), id)
      const leave = (jid: string) =>
        romeo.asks`<iq type="set" to="${juliet.jid}"><pubsub xmlns="${pubsub}">
          <unsubscribe node="${node}" jid="${jid}"/></pubsub></iq>`
      refused(await leave(romeo.fullJid), 'unexpected-request', 'not-subscribed')
      granted(await leave(romeo.jid))
      granted(await juliet.asks(publishing(node, 'b', note('b'))))
      await romeo.receivesNothing()
    }),
  )

  test(
    'a device subscribes for itself alone',
    dialogue(async ({ juliet, romeo, romeosPhone }) => {
      granted(await juliet.asks(making(node, { access_model: 'open' })))
      granted(await romeo.asks(subscribing(node, romeo.fullJid, juliet.jid)))
      granted(await juliet.asks(publishing(node, 'a', note('a'))))
      await romeo.receives`<message to="${romeo.fullJid}"><event xmlns="${pubsubEvent}"><items node="${node}"/></event></message>`
      await romeosPhone.receivesNothing()
    }),
  )
})

describe('XEP-0060#publisher', () => {
  test(
    'publish-options make the node, and are conditions ever after',
    dialogue(async ({ juliet, romeo }) => {
      const options = { access_model: 'open', persist_items: 'true', max_items: 'max' }
      granted(await juliet.asks(publishing(node, 'a', note('a'), options)))
      granted(await juliet.asks(publishing(node, 'b', note('b'), options)))
      assert.deepEqual(ids(await romeo.asks(reading(node, juliet.jid))), ['a', 'b'])
      for (const other of [{ access_model: 'presence' }, { max_items: '1' }, { whatever: '1' }]) {
        refused(await juliet.asks(publishing(node, 'c', note('c'), other)), 'conflict', 'precondition-not-met')
        refused(
          await juliet.asks(publishing('urn:example:other', 'c', note('c'), { ...other, whatever: '1' })),
          'conflict',
          'precondition-not-met',
        )
      }
      assert.deepEqual(ids(await juliet.asks(reading(node))), ['a', 'b'])
      refused(await juliet.asks(reading('urn:example:other')), 'item-not-found')
    }),
  )

  test(
    'what is wrong with an item is said',
    dialogue(async ({ juliet }) => {
      const publish = (inside: string) =>
        juliet.asks(
          `<iq type="set"><pubsub xmlns="${pubsub}"><publish node="${node}">${inside}</publish></pubsub></iq>`,
        )
      refused(await publish(''), 'bad-request', 'item-required')
      refused(await publish('<item id="a"/>'), 'bad-request', 'payload-required')
      refused(await publish(`<item id="a">${note('a')}${note('b')}</item>`), 'bad-request', 'invalid-payload')
      refused(
        await juliet.asks(
          `<iq type="set"><pubsub xmlns="${pubsub}"><publish><item>${note('a')}</item></publish></pubsub></iq>`,
        ),
        'bad-request',
        'nodeid-required',
      )
      refused(await publish(`<item id="${'x'.repeat(4000)}">${note('a')}</item>`), 'not-acceptable')
      refused(await juliet.asks(publishing('n'.repeat(2000), 'a', note('a'))), 'not-acceptable')
      refused(
        await juliet.asks`<iq type="set"><pubsub xmlns="${pubsub}"><dance/></pubsub></iq>`,
        'feature-not-implemented',
      )
      refused(await juliet.asks`<iq type="set"><pubsub xmlns="${pubsub}"/></iq>`, 'bad-request')
      for (const id of ['a', 'b']) granted(await publish(`<item id="${id}">${note(id)}</item>`))
      assert.deepEqual(ids(await juliet.asks(reading(node))), ['b'])
    }),
  )

  test(
    'a node that keeps nothing tells, and has nothing to retract',
    dialogue(async ({ juliet }) => {
      await appearsWith(juliet, [`${node}+notify`])
      await juliet.forgets()
      granted(await juliet.asks(publishing(node, 'a', note('a'), { persist_items: '0' })))
      await juliet.receives`<message><event xmlns="${pubsubEvent}"><items node="${node}"><item id="a">
        <note xmlns="urn:example:note">a</note></item></items></event></message>`
      assert.deepEqual(ids(await juliet.asks(reading(node))), [])
      const retract = `<iq type="set"><pubsub xmlns="${pubsub}"><retract node="${node}"><item id="a"/></retract></pubsub></iq>`
      refused(await juliet.asks(retract), 'feature-not-implemented', 'unsupported')
      granted(await juliet.asks(configuring(node, { persist_items: '1', deliver_payloads: '0' })))
      granted(await juliet.asks(publishing(node, 'b', note('b'))))
      await juliet.receivesStrictly`<message from="${juliet.jid}" to="${juliet.fullJid}" type="headline" id="…">
        <event xmlns="${pubsubEvent}"><items node="${node}"><item id="b"/></items></event></message>`
      refused(await juliet.asks(retract), 'item-not-found')
      refused(
        await juliet.asks`<iq type="set"><pubsub xmlns="${pubsub}"><retract node="${node}"><item/></retract></pubsub></iq>`,
        'bad-request',
        'item-required',
      )
    }),
  )

  test(
    'XEP-0060#subscriber-retrieve: by id, the latest, page by page',
    dialogue(async ({ juliet }) => {
      granted(await juliet.asks(making(node, { max_items: 'max' })))
      for (const id of ['a', 'b', 'c', 'd', 'e']) granted(await juliet.asks(publishing(node, id, note(id))))
      const ask = (attrs: string, inside: string, set: string) =>
        juliet.asks(
          `<iq type="get"><pubsub xmlns="${pubsub}"><items node="${node}"${attrs}>${inside}</items>${set}</pubsub></iq>`,
        )
      const page = (inside: string) => ask('', '', `<set xmlns="http://jabber.org/protocol/rsm">${inside}</set>`)
      assert.deepEqual(ids(await ask('', '<item id="b"/><item id="none"/><item id="d"/>', '')), ['b', 'd'])
      assert.deepEqual(ids(await ask(' max_items="2"', '', '')), ['d', 'e'])
      refused(await ask(' max_items="two"', '', ''), 'bad-request', 'invalid-options')
      assert.deepEqual(ids(await page('<max>2</max>')), ['a', 'b'])
      assert.deepEqual(ids(await page('<max>2</max><after>b</after>')), ['c', 'd'])
      assert.deepEqual(ids(await page('<max>2</max><before/>')), ['d', 'e'])
      const before = await page('<max>2</max><before>d</before>')
      assert.deepEqual(ids(before), ['b', 'c'])
      const set = before.at('pubsub', 'set')
      assert.deepEqual(
        [set.need('first').attr('index'), set.need('first').text(), set.need('last').text(), set.need('count').text()],
        ['1', 'b', 'c', '5'],
      )
      refused(await page('<after>none</after>'), 'item-not-found')
    }),
  )
})
