import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { appearsWith } from '../../../tests/kit/capabilities.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import { making, publishing, pubsub, pubsubEvent, pubsubOwner, reading, subscribing } from '../../../tests/kit/nodes.ts'
import { granted, refused } from '../../../tests/kit/refusals.ts'

const models = ['open', 'presence', 'roster', 'whitelist', 'authorize'] as const
type Reader = 'self' | 'contact' | 'friend' | 'member' | 'outcast' | 'stranger'

/** XEP-0060#accessmodels, XEP-0060#subscriber-retrieve-error: what each reader is told; undefined lets them in. */
const expected: Record<(typeof models)[number], Partial<Record<Reader, [string, string?]>>> = {
  open: { outcast: ['forbidden'] },
  presence: {
    outcast: ['forbidden'],
    stranger: ['not-authorized', 'presence-subscription-required'],
  },
  roster: {
    outcast: ['forbidden'],
    contact: ['not-authorized', 'not-in-roster-group'],
    stranger: ['not-authorized', 'not-in-roster-group'],
  },
  whitelist: {
    outcast: ['forbidden'],
    contact: ['not-allowed', 'closed-node'],
    friend: ['not-allowed', 'closed-node'],
    stranger: ['not-allowed', 'closed-node'],
  },
  authorize: {
    outcast: ['forbidden'],
    contact: ['not-authorized', 'not-subscribed'],
    friend: ['not-authorized', 'not-subscribed'],
    stranger: ['not-authorized', 'not-subscribed'],
  },
}

const note = '<note xmlns="urn:example:note">Soft!</note>'

describe('XEP-0060#accessmodels', () => {
  for (const model of models) {
    test(
      `${model}: who may read, subscribe, and be told`,
      dialogue(
        {
          friends: [
            ['romeo', 'juliet'],
            ['nurse', 'juliet'],
          ],
        },
        async ({ juliet, romeo, nurse, mercutio, tybalt, paris }) => {
          const node = `urn:example:${model}`
          granted(
            await juliet.asks`<iq type="set"><query xmlns="jabber:iq:roster">
              <item jid="${nurse.jid}"><group>Family</group></item></query></iq>`,
          )
          granted(await juliet.asks(making(node, { access_model: model, roster_groups_allowed: 'Family' })))
          granted(
            await juliet.asks`<iq type="set"><pubsub xmlns="${pubsubOwner}"><affiliations node="${node}">
              <affiliation jid="${mercutio.jid}" affiliation="member"/>
              <affiliation jid="${tybalt.jid}" affiliation="outcast"/></affiliations></pubsub></iq>`,
          )
          granted(await juliet.asks(publishing(node, 'one', note)))
          const readers: Record<Reader, Actor> = {
            self: juliet,
            contact: romeo,
            friend: nurse,
            member: mercutio,
            outcast: tybalt,
            stranger: paris,
          }
          for (const [reader, actor] of Object.entries(readers) as [Reader, Actor][]) {
            const no = expected[model][reader]
            const answer = await actor.asks(reading(node, juliet.jid))
            const subscribed = await actor.asks(subscribing(node, actor.jid, juliet.jid))
            if (no === undefined) {
              assert.equal(granted(answer).at('pubsub', 'items', 'item', 'note').text(), 'Soft!', reader)
              assert.equal(granted(subscribed).at('pubsub', 'subscription').attr('subscription'), 'subscribed', reader)
            } else {
              refused(answer, ...no)
              if (model !== 'authorize' || reader === 'outcast') refused(subscribed, ...no)
              else assert.equal(subscribed.at('pubsub', 'subscription').attr('subscription'), 'pending', reader)
            }
          }
          for (const actor of Object.values(readers)) await actor.forgets()
          granted(await juliet.asks(publishing(node, 'two', '<note xmlns="urn:example:note">What light?</note>')))
          for (const [reader, actor] of Object.entries(readers) as [Reader, Actor][]) {
            if (expected[model][reader] !== undefined) await actor.receivesNothing()
            else if (reader !== 'self') {
              await actor.eventually`<message from="${juliet.jid}" type="headline">
                <event xmlns="${pubsubEvent}"><items node="${node}"><item id="two"/></items></event></message>`
              await actor.receivesNothing()
            }
          }
        },
      ),
    )
  }

  test(
    'what is not there and who is not there are told alike; who is blocked is nobody',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ juliet, romeo, paris, server }) => {
      granted(await juliet.asks(making('urn:example:open', { access_model: 'open' })))
      granted(
        await juliet.asks`<iq type="set"><block xmlns="urn:xmpp:blocking"><item jid="${romeo.jid}"/></block></iq>`,
      )
      const cases: readonly [Actor, string, string][] = [
        [paris, juliet.jid, 'urn:example:none'],
        [paris, `nobody@${server.domain}`, 'urn:example:open'],
        [romeo, juliet.jid, 'urn:example:open'],
      ]
      for (const [actor, to, node] of cases) {
        refused(await actor.asks(reading(node, to)), 'item-not-found')
        refused(await actor.asks(subscribing(node, actor.jid, to)), 'item-not-found')
        refused(await actor.asks(String(publishing(node, 'x', note)).replace('<iq', `<iq to="${to}"`)), 'forbidden')
        refused(
          await actor.asks`<iq type="get" to="${to}"><pubsub xmlns="${pubsubOwner}"><configure node="${node}"/></pubsub></iq>`,
          'forbidden',
        )
      }
    }),
  )

  test(
    'XEP-0163#support-contact: contacts find the nodes that they may read, strangers those that are open to all',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ juliet, romeo, paris }) => {
      for (const model of ['open', 'presence', 'whitelist']) {
        granted(await juliet.asks(making(`urn:example:${model}`, { access_model: model })))
        granted(await juliet.asks(publishing(`urn:example:${model}`, 'one', note)))
      }
      const nodesFor = async (actor: Actor) => {
        const answer = await actor.asks`<iq type="get" to="${juliet.jid}">
          <query xmlns="http://jabber.org/protocol/disco#items"/></iq>`
        const items = granted(answer).need('query').elements()
        return items.flatMap(item => item.attr('node') ?? []).sort()
      }
      assert.deepEqual(await nodesFor(juliet), ['urn:example:open', 'urn:example:presence', 'urn:example:whitelist'])
      assert.deepEqual(await nodesFor(romeo), ['urn:example:open', 'urn:example:presence'])
      assert.deepEqual(await nodesFor(paris), ['urn:example:open'])
      const info = await paris.asks`<iq type="get" to="${juliet.jid}">
        <query xmlns="http://jabber.org/protocol/disco#info" node="urn:example:open"/></iq>`
      const identity = granted(info).at('query', 'identity')
      assert.deepEqual([identity.attr('category'), identity.attr('type')], ['pubsub', 'leaf'])
      assert.match(String(info), /pubsub#meta-data.*pubsub#access_model/)
      refused(
        await paris.asks`<iq type="get" to="${juliet.jid}">
          <query xmlns="http://jabber.org/protocol/disco#info" node="urn:example:presence"/></iq>`,
        'service-unavailable',
      )
      const items = await romeo.asks`<iq type="get" to="${juliet.jid}">
        <query xmlns="http://jabber.org/protocol/disco#items" node="urn:example:presence"/></iq>`
      assert.deepEqual(
        granted(items)
          .need('query')
          .elements()
          .map(item => [item.attr('jid'), item.attr('name'), item.attr('node')]),
        [[juliet.jid, 'one', undefined]],
      )
    }),
  )
})

describe('XEP-0163#notify', () => {
  const tune = 'http://jabber.org/protocol/tune'

  test(
    'contacts that want to know are told on the devices that say so; strangers and those who see nothing are not',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ juliet, romeo, romeosPhone, paris }) => {
      await appearsWith(romeo, [`${tune}+notify`])
      await appearsWith(romeosPhone, [])
      await appearsWith(paris, [`${tune}+notify`])
      for (const actor of [romeo, romeosPhone, paris]) await actor.forgets()
      granted(await juliet.asks(publishing(tune, 'now', `<tune xmlns="${tune}"><title>Nightingale</title></tune>`)))
      await romeo.receivesStrictly`<message from="${juliet.jid}" to="${romeo.fullJid}" type="headline" id="…">
        <event xmlns="${pubsubEvent}"><items node="${tune}"><item id="now">
          <tune xmlns="${tune}"><title>Nightingale</title></tune></item></items></event></message>`
      for (const actor of [romeo, romeosPhone, paris]) await actor.receivesNothing()
    }),
  )

  test(
    'XEP-0163#notify-last: a contact who comes online is told what was published last, also by who is away',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ juliet, romeo }) => {
      granted(await juliet.asks(publishing(tune, 'now', `<tune xmlns="${tune}"/>`)))
      const quiet = 'urn:example:quiet'
      granted(await juliet.asks(publishing(quiet, 'x', note, { send_last_published_item: 'never' })))
      await juliet.disconnects()
      await romeo.sends`<presence type="unavailable"/>`
      await romeo.forgets()
      await appearsWith(romeo, [`${tune}+notify`, `${quiet}+notify`])
      await romeo.eventually`<message from="${juliet.jid}" to="${romeo.fullJid}" type="headline">
        <event xmlns="${pubsubEvent}"><items node="${tune}"><item id="now"/></items></event></message>`
      await romeo.receivesNothing()
    }),
  )

  test(
    'XEP-0163#notify-last: whoever begins to see somebody is told at once what was published last, by nobody else',
    dialogue({ friends: [['paris', 'juliet']] }, async ({ juliet, romeo, romeosPhone, paris }) => {
      granted(await juliet.asks(publishing(tune, 'now', `<tune xmlns="${tune}"/>`)))
      await appearsWith(romeo, [`${tune}+notify`])
      await appearsWith(romeosPhone, [])
      await appearsWith(paris, [`${tune}+notify`])
      await romeo.sends`<presence type="subscribe" to="${juliet.jid}"/>`
      await juliet.eventually`<presence type="subscribe" from="${romeo.jid}"/>`
      for (const actor of [romeo, romeosPhone, paris]) await actor.forgets()
      await juliet.sends`<presence type="subscribed" to="${romeo.jid}"/>`
      await romeo.eventually`<message from="${juliet.jid}" to="${romeo.fullJid}" type="headline">
        <event xmlns="${pubsubEvent}"><items node="${tune}"><item id="now"/></items></event></message>`
      await romeo.eventually`<presence from="${juliet.fullJid}"/>`
      for (const actor of [romeo, romeosPhone, paris]) {
        await actor.settles()
        assert.ok(!actor.client.wire.inbox.some(each => each.name === 'message'), actor.role)
      }
      // Who says so again, or to somebody who does not want to see anything, changes nothing.
      await juliet.sends`<presence type="subscribed" to="${romeo.jid}"/>`
      await juliet.sends`<presence type="subscribed" to="${paris.jid}"/>`
      for (const actor of [romeo, paris]) {
        await actor.settles()
        assert.ok(!actor.client.wire.inbox.some(each => each.name === 'message'), actor.role)
      }
    }),
  )

  test(
    'XEP-0191: who is blocked, on either side, is told nothing',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ juliet, romeo }) => {
      await appearsWith(romeo, [`${tune}+notify`])
      granted(
        await romeo.asks`<iq type="set"><block xmlns="urn:xmpp:blocking"><item jid="${juliet.jid}"/></block></iq>`,
      )
      await romeo.forgets()
      granted(await juliet.asks(publishing(tune, 'now', `<tune xmlns="${tune}"/>`)))
      await romeo.receivesNothing()
    }),
  )

  test(
    'XEP-0060#impl-offline: news is kept for nobody',
    dialogue(async ({ juliet, paris }) => {
      granted(await juliet.asks(making('urn:example:open', { access_model: 'open' })))
      granted(await paris.asks(subscribing('urn:example:open', paris.jid, juliet.jid)))
      await paris.disconnects()
      granted(await juliet.asks(publishing('urn:example:open', 'x', note)))
      await paris.connects()
      await paris.receivesNothing()
      const answer =
        await paris.asks`<iq type="get" to="${juliet.jid}"><pubsub xmlns="${pubsub}"><subscriptions/></pubsub></iq>`
      assert.equal(answer.at('pubsub', 'subscriptions').elements().length, 1)
    }),
  )
})
