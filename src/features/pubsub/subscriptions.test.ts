/** Explicit subscriptions that depend on who may read, which changes. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import {
  configuring,
  making,
  publishing,
  pubsub,
  pubsubEvent,
  pubsubOwner,
  reading,
  subscribing,
} from '../../../tests/kit/nodes.ts'
import { granted, refused } from '../../../tests/kit/refusals.ts'

const node = 'urn:example:notes'
const note = '<note xmlns="urn:example:note"/>'

const state = (owner: Actor, subscriber: Actor, wanted: string) =>
  `<message from="${owner.jid}"><event xmlns="${pubsubEvent}"><subscription node="${node}" jid="${subscriber.jid}" subscription="${wanted}"/></event></message>`

const affiliating = (jid: string, affiliation: string) =>
  `<iq type="set"><pubsub xmlns="${pubsubOwner}"><affiliations node="${node}"><affiliation jid="${jid}" affiliation="${affiliation}"/></affiliations></pubsub></iq>`

async function subscribers(owner: Actor): Promise<(string | undefined)[]> {
  const answer =
    await owner.asks`<iq type="get"><pubsub xmlns="${pubsubOwner}"><subscriptions node="${node}"/></pubsub></iq>`
  return granted(answer)
    .at('pubsub', 'subscriptions')
    .elements()
    .map(each => each.attr('jid'))
}

describe('XEP-0163#impl-subscriptions: subscriptions follow what their owners may read', () => {
  test(
    'a contact who is none any longer is not subscribed, is told so, and does not become it again as a contact',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ juliet, romeo }) => {
      granted(await juliet.asks(making(node)))
      granted(await romeo.asks(subscribing(node, romeo.jid, juliet.jid)))
      juliet.sends`<presence type="unsubscribed" to="${romeo.jid}"/>`
      await romeo.eventually`<presence type="unsubscribed" from="${juliet.jid}"/>`
      await romeo.forgets()
      granted(await juliet.asks(publishing(node, 'one', note)))
      await romeo.receives(state(juliet, romeo, 'none'))
      assert.deepEqual(await subscribers(juliet), [])
      romeo.sends`<presence type="subscribe" to="${juliet.jid}"/>`
      await juliet.eventually`<presence type="subscribe"/>`
      juliet.sends`<presence type="subscribed" to="${romeo.jid}"/>`
      await romeo.eventually`<presence from="${juliet.fullJid}"/>`
      await romeo.forgets()
      granted(await juliet.asks(publishing(node, 'two', note)))
      await romeo.receivesNothing()
    }),
  )

  test(
    'somebody who is blocked for a while stays subscribed, and is told nothing meanwhile',
    dialogue(async ({ juliet, romeo }) => {
      granted(await juliet.asks(making(node, { access_model: 'open' })))
      granted(await romeo.asks(subscribing(node, romeo.jid, juliet.jid)))
      granted(
        await juliet.asks`<iq type="set"><block xmlns="urn:xmpp:blocking"><item jid="${romeo.jid}"/></block></iq>`,
      )
      granted(await juliet.asks(publishing(node, 'one', note)))
      await romeo.receivesNothing()
      granted(await juliet.asks`<iq type="set"><unblock xmlns="urn:xmpp:blocking"/></iq>`)
      granted(await juliet.asks(publishing(node, 'two', note)))
      await romeo.receives`<message><event xmlns="${pubsubEvent}"><items node="${node}"><item id="two"/></items></event></message>`
    }),
  )

  test(
    'another access model: who may not read leaves, who waited and need not any more is in',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ juliet, romeo, paris }) => {
      granted(await juliet.asks(making(node, { access_model: 'authorize' })))
      for (const one of [romeo, paris]) granted(await one.asks(subscribing(node, one.jid, juliet.jid)))
      granted(await juliet.asks(configuring(node, { access_model: 'presence' })))
      await romeo.eventually(state(juliet, romeo, 'subscribed'))
      await paris.eventually(state(juliet, paris, 'none'))
      assert.deepEqual(await subscribers(juliet), [romeo.jid])
    }),
  )

  test(
    'XEP-0060#owner-subreq: members need not wait, and outcasts wait in vain',
    dialogue(async ({ juliet, romeo, paris }) => {
      granted(await juliet.asks(making(node, { access_model: 'authorize' })))
      for (const one of [romeo, paris]) granted(await one.asks(subscribing(node, one.jid, juliet.jid)))
      granted(await juliet.asks(affiliating(romeo.jid, 'member')))
      await romeo.eventually(state(juliet, romeo, 'subscribed'))
      granted(await juliet.asks(affiliating(paris.jid, 'outcast')))
      await paris.eventually(state(juliet, paris, 'none'))
      granted(await romeo.asks(reading(node, juliet.jid)))
    }),
  )
})

describe('XEP-0060: what cannot be asked for', () => {
  test(
    'XEP-0060#subscriber-unsubscribe-error-forbidden: nobody ends somebody else’s subscription',
    dialogue(async ({ juliet, romeo, paris }) => {
      granted(await juliet.asks(making(node, { access_model: 'open' })))
      granted(await romeo.asks(subscribing(node, romeo.jid, juliet.jid)))
      refused(
        await paris.asks`<iq type="set" to="${juliet.jid}"><pubsub xmlns="${pubsub}"><unsubscribe node="${node}" jid="${romeo.jid}"/></pubsub></iq>`,
        'forbidden',
      )
      assert.deepEqual(await subscribers(juliet), [romeo.jid])
    }),
  )

  test(
    'XEP-0060#owner-create-and-configure: an access model that there is not',
    dialogue(async ({ juliet }) => {
      refused(await juliet.asks(making(node, { access_model: 'royal' })), 'not-acceptable', 'unsupported-access-model')
    }),
  )

  test(
    'XEP-0060#owner-affiliations-modify-request: what is not said is not changed',
    dialogue(async ({ juliet, romeo }) => {
      granted(await juliet.asks(making(node, { access_model: 'whitelist' })))
      granted(await juliet.asks(affiliating(romeo.jid, 'member')))
      granted(await romeo.asks(subscribing(node, romeo.jid, juliet.jid)))
      granted(await juliet.asks(affiliating(romeo.jid, 'x').replace(' affiliation="x"', '')))
      granted(
        await juliet.asks`<iq type="set"><pubsub xmlns="${pubsubOwner}"><subscriptions node="${node}"><subscription jid="${romeo.jid}"/></subscriptions></pubsub></iq>`,
      )
      granted(await romeo.asks(reading(node, juliet.jid)))
      assert.deepEqual(await subscribers(juliet), [romeo.jid])
    }),
  )
})
