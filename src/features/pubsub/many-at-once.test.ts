/** XEP-0060#owner-affiliations-multi, #owner-subscriptions-multi: what can be done is done, and the rest is named. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dialogue } from '../../../tests/kit/cast.ts'
import {
  configuring,
  making,
  pubsub,
  pubsubEvent,
  pubsubOwner,
  reading,
  subscribing,
} from '../../../tests/kit/nodes.ts'
import { granted, refused } from '../../../tests/kit/refusals.ts'
import type { Tree } from '../../../tests/kit/tree.ts'

const node = 'urn:example:notes'

type Entry = readonly [jid: string, value: string]

/** `<iq/>` of the owner that changes a list. */
function changing(what: 'affiliation' | 'subscription', ...entries: Entry[]): string {
  const list = entries.map(([jid, value]) => `<${what} jid="${jid}" ${what}="${value}"/>`).join('')
  return `<iq type="set"><pubsub xmlns="${pubsubOwner}"><${what}s node="${node}">${list}</${what}s></pubsub></iq>`
}

/** What a list in an answer says, in the order in which it says it. */
function said(
  answer: Tree,
  what: 'affiliation' | 'subscription',
): (readonly [string | undefined, string | undefined])[] {
  return answer
    .at('pubsub', `${what}s`)
    .elements()
    .map(each => [each.attr('jid'), each.attr(what)] as const)
}

const listing = (what: 'affiliation' | 'subscription') =>
  `<iq type="get"><pubsub xmlns="${pubsubOwner}"><${what}s node="${node}"/></pubsub></iq>`

describe('XEP-0060#owner: many changes in one request', () => {
  test(
    'affiliations: those that cannot be are answered as they are, the others hold',
    dialogue(async ({ juliet, romeo, paris, tybalt }) => {
      granted(await juliet.asks(making(node, { access_model: 'whitelist' })))
      granted(await juliet.asks(changing('affiliation', [tybalt.jid, 'outcast'])))
      const answer = await juliet.asks(
        changing(
          'affiliation',
          [romeo.jid, 'member'],
          [juliet.jid, 'none'],
          [tybalt.jid, 'publisher'],
          [paris.jid, 'king'],
        ),
      )
      refused(answer, 'not-acceptable')
      assert.deepEqual(said(answer, 'affiliation'), [
        [juliet.jid, 'owner'],
        [tybalt.jid, 'outcast'],
        [paris.jid, 'none'],
      ])
      assert.equal(answer.at('pubsub', 'affiliations').attr('node'), node)
      const now: Entry[] = [
        [juliet.jid, 'owner'],
        [tybalt.jid, 'outcast'],
        [romeo.jid, 'member'],
      ]
      assert.deepEqual(said(await juliet.asks(listing('affiliation')), 'affiliation'), now)
      granted(await romeo.asks(reading(node, juliet.jid)))
    }),
  )

  test(
    'affiliations: one that cannot be says why, and how it stands',
    dialogue(async ({ juliet, romeo }) => {
      granted(await juliet.asks(making(node)))
      const answer = await juliet.asks(changing('affiliation', [romeo.jid, 'publisher']))
      refused(answer, 'feature-not-implemented', 'unsupported')
      assert.deepEqual(said(answer, 'affiliation'), [[romeo.jid, 'none']])
    }),
  )

  test(
    'the same person twice: nothing is done',
    dialogue(async ({ juliet, romeo }) => {
      granted(await juliet.asks(making(node, { access_model: 'whitelist' })))
      const twice = changing('affiliation', [romeo.jid, 'member'], [romeo.jid, 'outcast'])
      refused(await juliet.asks(twice), 'bad-request')
      assert.deepEqual(said(await juliet.asks(listing('affiliation')), 'affiliation'), [[juliet.jid, 'owner']])
      const again = changing('subscription', [romeo.jid, 'subscribed'], [romeo.jid, 'none'])
      refused(await juliet.asks(again), 'bad-request')
      assert.deepEqual(said(await juliet.asks(listing('subscription')), 'subscription'), [])
    }),
  )

  test(
    'subscriptions: those that cannot be are answered as they are, the others hold',
    dialogue(async ({ juliet, romeo, paris }) => {
      granted(await juliet.asks(making(node, { access_model: 'open' })))
      granted(await paris.asks(subscribing(node, paris.jid, juliet.jid)))
      const answer = await juliet.asks(
        changing('subscription', [paris.jid, 'unconfigured'], [romeo.jid, 'subscribed'], ['@', 'none']),
      )
      refused(answer, 'not-acceptable')
      assert.deepEqual(said(answer, 'subscription'), [
        [paris.jid, 'subscribed'],
        ['@', 'none'],
      ])
      await romeo.eventually`<message from="${juliet.jid}"><event xmlns="${pubsubEvent}">
        <subscription node="${node}" jid="${romeo.jid}" subscription="subscribed"/></event></message>`
      assert.deepEqual(said(await juliet.asks(listing('subscription')), 'subscription'), [
        [paris.jid, 'subscribed'],
        [romeo.jid, 'subscribed'],
      ])
    }),
  )

  test(
    'XEP-0060#publisher-publish-request: one item with each publication',
    dialogue(async ({ juliet }) => {
      granted(await juliet.asks(making(node, { max_items: 'max' })))
      const item = (id: string) => `<item id="${id}"><note xmlns="urn:example:note"/></item>`
      const two = `<iq type="set"><pubsub xmlns="${pubsub}"><publish node="${node}">${item('a')}${item('b')}</publish></pubsub></iq>`
      refused(await juliet.asks(two), 'not-allowed', 'max-items-exceeded')
      assert.deepEqual((await juliet.asks(reading(node))).at('pubsub', 'items').elements(), [])
    }),
  )

  test(
    'XEP-0060#owner-delete-success: whoever still waits for the owner’s word hears that the node is gone',
    dialogue(async ({ juliet, romeo, paris, tybalt }) => {
      granted(await juliet.asks(making(node, { access_model: 'authorize' })))
      for (const person of [paris, tybalt]) granted(await person.asks(subscribing(node, person.jid, juliet.jid)))
      granted(
        await juliet.asks`<iq type="set"><block xmlns="urn:xmpp:blocking"><item jid="${tybalt.jid}"/></block></iq>`,
      )
      // What is not for those who wait.
      granted(await juliet.asks(configuring(node, { notify_config: '1', title: 'Notes' })))
      granted(await juliet.asks`<iq type="set"><pubsub xmlns="${pubsubOwner}"><delete node="${node}"/></pubsub></iq>`)
      await paris.receivesStrictly`<message from="${juliet.jid}" to="${paris.jid}" type="headline" id="…">
        <event xmlns="${pubsubEvent}"><delete node="${node}"/></event></message>`
      await tybalt.receivesNothing()
      await romeo.receivesNothing()
    }),
  )
})
