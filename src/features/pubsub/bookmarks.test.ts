import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { appearsWith } from '../../../tests/kit/capabilities.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import { configuring, publishing, pubsub, pubsubEvent, pubsubOwner, reading } from '../../../tests/kit/nodes.ts'
import { granted, refused } from '../../../tests/kit/refusals.ts'

const native = 'urn:xmpp:bookmarks:1'
const old = 'storage:bookmarks'
const options = {
  access_model: 'whitelist',
  persist_items: 'true',
  max_items: 'max',
  send_last_published_item: 'never',
}

const bookmark = (name: string, more = '') =>
  `<conference xmlns="${native}" name="${name}" autojoin="true"><nick>JC</nick>${more}</conference>`
const extensions = '<extensions><state xmlns="urn:example:client" minimized="true"/></extensions>'

const storage = (inside: string) => `<storage xmlns="${old}">${inside}</storage>`
const stores = (actor: Actor, inside: string) =>
  actor.asks(`<iq type="set"><query xmlns="jabber:iq:private">${storage(inside)}</query></iq>`)
const conference = (jid: string, name: string, more = '<nick>JC</nick>') =>
  `<conference jid="${jid}" name="${name}" autojoin="true">${more}</conference>`

async function privateXml(actor: Actor): Promise<string> {
  const answer =
    await actor.asks`<iq type="get"><query xmlns="jabber:iq:private"><storage xmlns="${old}"/></query></iq>`
  return String(granted(answer).at('query', 'storage'))
}

async function oldNode(actor: Actor): Promise<string> {
  const items = granted(await actor.asks(reading(old))).at('pubsub', 'items')
  return items
    .elements()
    .map(item => `${item.attr('id')} ${item.need('storage')}`)
    .join()
}

async function natives(actor: Actor): Promise<string[]> {
  const items = granted(await actor.asks(reading(native))).at('pubsub', 'items')
  return items.elements().map(item => `${item.attr('id')} ${item.need('conference')}`)
}

describe('XEP-0402#compatibility', () => {
  test(
    'what is published as XEP-0402 is found as XEP-0048, in private XML and in PEP',
    dialogue(async ({ juliet, julietsPhone }) => {
      granted(await juliet.asks(publishing(native, 'theplay@rooms.example', bookmark('The Play'), options)))
      granted(await juliet.asks(publishing(native, 'orchard@rooms.example', bookmark('Orchard', extensions), options)))
      const all = storage(
        conference('theplay@rooms.example', 'The Play') +
          conference('orchard@rooms.example', 'Orchard', `<nick>JC</nick>${extensions}`),
      )
      assert.equal(await privateXml(julietsPhone), all)
      assert.equal(await oldNode(julietsPhone), `current ${all}`)
      const node =
        await juliet.asks`<iq type="get"><pubsub xmlns="${pubsubOwner}"><configure node="${old}"/></pubsub></iq>`
      assert.match(String(granted(node)), /pubsub#access_model"[^>]*>.*?<value>whitelist</)
    }),
  )

  for (const way of ['private XML', 'PEP'] as const) {
    const writes = (actor: Actor, inside: string) =>
      way === 'PEP' ? actor.asks(publishing(old, 'current', storage(inside))) : stores(actor, inside)

    test(
      `XEP-0402#publishing-legacy: a list written in ${way} changes what is different, and nobody hears of the rest`,
      dialogue(async ({ juliet, julietsPhone }) => {
        granted(await juliet.asks(publishing(native, 'a@rooms.example', bookmark('A', extensions), options)))
        granted(await juliet.asks(publishing(native, 'b@rooms.example', bookmark('B'), options)))
        granted(await juliet.asks(publishing(native, 'c@rooms.example', bookmark('C'), options)))
        await appearsWith(julietsPhone, [`${native}+notify`])
        await julietsPhone.forgets()
        const link = '<url name="Verona" url="https://verona.example/"/>'
        const list =
          // Says it in another way, and leaves out what others have made of it.
          `<conference name="A" autojoin="1" jid="a@rooms.example"><nick>JC</nick><password/></conference>` +
          conference('b@rooms.example', 'Bee') +
          conference('d@rooms.example', 'D') +
          link
        granted(await writes(juliet, list))
        await julietsPhone.receives`<message><event xmlns="${pubsubEvent}"><items node="${native}">
          <item id="b@rooms.example"><conference xmlns="${native}" name="Bee"/></item>
          <item id="d@rooms.example"><conference xmlns="${native}" name="D"/></item></items></event></message>`
        await julietsPhone.receives`<message><event xmlns="${pubsubEvent}"><items node="${native}">
          <retract id="c@rooms.example"/></items></event></message>`
        await julietsPhone.receivesNothing()
        assert.deepEqual(await natives(juliet), [
          `a@rooms.example ${bookmark('A', extensions)}`,
          `b@rooms.example ${bookmark('Bee').replace(/(name=.*?) (autojoin=.*?)>/, '$1 $2>')}`,
          `d@rooms.example ${bookmark('D')}`,
        ])
        assert.ok((await privateXml(juliet)).endsWith(`${link}</storage>`))
        assert.ok((await oldNode(juliet)).endsWith(`${link}</storage>`))
      }),
    )
  }

  test(
    'XEP-0411#conversion: devices that see all bookmarks as one item are told of every change, once',
    dialogue(async ({ juliet, julietsPhone }) => {
      await appearsWith(julietsPhone, [`${old}+notify`])
      await julietsPhone.forgets()
      granted(await stores(juliet, conference('a@rooms.example', 'A') + conference('b@rooms.example', 'B')))
      await julietsPhone.receives`<message><event xmlns="${pubsubEvent}"><items node="${old}"><item id="current">
        <storage xmlns="${old}"><conference jid="a@rooms.example"/><conference jid="b@rooms.example"/></storage>
        </item></items></event></message>`
      await julietsPhone.receivesNothing()
      granted(
        await juliet.asks`<iq type="set"><pubsub xmlns="${pubsub}"><retract node="${native}" notify="true">
          <item id="a@rooms.example"/></retract></pubsub></iq>`,
      )
      const told = await julietsPhone.receives`<message><event xmlns="${pubsubEvent}"><items node="${old}">
        <item id="current"><storage xmlns="${old}">…</storage></item></items></event></message>`
      assert.equal(told.at('event', 'items', 'item', 'storage').elements().length, 1)
      await julietsPhone.receivesNothing()
    }),
  )

  test(
    'an empty list takes all away; who tidies up the old node takes nothing away',
    dialogue(async ({ juliet }) => {
      granted(await juliet.asks(publishing(native, 'a@rooms.example', bookmark('A'), options)))
      for (const verb of ['purge', 'delete']) {
        granted(
          await juliet.asks(`<iq type="set"><pubsub xmlns="${pubsubOwner}"><${verb} node="${old}"/></pubsub></iq>`),
        )
      }
      granted(
        await juliet.asks`<iq type="set"><pubsub xmlns="${pubsub}"><retract node="${old}"><item id="current"/></retract></pubsub></iq>`,
      )
      assert.equal((await natives(juliet)).length, 1)
      granted(await stores(juliet, ''))
      assert.deepEqual(await natives(juliet), [])
      assert.equal(await privateXml(juliet), `<storage xmlns="${old}"/>`)
    }),
  )

  test(
    'XEP-0411#security: nobody but the owner ever reads them',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ juliet, romeo }) => {
      granted(await stores(juliet, conference('a@rooms.example', 'A')))
      for (const node of [native, old]) {
        refused(await romeo.asks(reading(node, juliet.jid)), 'not-allowed', 'closed-node')
        refused(await juliet.asks(configuring(node, { access_model: 'open' })), 'not-acceptable')
      }
      const open = { access_model: 'open' }
      refused(await juliet.asks(publishing(native, 'b@rooms.example', bookmark('B'), open)), 'conflict')
      refused(await juliet.asks(publishing(old, 'current', storage(''), open)), 'conflict', 'precondition-not-met')
      refused(
        await juliet.asks`<iq type="set"><pubsub xmlns="${pubsubOwner}"><affiliations node="${old}">
          <affiliation jid="${romeo.jid}" affiliation="member"/></affiliations></pubsub></iq>`,
        'not-allowed',
      )
    }),
  )

  test(
    'what is no bookmark is neither shown nor lost; what is no list is refused',
    dialogue(async ({ juliet }) => {
      granted(await juliet.asks(publishing(native, 'not an address/', bookmark('Odd'), options)))
      granted(await stores(juliet, `${conference('a@rooms.example', 'A')}${conference('', 'Nowhere')}`))
      assert.equal((await natives(juliet)).length, 2)
      assert.equal(await privateXml(juliet), storage(conference('a@rooms.example', 'A') + conference('', 'Nowhere')))
      refused(
        await juliet.asks(publishing(old, 'current', '<other xmlns="storage:bookmarks"/>')),
        'bad-request',
        'invalid-payload',
      )
    }),
  )
})
