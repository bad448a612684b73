/** The checks of the public compliance tester that are about personal eventing, played from outside. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { dialogue } from '../kit/cast.ts'
import { configuring, publishing, pubsubOwner } from '../kit/nodes.ts'
import { granted } from '../kit/refusals.ts'

/** The tester binds and asks for the roster; it sends no presence. */
const asTheTester = { presence: false } as const

async function account(actor: Actor) {
  const answer =
    await actor.asks`<iq type="get" to="${actor.jid}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`
  const query = granted(answer).need('query')
  return {
    features: query.elements().flatMap(child => (child.name === 'feature' ? (child.attr('var') ?? []) : [])),
    identities: query
      .elements()
      .filter(child => child.name === 'identity')
      .map(child => `${child.attr('category')}/${child.attr('type')}`),
  }
}

describe('compliance', () => {
  test(
    'xep0163: the account is a personal eventing service',
    dialogue(asTheTester, async ({ juliet }) => {
      assert.ok((await account(juliet)).identities.includes('pubsub/pep'))
    }),
  )

  test(
    'xep0398, xep0411: avatars and bookmarks are converted',
    dialogue(asTheTester, async ({ juliet }) => {
      const { features } = await account(juliet)
      for (const feature of ['urn:xmpp:pep-vcard-conversion:0', 'urn:xmpp:bookmarks-conversion:0']) {
        assert.ok(features.includes(feature), feature)
      }
    }),
  )

  test(
    'xep0384: keys can be published for everybody with publish-options',
    dialogue(asTheTester, async ({ juliet }) => {
      const { features } = await account(juliet)
      assert.ok(features.includes('http://jabber.org/protocol/pubsub#publish-options'))
      const node = `eu.siacs.conversations.axolotl.${randomUUID()}`
      const bundle = '<bundle xmlns="eu.siacs.conversations.axolotl"/>'
      const published = await juliet.asks(publishing(node, undefined, bundle, { access_model: 'open' }))
      if (published.attr('type') === 'error') {
        granted(await juliet.asks(configuring(node, { access_model: 'open' })))
        granted(await juliet.asks(publishing(node, undefined, bundle, { access_model: 'open' })))
      }
      const form =
        await juliet.asks`<iq type="get"><pubsub xmlns="${pubsubOwner}"><configure node="${node}"/></pubsub></iq>`
      const fields = granted(form).at('pubsub', 'configure', 'x').elements()
      const access = fields.find(field => field.attr('var') === 'pubsub#access_model')
      assert.equal(access?.need('value').text(), 'open')
      granted(await juliet.asks`<iq type="set"><pubsub xmlns="${pubsubOwner}"><delete node="${node}"/></pubsub></iq>`)
    }),
  )

  test(
    'what is announced of an account is not announced of the server',
    dialogue(asTheTester, async ({ juliet, server }) => {
      const answer =
        await juliet.asks`<iq type="get" to="${server.domain}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`
      assert.doesNotMatch(String(granted(answer)), /protocol\/pubsub|bookmarks|pep-vcard|mds/)
    }),
  )

  test(
    'everything that is announced of pubsub is there',
    dialogue(asTheTester, async ({ juliet }) => {
      const { features } = await account(juliet)
      const told = features.flatMap(feature => feature.match(/^http:\/\/jabber.org\/protocol\/pubsub#(.*)$/)?.[1] ?? [])
      const absent = [
        'get-pending',
        'leased-subscription',
        'multi-subscribe',
        'publisher-affiliation',
        'subscription-options',
      ]
      assert.deepEqual(
        absent.filter(name => told.includes(name)),
        [],
      )
      for (const name of [
        'auto-create',
        'auto-subscribe',
        'filtered-notifications',
        'config-node-max',
        'persistent-items',
        'pubsub-on-a-jid',
      ]) {
        assert.ok(told.includes(name), name)
      }
    }),
  )
})
